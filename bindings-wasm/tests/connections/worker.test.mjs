// Workers: several on one store, rows that can't be read, rows that fail, and events that must be heard.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SealingKeys } from "venuekey/server";
import { Tokens } from "venuekey/parts";
import { StoreError } from "venuekey/stores";
import { bybit, json } from "../support.mjs";
import { ANSWERS, consented, hooked, later, newPlace, newStore, NOW, OWNER, pair, turn, until, withoutPauses, world, worked } from "./support.mjs";

// Where a line's error has its page.
const PAGES = "https://github.com/venuekey/venuekey/blob/main/docs/errors";

test("two workers on one store: each request goes out once, and all are connected", async () => {
  const place = newPlace();
  const of = world({ store: newStore(place) });
  const other = of.another({ store: newStore(place) });
  const ids = [];
  for (let number = 0; number < 12; number += 1) ids.push((await consented(of)).id);
  const runs = [of.connections.run({ holder: "one" }), other.run({ holder: "two" })];
  const isConnected = async (id) => (await of.connections.status(id)).status === "connected";
  await until(async () => (await Promise.all(ids.map(isConnected))).every(Boolean));
  of.connections.stop();
  other.stop();
  await Promise.all(runs);
  for (const purpose of ["exchange_code", "read_uid", "fetch_api_key"]) {
    assert.equal(of.sent.filter((each) => each === purpose).length, 12, purpose);
  }
});

test("an event that the host could not take is told again, the same one", async () => {
  let failures = 2;
  const told = [];
  const onEvent = async (event) => {
    told.push(event);
    await turn();
    if (failures-- > 0) throw new Error("canary words of the host's database");
  };
  const of = world({ onEvent });
  const { id } = await consented(of);
  await worked(of);
  assert.deepEqual(told.map((each) => [each.connectionId, each.kind, each.number]), Array(3).fill([id, "connected", 1]));
  assert.ok(Object.isFrozen(told[0]));
  assert.equal(of.logged.filter((line) => /^error connection \w+: onEvent failed at connected \(Error at .*worker\.test/.test(line)).length, 2);
  assert.ok(!of.logged.join().includes("canary"));
});

test("a row that was changed by hand is quarantined, and stops nobody", async () => {
  const of = world({ concurrency: 1 });
  const bad = await consented(of);
  const { row } = await of.store.load(bad.id);
  await of.store.save({ ...row, revision: row.revision + 1 });
  of.nowMs += 1;
  const good = await consented(of);
  await worked(of);
  assert.equal((await of.connections.status(good.id)).status, "connected");
  const stored = await of.store.load(bad.id);
  assert.deepEqual([stored.row.status, stored.quarantined], ["quarantined", "seal_invalid"]);
  const errors = of.logged.filter((line) => line.startsWith("error"));
  assert.deepEqual(errors, [`error connection ${bad.id}: it can't be opened (seal_invalid), quarantined; see ${PAGES}/seal_invalid.md`]);
});

test("a quarantined row is shown as such, released once it opens again, and removed by its end", async () => {
  const of = world();
  const { connections } = of;
  const bad = await consented(of);
  const { row } = await of.store.load(bad.id);
  await of.store.save({ ...row, revision: row.revision + 1 });
  await worked(of);
  const view = await connections.status(bad.id, { owner: OWNER });
  assert.deepEqual([view.status, view.error.code, view.goal, view.venue], ["quarantined", "seal_invalid", undefined, "bybit"]);
  assert.deepEqual((await connections.find(OWNER)).map(({ status }) => status), ["quarantined"]);
  await assert.rejects(connections.release(bad.id), { code: "seal_invalid" });
  const other = await consented(of);
  const kept = (await of.store.load(other.id)).row;
  await of.store.quarantine(other.id, kept.revision, "seal_invalid");
  assert.equal((await of.store.load(other.id)).quarantined, "seal_invalid");
  assert.equal((await connections.release(other.id)).status, "working");
  await worked(of);
  assert.equal((await connections.status(other.id)).status, "connected");
  // One that stays damaged goes with its end, and its owner's others with theirs.
  const lost = await consented(of);
  const damaged = (await of.store.load(lost.id)).row;
  await of.store.save({ ...damaged, revision: damaged.revision + 1 });
  await worked(of);
  await assert.rejects(connections.disconnect(lost.id, { owner: "user-2" }), { name: "ConnectionNotFound" });
  assert.equal((await connections.disconnect(lost.id, { owner: OWNER })).status, "quarantined");
  assert.equal(await of.store.load(lost.id), undefined);
});

test("a row with bytes in place of its text is quarantined", async () => {
  const base = newStore();
  const spoilt = (stored) => ({ ...stored, row: { ...stored.row, sealed: Buffer.from(stored.row.sealed) } });
  const of = world({ store: hooked(base, { due: async (own) => (await own()).map(spoilt) }) });
  const { id } = await consented(of);
  await worked(of);
  const { row, quarantined } = await base.load(id);
  assert.deepEqual([row.status, quarantined], ["quarantined", "seal_invalid"]);
});

test("a row of another key, another client or another configuration is left alone, told of once, and stops nobody", async () => {
  const of = world({ concurrency: 1 });
  const others = {
    key: of.another({ keys: new SealingKeys([["other", new Uint8Array(32)]]) }),
    client: of.another({ clients: { elsewhere: bybit() } }),
    configuration: of.another({ clients: { bybit: bybit({ redirectUri: "https://other.example/cb" }) } }),
  };
  const left = [];
  for (const connections of Object.values(others)) {
    const client = connections === others.client ? "elsewhere" : "bybit";
    const begun = await connections.begin(client, { owner: OWNER, goal: "api_key" });
    left.push((await connections.disconnect(begun.id)).id);
  }
  of.nowMs += 1;
  const good = await consented(of);
  const before = await Promise.all(left.map((id) => of.store.load(id)));
  await worked(of);
  await worked(of);
  assert.equal((await of.connections.status(good.id)).status, "connected");
  assert.deepEqual(await Promise.all(left.map((id) => of.store.load(id))), before);
  const told = of.logged.filter((line) => line.startsWith("warn"));
  const reasons = ["there is no sealing key 'other'", "there is no client 'elsewhere'", "snapshot_mismatch"];
  const pages = ["", "", `; see ${PAGES}/snapshot_mismatch.md`];
  const expected = left.map((id, at) => `warn connection ${id}: this process can't read it (${reasons[at]}), left alone${pages[at]}`);
  assert.deepEqual(told.sort(), expected.sort());
  // Whoever can read them does what is due.
  for (const connections of Object.values(others)) await worked(of, connections);
  for (const [index, id] of left.entries()) assert.equal((await of.store.load(id)).row.status, "ended", String(index));
});

test("a clock that is out of its mind quarantines nothing", async () => {
  const of = world();
  const { id } = await consented(of);
  await assert.rejects(of.another({ clock: () => 0 }).runOnce(), { code: "invalid_argument", message: /what clock returns must be Unix milliseconds/ });
  const stored = await of.store.load(id);
  assert.equal(stored.quarantined, undefined);
});

test("a row that fails rests, and stops nobody", async (context) => {
  withoutPauses(context);
  // It rests for a second, and the other row's saves may take as long.
  const now = performance.now();
  context.mock.method(performance, "now", () => now);
  let bad;
  const store = hooked(newStore(), {
    save(call, row) {
      if (row.id === bad) throw new StoreError("save", "DiskFull");
      return call();
    },
  });
  const of = world({ store, concurrency: 2 });
  const { id } = await consented(of);
  bad = id;
  const good = await consented(of);
  const next = await of.connections.runOnce();
  assert.ok(next > of.nowMs && next <= of.nowMs + 1000, "soon, and not at once");
  assert.equal((await of.connections.status(good.id)).status, "connected");
  const errors = of.logged.filter((line) => line.startsWith("error"));
  assert.deepEqual(errors, [`error connection ${id}: StoreError: save, DiskFull, looked at again in 1 s; see ${PAGES}/store_error.md`]);
  assert.deepEqual(of.sent, ["exchange_code", "read_uid", "fetch_api_key"]);
});

test("a key that is at work does not stand before rows that are due", async () => {
  const of = world({ concurrency: 1, answers: { ...ANSWERS, probe_key: [json({ retCode: 0, result: {} })] } });
  const { id } = await of.connections.importKey("bybit", { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: OWNER });
  await worked(of);
  const { row } = await of.store.load(id);
  // It has been used meanwhile, which is in a column of its own.
  of.nowMs = row.dueAtMs + 1;
  await of.store.touch(id, of.nowMs - 1000);
  const other = await consented(of);
  await worked(of);
  assert.equal((await of.connections.status(other.id)).status, "connected");
  assert.ok(!of.sent.includes("probe_key"));
  const after = await of.store.load(id);
  assert.equal(after.row.revision, row.revision + 1);
  assert.ok(after.row.dueAtMs > of.nowMs);
});

test("refreshes keep the pace that all workers share, and a turn that is too far off is not taken", async () => {
  const of = world();
  const tokens = () => new Tokens({ accessToken: "canary-a", refreshToken: "canary-r", expiresAtMs: NOW + 300_000 });
  for (let number = 0; number < 20; number += 1) await of.connections.importTokens("whitebit", tokens(), { owner: OWNER });
  of.nowMs = NOW + 290_000;
  const at = [];
  const send = async () => (at.push(of.nowMs), pair("next"));
  const slow = of.another({ send, concurrency: 1, sleep: async (ms) => void (of.nowMs += ms) });
  await worked(of, slow, 120_000);
  const between = at.slice(1, 20).map((ms, index) => ms - at[index]);
  assert.ok(at.length >= 20, String(at.length));
  assert.ok(between.every((ms) => ms >= 2000), between.join());
  // By the name that Python's workers use, and as far as they would be by now.
  assert.equal(await of.store.bump("pace/whitebit/global/refresh_tokens", 0, 0), at.at(-1));
});

test("many that are due at once: those that would wait too long take no turn from the others", async () => {
  const of = world();
  const tokens = () => new Tokens({ accessToken: "canary-a", refreshToken: "canary-r", expiresAtMs: NOW + 300_000 });
  for (let number = 0; number < 10; number += 1) await of.connections.importTokens("whitebit", tokens(), { owner: OWNER });
  of.nowMs = NOW + 290_000;
  const [name, last] = ["pace/whitebit/global/refresh_tokens", of.nowMs + 20_000];
  await of.store.bump(name, last - 1, 1);
  await of.connections.runOnce();
  assert.deepEqual(of.sent, []);
  assert.equal(await of.store.bump(name, 0, 0), last);
});

const HOUR_MS = 3_600_000;

test("a refresh by a clock that is ahead holds up no others once it is right", async () => {
  const of = world();
  const pair = () => new Tokens({ accessToken: "access", refreshToken: "refresh", expiresAtMs: of.nowMs + 300_000 });
  await of.connections.importTokens("whitebit", pair(), { owner: OWNER, keepAlive: "access" });
  of.nowMs += HOUR_MS;
  await of.connections.runOnce();
  of.nowMs -= HOUR_MS;
  assert.equal(of.sent.at(-1), "refresh_tokens");
  await of.connections.importTokens("whitebit", pair(), { owner: "other", keepAlive: "access" });
  of.sent.length = 0;
  of.nowMs += 290_000;
  await of.another().runOnce();
  assert.deepEqual(of.sent, ["refresh_tokens"]);
});

test("limits are waited for, as long as the caller likes", async () => {
  const answers = { ask_time: [json({ time: Math.floor(NOW / 1000) })], signed_request: [json({ fine: true })] };
  const of = world({ answers, shareOf: 1000 });
  const { id } = await of.connections.importKey("whitebit", { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: OWNER });
  const account = await of.connections.account(id);
  const call = (patienceMs) => account.call("POST", "/api/v4/main-account/balance", {}, { patienceMs });
  await call(0);
  await assert.rejects(call(0), { code: "rate_limited", message: /patienceMs/ });
  const before = of.nowMs;
  await call(59_000);
  assert.ok(of.nowMs - before > 1000, String(of.nowMs - before));
  assert.equal(of.sent.filter((purpose) => purpose === "signed_request").length, 2);
});

test("reseal seals what it can, and goes past what it can't", async () => {
  const of = world();
  const ids = [];
  for (let number = 0; number < 5; number += 1) ids.push((await of.connections.begin("bybit", { owner: OWNER, goal: "api_key" })).id);
  const foreign = await of.another({ keys: new SealingKeys([["0", new Uint8Array(32)]]) }).begin("bybit", { owner: OWNER, goal: "api_key" });
  const newer = of.another({ keys: new SealingKeys([["2027-01", new Uint8Array(32).fill(7)], ["2026-11", new TextEncoder().encode("canary-sealing-key-canary-sealin")]]) });
  assert.deepEqual([await newer.reseal(3), await newer.reseal(3)], [3, 2]);
  // 0 would say that the older keys can go.
  await assert.rejects(newer.reseal(3), { kind: "misuse", code: "invalid_configuration", message: new RegExp(`the first is ${foreign.id}`) });
  for (const id of ids) assert.equal((await of.store.load(id)).row.sealingKeyId, "2027-01");
  assert.equal((await of.store.load(foreign.id)).row.sealingKeyId, "0");
  assert.match(of.logged.join("\n"), new RegExp(`warn connection ${foreign.id}: it can't be sealed anew \\(seal_invalid\\)`));
});

test("runOnce takes no new work after its deadline, and says when to come back", async () => {
  const of = world();
  const first = await consented(of);
  const due = (await of.store.load(first.id)).row.dueAtMs;
  assert.equal(await of.connections.runOnce({ deadlineMs: 0 }), due);
  assert.deepEqual(of.sent, []);
  const next = await of.connections.runOnce({ deadlineMs: 60_000 });
  assert.ok(next === undefined || next > of.nowMs);
});

test("a runOnce takes up what is saved while one of its jobs is slow", async () => {
  const slow = later();
  const of = world({ answers: { ...ANSWERS, exchange_code: [() => slow.promise, ...ANSWERS.exchange_code] } });
  const first = await consented(of);
  const run = of.connections.runOnce();
  await until(() => of.sent.length > 0);
  const second = await consented(of);
  await until(async () => (await of.connections.status(second.id)).status === "connected");
  assert.equal((await of.connections.status(first.id)).status, "working");
  slow.resolve(ANSWERS.exchange_code[0]);
  await run;
  assert.equal((await of.connections.status(first.id)).status, "connected");
});

test("a row that the store gives twice is worked at once", async () => {
  let [open, most] = [0, 0];
  const slow = (reply) => async () => {
    most = Math.max(most, ++open);
    await turn();
    open -= 1;
    return reply;
  };
  const answers = Object.fromEntries(Object.entries(ANSWERS).map(([purpose, [reply]]) => [purpose, [slow(reply)]]));
  const events = [];
  const store = hooked(newStore(), {
    async due(call) {
      const found = await call();
      return [...found, ...found, ...found];
    },
  });
  const of = world({ store, answers, onEvent: (event) => events.push(event.kind) });
  await consented(of);
  await worked(of);
  assert.deepEqual(of.sent, ["exchange_code", "read_uid", "fetch_api_key"]);
  assert.deepEqual([most, events], [1, ["connected"]]);
});

test("the log has each reply by its HTTP status and when it goes on, and warns of what somebody must do", async () => {
  const lost = { ...ANSWERS, read_uid: [json({}, 503, [["retry-after", "7"]]), ANSWERS.read_uid[0]] };
  const of = world({ answers: lost });
  const { id } = await consented(of);
  await worked(of);
  assert.ok(of.logged.includes(`info connection ${id}: exchange_code: HTTP 200`), of.logged.join("\n"));
  const again = of.logged.find((line) => line.startsWith(`info connection ${id}: read_uid: HTTP 503, again in `));
  assert.match(again ?? of.logged.join("\n"), /again in \d+ s$/);
  assert.ok(of.logged.includes(`info connection ${id}: connected`));
  const refused = world({ answers: { ...ANSWERS, exchange_code: [json({ ret_code: 10001, ret_msg: "canary" }, 400)] } });
  await consented(refused);
  await worked(refused);
  assert.match(refused.logged.join("\n"), /^warn connection \w+: needs_user, code_rejected; see https:\S+\/docs\/errors\/code_rejected\.md$/m);
});
