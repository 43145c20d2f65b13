// Sessions: several callers at once, and what a venue's limits do to a signed request.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Tokens } from "venuekey/parts";
import { json, KEY } from "../support.mjs";
import { ANSWERS, consented, hooked, later, newStore, NOW, OWNER, pair, whitebit, world, worked } from "./support.mjs";

test("many callers of one session at the same moment: one refresh goes out, and all get its tokens", async () => {
  const of = world();
  const tokens = new Tokens({ accessToken: "canary-a", refreshToken: "canary-r", expiresAtMs: NOW + 300_000 });
  const { id } = await of.connections.importTokens("whitebit", tokens, { owner: OWNER });
  of.nowMs = NOW + 301_000;
  const account = await of.connections.account(id);
  const got = await Promise.all(Array.from({ length: 30 }, () => account.tokens()));
  assert.deepEqual(of.sent, ["refresh_tokens"]);
  assert.deepEqual([...new Set(got.map(({ generation }) => generation))], [2]);
});

const limited = (headers) => json({ retCode: 10006, retMsg: "canary words", result: {} }, 429, headers);
const fine = json({ retCode: 0, result: { a: 1 } });

/** A session whose venue answers like this. */
async function session(...signed_request) {
  const of = world({ answers: { ask_time: ANSWERS.ask_time, signed_request } });
  const { id } = await of.connections.importKey("bybit", { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: OWNER });
  const account = await of.connections.account(id);
  const sent = () => of.sent.filter((purpose) => purpose === "signed_request").length;
  return { of, sent, call: (patienceMs) => account.call("POST", "/v5/order/create", {}, { patienceMs }) };
}

test("a request that the venue's limits refuse is signed anew after the wait it asks for", async () => {
  const signatures = [];
  const asked = [];
  const reply = (answer) => ({ headers }) => {
    signatures.push(headers.find(([name]) => name.toLowerCase() === "x-bapi-timestamp")[1]);
    asked.push(of.nowMs - NOW);
    return answer;
  };
  const { of, sent, call } = await session(reply(limited([["retry-after", "3"]])), reply(limited([["retry-after", "2"]])), reply(fine));
  assert.deepEqual((await call(5000)).json(), { a: 1 });
  assert.equal(sent(), 3);
  assert.ok(asked[1] - asked[0] >= 3000 && asked[2] - asked[1] >= 2000, asked.join());
  assert.equal(new Set(signatures).size, 3);
});

test("limits that last longer than the patience, or have no end, are the caller's", async () => {
  const long = await session(limited([["retry-after", "3"]]));
  await assert.rejects(long.call(2999), { code: "rate_limited", retryAfterMs: 3000 });
  assert.equal(long.sent(), 1);
  const again = await session(limited([["retry-after", "3"]]));
  await assert.rejects(again.call(7000), { code: "rate_limited" });
  assert.equal(again.sent(), 3);
  const endless = await session(limited([["retry-after", "0"]]));
  await assert.rejects(endless.call(30_000), { code: "rate_limited" });
  assert.ok(endless.sent() <= 10, String(endless.sent()));
});

test("a status of limits is waited out, longer each time, whatever its words say", async () => {
  for (const body of [{ code: 0, message: "Too many requests." }, "<html>429</html>"]) {
    const asked = [];
    const limit = () => (asked.push(of.nowMs - NOW), json(body, 429));
    const of = world({ answers: { ask_time: [json({ time: NOW / 1000 })], signed_request: [limit, limit, () => (asked.push(of.nowMs - NOW), json({}))] } });
    const account = await of.connections.account((await of.connections.importKey(...KEY_OF_WHITEBIT)).id);
    await account.call("POST", "/api/v4/trade-account/balance");
    assert.ok(asked[1] - asked[0] >= 1000 && asked[2] - asked[1] >= 2000, asked.join());
  }
});

const BALANCES = { BTC: { available: "0.10", freeze: "0" } };
const KEY_OF_WHITEBIT = ["whitebit", { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: OWNER }];

/** All records of a read by this account, and the paths that were asked. */
async function balances(answers, connect) {
  const paths = [];
  const noted = answers.map((answer) => (request) => (paths.push(new URL(request.url).pathname), answer));
  const of = world({ answers: { refresh_tokens: [pair("next")], ask_time: [json({ time: NOW / 1000 })], read_spot_balances: noted } });
  const account = await of.connections.account((await connect(of.connections)).id);
  const found = [];
  for await (const { ticker, available } of account.records(whitebit().readSpotBalances())) found.push([ticker, available]);
  return { of, account, found, paths };
}

test("a read goes by the key, signed anew where it is refused for its number, a limit or a failure", async () => {
  const refused = [json({ message: "Too many requests." }, 429), json({ message: "Too Many Attempts." }, 429, [["retry-after", "2"]]), json({}, 503)];
  const { found, paths } = await balances([...refused, json(BALANCES)], (connections) => connections.importKey(...KEY_OF_WHITEBIT));
  assert.deepEqual(found, [["BTC", "0.10"]]);
  assert.deepEqual(paths, Array(4).fill("/api/v4/trade-account/balance"));
});

test("the same read goes by tokens, refreshed once where they are refused", async () => {
  const tokens = new Tokens({ accessToken: "canary-a", refreshToken: "canary-r", expiresAtMs: NOW + 300_000 });
  const { of, found, paths } = await balances([json({}, 401), json(BALANCES)], (connections) =>
    connections.importTokens("whitebit", tokens, { owner: OWNER }),
  );
  assert.deepEqual(found, [["BTC", "0.10"]]);
  assert.deepEqual(paths, Array(2).fill("/api/v4/accounts/balances/spot"));
  assert.deepEqual(of.sent, ["read_spot_balances", "refresh_tokens", "read_spot_balances"]);
});

test("a read with trouble that has no end ends, and a key that is refused is written down", async () => {
  const trouble = balances([json({}, 503)], (connections) => connections.importKey(...KEY_OF_WHITEBIT));
  await assert.rejects(trouble, { code: "venue_unavailable" });
  const of = world({ answers: { ask_time: [json({ time: NOW / 1000 })], read_spot_balances: [json({ message: "This action is unauthorized." }, 401)] } });
  const account = await of.connections.account((await of.connections.importKey(...KEY_OF_WHITEBIT)).id);
  await assert.rejects(account.page(whitebit().readSpotBalances()), { code: "key_rejected" });
  assert.equal((await account.view()).status, "needs_user");
});

test("a venue beside an id, and a venue that no client is of, are refused", async () => {
  const of = world();
  const { id } = await of.connections.begin("bybit", { owner: OWNER, goal: "api_key" });
  await assert.rejects(of.connections.account(id, { venue: "bybit" }), { code: "invalid_argument", message: /venue is for account\(\{ owner, venue \}\)/ });
  await assert.rejects(of.connections.account({ owner: OWNER, venue: "bybyt" }), {
    code: "invalid_argument",
    message: /there is no client for venue "bybyt"; there are clients for: bybit, whitebit/,
  });
  assert.equal((await of.connections.account({ owner: OWNER, venue: undefined })).id, id);
});

test("a lease names the worker, cut to 40 bytes, and what no other driver has", async () => {
  const holders = [];
  const store = hooked(newStore(), { save: (call, row) => (row.leaseHolder === undefined || holders.push(row.leaseHolder), call()) });
  const of = world({ store });
  await consented(of);
  await of.connections.runOnce({ holder: `${"a".repeat(39)}\u{1f600}b` });
  await consented(of);
  await of.connections.runOnce({ holder: "worker-1" });
  assert.match(holders[0], /^a{39}-[0-9a-f]{12}$/);
  assert.match(holders.at(-1), /^worker-1-[0-9a-f]{12}$/);
});

test("a key is looked at on demand, and what the venue says against it is the view's", async () => {
  const refused = json({ message: "This action is unauthorized. Enable your key in API settings" }, 401);
  const of = world({ answers: { ask_time: [json({ time: NOW / 1000 })], probe_key: [json({ BTC: "1" }), json({}, 503), refused] } });
  const account = await of.connections.account((await of.connections.importKey(...KEY_OF_WHITEBIT)).id);
  assert.equal((await account.check()).status, "connected");
  await assert.rejects(account.check(), { code: "venue_unavailable" });
  assert.equal((await account.view()).status, "connected");
  const checked = await account.check();
  assert.equal(checked.status, "needs_user");
  // It is known by now, and nothing is sent.
  const sent = of.sent.length;
  assert.equal((await account.check({ patienceMs: 5 })).error.code, checked.error.code);
  assert.equal(of.sent.length, sent);
});

test("tokens are looked at on demand: refreshed where that is due", async () => {
  const of = world();
  const tokens = new Tokens({ accessToken: "canary-a", refreshToken: "canary-r", expiresAtMs: NOW + 300_000 });
  const { id } = await of.connections.importTokens("whitebit", tokens, { owner: OWNER });
  of.nowMs = NOW + 301_000;
  assert.equal((await (await of.connections.account(id)).check()).status, "connected");
  assert.deepEqual(of.sent, ["refresh_tokens"]);
  const begun = await of.connections.begin("bybit", { owner: OWNER, goal: "api_key" });
  await assert.rejects((await of.connections.account(begun.id)).check(), { name: "VenuekeyError" });
});

test("a refusal that comes once the key was replaced says nothing of the new one", async () => {
  const [out, answered] = [later(), later()];
  const refused = json({ retCode: 10003, retMsg: "canary words", result: {} });
  const other = json({ ret_code: 0, ret_msg: "success", result: { api_key: "canary-other", api_secret: "canary-other-secret" } });
  const signed_request = [() => (out.resolve(), answered.promise), refused];
  const of = world({ answers: { ...ANSWERS, fetch_api_key: [KEY, other], signed_request } });
  const { id } = await consented(of);
  await worked(of);
  const account = await of.connections.account(id);
  const call = account.call("GET", "/v5/user/query-api");
  await out.promise;
  const { authorizeUrl } = await of.connections.reconnect(id);
  const state = new URL(authorizeUrl).searchParams.get("state");
  await of.connections.receiveCallback(id, `https://partner.example/cb?code=canary-code&state=${state}`);
  await worked(of);
  assert.equal((await account.view()).key.ending, "…ther");
  answered.resolve(refused);
  await assert.rejects(call, { code: "key_rejected" });
  assert.equal((await account.view()).status, "connected");
  // Of the key that is held it counts as ever.
  await assert.rejects(account.call("GET", "/v5/user/query-api"), { code: "key_rejected" });
  assert.equal((await account.view()).status, "needs_user");
});
