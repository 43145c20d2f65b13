// What a web request calls: events that meet other saves, whose connection it is, and arguments that are none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Connections, ConnectionNotFound, StoreBusy } from "venuekey/connections";
import { Tokens } from "venuekey/parts";
import { bybit, json } from "../support.mjs";
import { consented, hooked, KEYS, newStore, NOW, OWNER, world, worked } from "./support.mjs";

test("begun, called back, worked at, connected", async () => {
  const of = world();
  const begun = await of.connections.begin("bybit", { owner: OWNER, goal: "api_key", label: "Robot" });
  assert.ok(Object.isFrozen(begun));
  assert.deepEqual([begun.status, begun.owner, begun.client, begun.venue, begun.label], ["awaiting_user", OWNER, "bybit", "bybit", "Robot"]);
  const state = new URL(begun.authorizeUrl).searchParams.get("state");
  const url = `https://partner.example/cb/?code=canary-code&state=${state}`;
  const called = await of.connections.receiveCallback(begun.id, url, { owner: OWNER });
  assert.equal(called.status, "working");
  // The same page again.
  assert.equal((await of.connections.receiveCallback(begun.id, url)).status, "working");
  assert.deepEqual(of.sent, []);
  await worked(of);
  const view = await of.connections.status(begun.id, { owner: OWNER });
  assert.deepEqual([view.status, view.error, view.authorizeUrl, view.noWorker], ["connected", undefined, undefined, false]);
  assert.deepEqual(of.sent.slice(0, 3), ["exchange_code", "read_uid", "fetch_api_key"]);
  assert.deepEqual(of.told.map(({ owner, client, label, kind }) => [owner, client, label, kind]), [[OWNER, "bybit", "Robot", "connected"]]);
});

test("another save in between: the event is applied to what that left", async () => {
  const base = newStore();
  let races = 2;
  const store = hooked(base, {
    async save(call, row) {
      if (row.revision > 1 && races-- > 0) await other.disconnect(row.id);
      return call();
    },
  });
  const of = world({ store });
  const other = of.another({ store: base });
  const { id } = await of.connections.begin("bybit", { owner: OWNER, goal: "api_key" });
  const view = await of.connections.disconnect(id, { deleteKey: true });
  // The order that goes further counts, whichever came first.
  assert.equal(view.intent, "disconnect_and_delete_key");
  assert.equal(view.trail.filter(({ what }) => what === "disconnect").length, 2);
});

test("others save again and again: StoreBusy, and the event may come again", async () => {
  let isBusy = true;
  const tries = [];
  const store = hooked(newStore(), {
    save: (call, row) => (row.revision > 1 && isBusy ? (tries.push(row.revision), false) : call()),
  });
  const of = world({ store });
  const { id } = await of.connections.begin("bybit", { owner: OWNER, goal: "api_key" });
  await assert.rejects(of.connections.disconnect(id), (error) => error instanceof StoreBusy && error.name === "StoreBusy");
  assert.deepEqual(tries, [2, 2, 2, 2, 2]);
  isBusy = false;
  assert.equal((await of.connections.disconnect(id)).intent, "disconnect");
});

test("a store that does not say what it did is told so", async () => {
  const of = world({ store: hooked(newStore(), { save: (call) => call().then(() => undefined) }) });
  await assert.rejects(of.connections.begin("bybit", { owner: OWNER, goal: "api_key" }), /^TypeError: the store's save must return true/);
});

test("another owner's connection is not found, and an owner who got lost opens nobody's", async () => {
  const of = world();
  const { connections } = of;
  const { id } = await connections.begin("bybit", { owner: OWNER, goal: "api_key" });
  const absent = { name: "ConnectionNotFound", message: "there is no such connection" };
  const calls = (options, which = id) => [
    () => connections.status(which, options),
    () => connections.receiveCallback(which, "https://partner.example/cb?code=c&state=s", options),
    () => connections.receivePastedCode(which, "code", options),
    () => connections.choose(which, "7", options),
    () => connections.recover(which, options),
    () => connections.reconnect(which, options),
    () => connections.disconnect(which, options),
    () => connections.account(which, options),
  ];
  for (const call of calls({ owner: "user-2" })) await assert.rejects(call(), absent, String(call));
  for (const call of calls({}, "0".repeat(32))) await assert.rejects(call(), absent, String(call));
  for (const call of calls({ owner: undefined })) {
    await assert.rejects(call(), { code: "invalid_argument", message: /owner must be a string; received undefined/ }, String(call));
  }
  await assert.rejects(connections.account({ owner: undefined, venue: "bybit" }), /owner must be a string/);
  assert.equal((await connections.status(id, { owner: OWNER })).trail.length, 1);
});

test("a session by owner and venue, where there is one", async () => {
  const of = world();
  const { connections } = of;
  await assert.rejects(connections.account({ owner: OWNER, venue: "bybit" }), ConnectionNotFound);
  const first = await connections.begin("bybit", { owner: OWNER, goal: "api_key" });
  await connections.begin("whitebit", { owner: OWNER, goal: "account_tokens" });
  assert.equal((await connections.account({ owner: OWNER, venue: "bybit" })).id, first.id);
  await assert.rejects(connections.account({ owner: OWNER }), { name: "AmbiguousAccount", message: /2 connections/ });
  await connections.disconnect(first.id);
  await worked(of);
  assert.equal((await connections.account({ owner: OWNER })).id, (await connections.find(OWNER)).find(({ venue }) => venue === "whitebit").id);
});

test("tokens and keys from tables of one's own", async () => {
  const of = world();
  const { connections } = of;
  const tokens = new Tokens({ accessToken: "canary-a", refreshToken: "canary-r", expiresAtMs: NOW + 14_400_000 });
  const imported = await connections.importTokens("whitebit", tokens, { owner: OWNER, label: "old" });
  assert.deepEqual([imported.status, imported.label, imported.goal], ["connected", "old", "account_tokens"]);
  const account = await connections.account(imported.id, { owner: OWNER });
  assert.equal((await account.tokens()).tokens.accessToken.expose(), "canary-a");
  await assert.rejects(account.call("POST", "/api/v4/x"), { kind: "misuse", code: "not_supported", message: /use tokens\(\); see https:\S+\/docs\/errors\/not_supported\.md$/ });
  const key = await connections.importKey("bybit", { apiKey: "canary-key", apiSecret: "canary-secret", uid: "7" }, { owner: OWNER });
  assert.deepEqual([key.status, key.uid], ["connected", "7"]);
  await assert.rejects((await connections.account(key.id)).tokens(), { kind: "misuse", code: "not_supported", message: /use call\(\)/ });
});

test("a row that can't be opened is shown as it stands, and its user gets rid of it", async () => {
  const of = world();
  const good = await of.connections.begin("bybit", { owner: OWNER, goal: "api_key" });
  const bad = await of.connections.importKey("bybit", { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: OWNER, label: "Robot" });
  const whole = (await of.store.load(bad.id)).row;
  await of.store.save({ ...whole, revision: whole.revision + 1, dueAtMs: of.nowMs, sealed: `${whole.sealed.slice(0, -1)}!` });
  const shown = await of.connections.status(bad.id, { owner: OWNER });
  assert.deepEqual([shown.status, shown.error.code, shown.label, shown.venue, shown.goal], ["quarantined", "seal_invalid", "Robot", "bybit", undefined]);
  assert.equal(Object.isFrozen(shown) && shown.authorizeUrl, undefined);
  assert.deepEqual((await of.connections.find(OWNER)).map(({ status }) => status).sort(), ["awaiting_user", "quarantined"]);
  await assert.rejects(of.connections.status(bad.id, { owner: "somebody" }), { name: "ConnectionNotFound" });
  for (const call of ["recover", "reconnect", "release"]) await assert.rejects(of.connections[call](bad.id), { code: "seal_invalid" }, call);

  // Whether a worker has seen it yet or not.
  await assert.rejects(of.connections.disconnect(bad.id, { owner: "somebody" }), { name: "ConnectionNotFound" });
  assert.equal((await of.connections.disconnect(bad.id, { owner: OWNER })).status, "quarantined");
  assert.match(of.logged.join("\n"), new RegExp(`error connection ${bad.id}: removed, since it can't be opened \\(seal_invalid\\)`));
  assert.deepEqual((await of.connections.find(OWNER)).map(({ id }) => id), [good.id]);
});

test("a row that can be opened again comes out of quarantine", async () => {
  const of = world();
  const { id } = await consented(of);
  await of.store.quarantine(id, (await of.store.load(id)).row.revision, "seal_invalid");
  await worked(of);
  assert.equal((await of.connections.status(id)).status, "working");
  assert.deepEqual(of.sent, []);
  await of.connections.release(id);
  await worked(of);
  assert.equal((await of.connections.status(id)).status, "connected");
});

test("a row of a client that is not here is shown, too", async () => {
  const of = world();
  const { id } = await of.another({ clients: { elsewhere: bybit() } }).begin("elsewhere", { owner: OWNER, goal: "api_key" });
  const [shown] = await of.connections.find(OWNER);
  assert.deepEqual([shown.id, shown.status, shown.client, shown.error.kind], [id, "quarantined", "elsewhere", "misuse"]);
});

test("forgetting ends what can be ended, and then says what could not", async () => {
  const of = world();
  const first = await of.connections.begin("bybit", { owner: OWNER, goal: "api_key" });
  const others = await of.another({ clients: { elsewhere: bybit() } }).begin("elsewhere", { owner: OWNER, goal: "api_key" });
  await assert.rejects(of.connections.forget(OWNER), { code: "invalid_argument", message: /there is no client "elsewhere"; there are: bybit/ });
  assert.equal((await of.connections.status(first.id)).intent, "forget");
  assert.notEqual((await of.store.load(others.id)).row.intent, "forget");
  await worked(of);
  assert.equal((await of.connections.status(first.id)).status, "ended");
  of.nowMs += 2 * 86_400_000;
  await worked(of);
  assert.equal(await of.store.load(first.id), undefined);
});

test("work that waits, and no worker", async () => {
  const of = world();
  const { id } = await consented(of);
  of.nowMs += 60_000;
  assert.equal((await of.connections.status(id)).noWorker, false);
  of.nowMs += 1;
  assert.equal((await of.connections.status(id)).noWorker, true);
  await of.store.seen("somebody", of.nowMs - 1);
  assert.equal((await of.connections.status(id)).noWorker, false);
});

test("arguments that are none are refused by the names they have here", async () => {
  const good = { clients: { bybit: bybit() }, store: newStore(), keys: KEYS };
  const wrong = [
    [undefined, /clients must be an object with a Client by a name of your own; received undefined/],
    [{ ...good, clients: {} }, /clients must be/],
    [{ ...good, clients: { bybit: { venue: "bybit" } } }, /clients\.bybit must be a Client; received an instance of Object/],
    [{ ...good, store: undefined }, /store must be an object with methods; received undefined/],
    [{ ...good, store: { ...good.store } }, /store must have a method load/],
    [{ ...good, keys: [["a", new Uint8Array(32)]] }, /keys must be SealingKeys; received an instance of Array/],
    [{ ...good, onEvent: {} }, /onEvent must be a function/],
    [{ ...good, send: fetch("data:,") }, /send must be a function; .*Promise \(await it first\)/],
    [{ ...good, logger: { info() {} } }, /logger must have a method warn/],
    [{ ...good, concurrency: 0 }, /concurrency must be a whole number above zero/],
    [{ ...good, shareOf: "2" }, /shareOf must be a number/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(() => new Connections(options), (error) => error.code === "invalid_argument" && message.test(error.message), String(message));
  }
  const connections = new Connections(good);
  const calls = [
    [() => connections.begin("binance", { owner: OWNER, goal: "api_key" }), /there is no client "binance"; there are: bybit/],
    [() => connections.begin("bybit", { goal: "api_key" }), /owner must be a string; received undefined/],
    [() => connections.begin("bybit", { owner: OWNER }), /goal must be a string; received undefined/],
    [() => connections.begin("bybit", { owner: OWNER, goal: "canary" }), /goal must be one of/],
    [() => connections.status(7), /id must be a string; received type number/],
    [() => connections.receiveCallback("a".repeat(32), new URL("https://partner.example/cb")), ConnectionNotFound],
    [() => connections.account(), /must be|owner/],
    [() => connections.run({ holder: "x".repeat(65) }), /holder must be a name of 1 to 64 bytes/],
    [() => connections.run({ signal: new AbortController() }), /signal must be an AbortSignal/],
    [() => connections.runOnce({ deadlineMs: "1" }), /deadlineMs must be a number/],
    [() => connections.reseal("1"), /limit must be a number/],
    ...[0, -1, NaN, 1.5, Infinity].map((limit) => [() => connections.reseal(limit), { code: "invalid_argument", message: /limit must be a whole number above zero/ }]),
  ];
  for (const [call, expected] of calls) await assert.rejects(call(), expected, String(call));
  const { id } = await connections.begin("bybit", { owner: OWNER, goal: "api_key" });
  await assert.rejects(connections.receiveCallback(id, new URL("https://partner.example/cb")), /url must be a string; .*give its href/);
  const account = await connections.account(id);
  await assert.rejects(account.call("GET", "/v5/user/query-api", {}, { patienceMs: "1" }), /patienceMs must be a number/);
  await assert.rejects(account.call("GET", "/v5/user/query-api"), { kind: "user_action", code: "authorization_required" });
  const agent = new Connections({ ...good, clients: { agent: new (await import("venuekey")).Client({ venue: "bybit", environment: "mainnet", clientId: "ai-agent", redirectUri: "http://127.0.0.1:9876/callback" }) } });
  await assert.rejects(agent.beginByHandOff("agent", "text", { owner: OWNER }), /clients\.agent must be a Client of "venuekey\/server"/);
});

test("a hand-off that comes twice is one connection, and its owner's alone", async () => {
  const { Client } = await import("venuekey");
  const { drive, MemoryStore } = await import("venuekey/parts");
  const of = world();
  const app = new Client({ venue: "whitebit", environment: "global", clientId: "demo", redirectUri: "https://partner.example/cb" });
  const { authorizeUrl, pending } = app.begin("api_key", { nowMs: NOW });
  const memory = new MemoryStore();
  memory.save(pending.snapshot());
  const state = new URL(authorizeUrl.expose()).searchParams.get("state");
  const step = pending.receiveCallback(`/cb?code=canary-code&state=${state}`, { nowMs: NOW });
  const { outcome } = await drive(step, { send: () => {}, save: memory.save, clock: () => NOW });
  const other = pending.receiveCallback(`/cb?code=canary-other&state=${state}`, { nowMs: NOW });
  const { outcome: another } = await drive(other, { send: () => {}, save: () => true, clock: () => NOW });
  assert.deepEqual([outcome, another].map(({ handOff }) => handOff.isSame(outcome.handOff)), [true, false]);
  const handOff = outcome.handOff.expose();
  const first = await of.connections.beginByHandOff("whitebit", handOff, { owner: OWNER });
  const second = await of.connections.beginByHandOff("whitebit", handOff, { owner: OWNER });
  assert.deepEqual([first.isNew, second.isNew], [true, false]);
  assert.deepEqual([second.view.id, second.view.status], [first.view.id, "working"]);
  await assert.rejects(of.connections.beginByHandOff("whitebit", handOff, { owner: "user-2" }), ConnectionNotFound);
});

const callbackOf = ({ authorizeUrl }) =>
  `https://partner.example/cb?code=canary-code&state=${new URL(authorizeUrl).searchParams.get("state")}`;

test("those of one client alone", async () => {
  const { connections } = world();
  const [first, second] = [await connections.begin("bybit", { owner: OWNER, goal: "api_key" }), await connections.begin("whitebit", { owner: OWNER, goal: "api_key" })];
  const found = async (client) => (await connections.find(OWNER, { client })).map(({ id }) => id);
  assert.deepEqual([await found("bybit"), await found("whitebit"), (await found(undefined)).length], [[first.id], [second.id], 2]);
  await assert.rejects(connections.find(OWNER, { client: "kraken" }), { code: "invalid_argument" });
});

test("a callback finds its connection by the user and the client", async () => {
  const of = world();
  const { connections } = of;
  const begin = (owner = OWNER) => connections.begin("bybit", { owner, goal: "api_key" });
  const [first, second] = [await begin(), await begin()];
  const url = callbackOf(second);
  const receive = (owner = OWNER, client = "bybit") => connections.receiveClientCallback(client, url, { owner });
  for (const [owner, client] of [["other", "bybit"], [OWNER, "whitebit"]]) await assert.rejects(receive(owner, client), ConnectionNotFound);
  await begin("other");
  await assert.rejects(receive("other"), { code: "state_mismatch" });
  await assert.rejects(receive(null), { code: "invalid_argument" });
  const came = await receive();
  assert.deepEqual([came.id, came.status], [second.id, "working"]);
  // Loaded again: the other one waits, and it is not for that.
  await assert.rejects(receive(), { code: "state_mismatch" });
  await connections.disconnect(first.id);
  assert.equal((await receive()).id, second.id);
  await worked(of);
  // What has not ended comes first, whichever was last.
  const third = await begin();
  await connections.disconnect(third.id);
  await worked(of);
  assert.deepEqual([(await receive()).id, (await receive()).status], [second.id, "connected"]);
  await connections.disconnect(second.id);
  await worked(of);
  assert.equal((await receive()).status, "ended");
});

test("an address that a worker brings is waited for, as long as the patience lasts", async () => {
  const key = { exists: true, isEnabled: true, externalId: "0f8fad5b-d9cb-469f-a165-70867728950e", permissions: [] };
  const answers = {
    exchange_code: [json({ data: { access_token: "canary-a", refresh_token: "canary-r", expires_in: 300 } })],
    check_key: [json({ data: key })],
    fetch_secret: [json({ data: { apiSecret: "canary-secret" } })],
    delete_key: [json({ data: [] })],
  };
  const of = world({ answers });
  const { connections } = of;
  const { id } = await connections.begin("whitebit", { owner: OWNER, goal: "api_key" });
  await connections.receiveCallback(id, `${callbackOf(await connections.status(id))}&publicKey=canary-public`);
  await worked(of);
  assert.equal((await connections.status(id)).replacesKey, true);
  assert.equal((await connections.reconnect(id, { patienceMs: 60 })).authorizeUrl, undefined);
  const [view] = await Promise.all([connections.reconnect(id, { owner: OWNER, patienceMs: 60_000 }), worked(of, connections, 60_000)]);
  assert.notEqual(view.authorizeUrl, undefined);
  assert.equal(of.sent.filter((purpose) => purpose === "delete_key").length, 1);
  await assert.rejects(connections.reconnect(id, { patienceMs: "1" }), { code: "invalid_argument" });
});
