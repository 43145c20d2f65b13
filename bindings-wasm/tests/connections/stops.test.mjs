// The end, asked for at every point: nothing new begins, what must not be cut is finished and stored, nothing is lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Tokens } from "venuekey/parts";
import { StoreError } from "venuekey/stores";
import { json } from "../support.mjs";
import { ANSWERS, consented, hooked, later, newStore, NOW, OWNER, pair, turn, until, withoutPauses, world, worked } from "./support.mjs";

const STORE = ["load", "save", "due", "bump", "seen", "find"];

/** Counts the points that a run comes to, and calls at one of them. */
function points(at, call) {
  const names = [];
  const point = async (name) => {
    if (names.push(name) - 1 === at) call();
    await turn();
  };
  const hooks = Object.fromEntries(STORE.map((name) => [name, async (own) => {
    await point(`before ${name}`);
    const value = await own();
    await point(`after ${name}`);
    return value;
  }]));
  const answered = (answers) => Object.fromEntries(Object.entries(answers).map(([purpose, replies]) => [purpose, replies.map((reply) => async (_, { signal }) => {
    await point(`${purpose} is out`);
    signal?.throwIfAborted();
    await point(`${purpose} is answered`);
    return reply;
  })]));
  return { names, point, hooks, answered };
}

/** A worker that is stopped at one point, and another one on the same store that goes on. */
async function connect(at) {
  const base = newStore();
  let stopping = false;
  const { names, point, hooks, answered } = points(at, () => {
    stopping = true;
    of.connections.stop();
  });
  const onEvent = () => point("onEvent");
  const of = world({ store: hooked(base, hooks), answers: answered(ANSWERS), onEvent });
  const other = of.another({ store: base });
  const { id } = await consented({ connections: other });
  for (let turns = 0; turns < 20 && !stopping; turns += 1) {
    const next = await of.connections.runOnce();
    if (next === undefined || next > of.nowMs + 900_000) break;
    of.nowMs = Math.max(of.nowMs, next);
  }
  if (stopping) {
    // Whatever was asked for has been stored, or is known not to have gone out. A save that takes longer than the end gives it
    // is followed by the one that gives the lease back.
    await until(async () => (await base.load(id)).row.leaseHolder === undefined);
    await worked(of, other);
  }
  const view = await of.connections.status(id);
  assert.equal(view.status, "connected", `${names[at]}: ${view.error?.code}`);
  assert.equal(of.sent.filter((purpose) => purpose === "exchange_code").length, 1, names[at]);
  return names.length;
}

test("a worker: an end at any point costs nothing, and leaves no lease behind", async () => {
  const whole = await connect(-1);
  assert.ok(whole > 20);
  for (let at = 0; at < whole; at += 1) await connect(at);
});

/** A session whose tokens must be refreshed first, aborted at one point. */
async function refreshed(at, isOutAt) {
  const base = newStore();
  const controller = new AbortController();
  const { names, point, hooks, answered } = points(at, () => controller.abort(new Error("deploy")));
  const of = world({ store: hooked(base, hooks), answers: answered(ANSWERS) });
  const sleep = async (ms) => {
    await point("asleep");
    of.nowMs += ms;
  };
  const tokens = new Tokens({ accessToken: "canary-a", refreshToken: "canary-r", expiresAtMs: NOW + 300_000 });
  const { id } = await of.another({ store: base }).importTokens("whitebit", tokens, { owner: OWNER });
  // The old one is over: nothing works without the new one.
  of.nowMs = NOW + 301_000;
  const account = await of.another({ sleep }).account(id);
  const begins = names.length;
  const first = await account.tokens({ signal: controller.signal }).catch((error) => error);
  if (names[at] === undefined || at < begins) return names;
  if (first instanceof Error) assert.equal(first.message, "deploy", names[at]);
  assert.equal(of.sent.length, at < isOutAt ? 0 : 1, names[at]);
  const { row } = await base.load(id);
  assert.equal(row.leaseHolder, undefined, names[at]);
  const access = await (await of.another({ store: base }).account(id)).tokens();
  assert.equal(access.tokens.accessToken.expose(), "canary-next-access", names[at]);
  assert.equal(of.sent.length, 1, names[at]);
  return names;
}

test("a session: an abort at any point costs nothing, and leaves no lease behind", async () => {
  const whole = await refreshed(-1);
  const isOutAt = whole.indexOf("refresh_tokens is out");
  assert.ok(isOutAt > 5);
  for (let at = 0; at < whole.length; at += 1) await refreshed(at, isOutAt);
});

/** A signed request, aborted at one point. */
async function called(at, method) {
  const base = newStore();
  const controller = new AbortController();
  const reply = json({ retCode: 0, result: { done: true } });
  const { names, hooks, answered } = points(at, () => controller.abort(new Error("deploy")));
  const of = world({ store: hooked(base, hooks), answers: answered({ ...ANSWERS, signed_request: [reply] }) });
  const { id } = await of.another({ store: base }).importKey("bybit", { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: OWNER });
  const account = await of.connections.account(id);
  const begins = names.length;
  const options = { signal: controller.signal };
  const first = await account.call(method, "/v5/order/create-batch", { category: "spot" }, options).catch((error) => error);
  if (names[at] === undefined || at < begins) return names;
  if (method === "POST" && of.sent.includes("signed_request")) assert.deepEqual(first.json(), { done: true }, names[at]);
  else assert.equal(first.message, "deploy", names[at]);
  return names;
}

for (const method of ["GET", "POST"]) {
  test(`a signed ${method}: an abort ${method === "GET" ? "ends it at any point" : "cuts nothing that has gone out"}`, async () => {
    const names = await called(-1, method);
    assert.ok(names.includes("signed_request is out"), names.join());
    // The read of the last use goes on by itself.
    for (let at = 0; at < names.indexOf("signed_request is answered"); at += 1) await called(at, method);
  });
}

test("run ends without a reply that may be asked for again, and gives its lease back", async () => {
  const out = later();
  const of = world({ answers: { ...ANSWERS, read_uid: [() => (out.resolve(), new Promise(() => {}))] } });
  const { id } = await consented(of);
  const run = of.connections.run();
  await out.promise;
  of.connections.stop();
  await run;
  assert.equal((await of.store.load(id)).row.leaseHolder, undefined);
});

test("run waits for a reply that comes once, stores it, and takes no new work meanwhile", async () => {
  const [out, answered] = [later(), later()];
  const of = world({ answers: { ...ANSWERS, exchange_code: [() => (out.resolve(), answered.promise)] } });
  const { id } = await consented(of);
  const controller = new AbortController();
  let hasEnded = false;
  const run = of.connections.run({ signal: controller.signal }).then(() => (hasEnded = true));
  await out.promise;
  controller.abort();
  const second = await consented(of);
  // Longer than the grace for what may be cut.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(hasEnded, false);
  answered.resolve(ANSWERS.exchange_code[0]);
  await run;
  assert.deepEqual(of.sent, ["exchange_code"]);
  assert.equal((await of.connections.status(second.id)).status, "working");
  const { trail } = await of.connections.status(id);
  assert.equal(trail.at(-1).what, "reply exchange_code");
  await worked(of);
  assert.equal((await of.connections.status(id)).status, "connected");
});

test("run waits for what a session has out, too", async () => {
  const [out, answered] = [later(), later()];
  const of = world({ answers: { ...ANSWERS, refresh_tokens: [() => (out.resolve(), answered.promise)] } });
  const tokens = new Tokens({ accessToken: "canary-a", refreshToken: "canary-r", expiresAtMs: NOW + 300_000 });
  const { id } = await of.connections.importTokens("whitebit", tokens, { owner: OWNER, keepAlive: "on_use" });
  await worked(of);
  of.nowMs = NOW + 290_000;
  const access = (await of.connections.account(id)).tokens();
  await out.promise;
  let hasEnded = false;
  const run = of.connections.run().then(() => (hasEnded = true));
  of.connections.stop();
  for (let turns = 0; turns < 100; turns += 1) await turn();
  assert.equal(hasEnded, false);
  answered.resolve(pair("next"));
  await run;
  assert.equal((await access).generation, 2);
});

test("a refresh that waits for its turn is not begun at the end", async () => {
  const asleep = later();
  const sleep = (ms, signal) => (asleep.resolve(ms), new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))));
  const of = world({ sleep });
  const tokens = new Tokens({ accessToken: "canary-a", refreshToken: "canary-r", expiresAtMs: NOW + 300_000 });
  const { id } = await of.connections.importTokens("whitebit", tokens, { owner: OWNER });
  of.nowMs = NOW + 290_000;
  await of.store.bump("pace/whitebit/global/refresh_tokens", of.nowMs + 5000, 1);
  const run = of.connections.run();
  assert.ok((await asleep.promise) > 5000);
  of.connections.stop();
  await run;
  assert.deepEqual(of.sent, []);
  assert.equal((await of.store.load(id)).row.leaseHolder, undefined);
});

for (const hanging of ["due", "save", "nextDue"]) {
  test(`a store that hangs does not hold up the end: ${hanging}`, async () => {
    const hangs = later();
    const hang = (call, row) => {
      if (hanging === "save" && row.leaseHolder === undefined) return call();
      hangs.resolve();
      return new Promise(() => {});
    };
    const of = world({ store: hooked(newStore(), { [hanging]: hang }) });
    if (hanging !== "nextDue") await consented(of);
    const run = of.connections.run();
    await hangs.promise;
    of.connections.stop();
    await run;
    assert.deepEqual(of.sent, []);
  });
}

for (const slow of ["lease", "give-back"]) {
  test(`a save that outlives the end costs nothing: ${slow === "lease" ? "of a lease" : "of a give-back, which fails"}`, async () => {
    const base = newStore();
    const [begun, goesOn] = [later(), later()];
    let [hasLease, isSlow] = [false, true];
    const of = world({
      store: hooked(base, {
        async save(call, { leaseHolder }) {
          hasLease ||= leaseHolder !== undefined;
          if (slow === "give-back" && leaseHolder !== undefined) of.connections.stop();
          if (isSlow && hasLease && (slow === "lease") === (leaseHolder !== undefined)) {
            isSlow = false;
            begun.resolve();
            await goesOn.promise;
            if (slow === "give-back") throw new StoreError("save", "Down");
          }
          return call();
        },
      }),
    });
    const { id } = await consented(of);
    const { revision } = (await base.load(id)).row;
    const run = of.connections.run();
    await begun.promise;
    of.connections.stop();
    await run;
    goesOn.resolve();
    // The lease, and without it.
    await until(async () => (await base.load(id)).row.revision === revision + 2);
    assert.equal((await base.load(id)).row.leaseHolder, undefined);
    await worked(of, of.another({ store: base }));
    assert.equal((await of.connections.status(id)).status, "connected");
    assert.equal(of.sent.filter((purpose) => purpose === "exchange_code").length, 1);
  });
}

test("a lease in doubt that outlives the end is asked after, and given back", async (context) => {
  withoutPauses(context);
  const base = newStore();
  let [isLost, isDown] = [false, false];
  const fails = () => {
    throw new StoreError("load", "Down");
  };
  const of = world({
    store: hooked(base, {
      load: (call) => (isDown ? fails() : call()),
      async save(call, { leaseHolder }) {
        if (leaseHolder === undefined || isLost) return call();
        [isLost, isDown] = [true, true];
        await call();
        of.connections.stop();
        return fails();
      },
    }),
  });
  const { id } = await consented(of);
  await of.connections.run();
  assert.notEqual((await base.load(id)).row.leaseHolder, undefined);
  isDown = false;
  await until(async () => (await base.load(id)).row.leaseHolder === undefined);
  await worked(of, of.another({ store: base }));
  assert.equal((await of.connections.status(id)).status, "connected");
});

for (const hanging of ["nextDue", "nowMs"]) {
  test(`runOnce: a store that hangs does not hold up the end once that is asked for: ${hanging}`, async (context) => {
    withoutPauses(context, [10_000]);
    const hangs = later();
    let asked = 0;
    const hang = (call) => {
      asked += 1;
      if (hanging === "nowMs" && asked === 1) return NOW;
      hangs.resolve();
      return new Promise(() => {});
    };
    const of = world({ clock: undefined, store: hooked(newStore(), { [hanging]: hang }) });
    let hasEnded = false;
    const once = of.connections.runOnce().finally(() => (hasEnded = true));
    once.catch(() => {});
    await hangs.promise;
    for (let turns = 0; turns < 100; turns += 1) await turn();
    assert.equal(hasEnded, false);
    of.connections.stop();
    await assert.rejects(once, { name: "StoreError", operation: "nextDue", error: "it did not answer before the end" });
  });
}

test("an onEvent that hangs does not hold up the end, and the event is told again", async () => {
  const [hangs, told] = [later(), []];
  const of = world({ onEvent: (event) => (told.push(event), hangs.resolve(), new Promise(() => {})) });
  const { id } = await consented(of);
  const run = of.connections.run();
  await hangs.promise;
  of.connections.stop();
  await run;
  assert.deepEqual(told.map(({ kind }) => kind), ["connected"]);
  const others = [];
  await worked(of, of.another({ onEvent: (event) => others.push(event) }));
  assert.deepEqual(others.map(({ connectionId, number }) => [connectionId, number]), [[id, told[0].number]]);
});

test("stopped before it begins, it begins nothing", async () => {
  const of = world();
  await consented(of);
  await of.connections.run({ signal: AbortSignal.abort() });
  await of.connections.runOnce({ deadlineMs: 0 });
  assert.deepEqual(of.sent, []);
  // And it can run again.
  await worked(of);
  assert.equal(of.sent.length > 0, true);
});

test("SIGTERM ends every run of the process, and nothing listens after that", async () => {
  const of = world();
  const before = process.listenerCount("SIGTERM");
  const runs = [of.connections.run(), of.connections.run(), of.another().run()];
  await until(() => process.listenerCount("SIGTERM") === before + 3);
  process.kill(process.pid, "SIGTERM");
  await Promise.all(runs);
  assert.equal(process.listenerCount("SIGTERM"), before);
});
