import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import * as parts from "venuekey/parts";
import * as server from "venuekey/server";
import { freshTokens, keepTokens, MemoryStore, NoResponse, records, Signer, Tokens, TokensUnsaved } from "venuekey/parts";
import { json, NOW, replies } from "./support.mjs";

const venuekey = { ...parts, ...server };
const NEXT = json({ data: { access_token: "next-access", refresh_token: "next-refresh", expires_in: 300 } });
const DUE = NOW + 250_000;

/** WhiteBIT's tokens in a store, due at `DUE`. */
function shared() {
  const client = new venuekey.Client({
    venue: "whitebit",
    environment: "global",
    clientId: "demo",
    clientSecret: "canary-client-secret",
    redirectUri: "https://partner.example/cb",
  });
  const tokens = new Tokens({ accessToken: "canary-access", refreshToken: "canary-refresh", expiresAtMs: NOW + 300_000 });
  const first = client.shareTokens(tokens, { nowMs: NOW });
  const store = new MemoryStore();
  assert.equal(store.save(first.snapshot()), true);
  let now = DUE;
  const clock = () => now;
  const sleep = async (ms) => {
    now += ms;
  };
  const stored = { load: () => store.load(first.tokensId), save: store.save };
  return { client, stored, clock, sleep, at: (ms) => (now = ms) };
}

test("tokens that are due are refreshed once, by one of many", async () => {
  const { client, stored, clock, sleep } = shared();
  const { send, sent } = replies(NEXT);
  const all = await Promise.all(
    Array.from({ length: 8 }, () => freshTokens(client, { ...stored, send, clock, sleep })),
  );
  assert.deepEqual(new Set(all.map(({ generation }) => generation)), new Set([2]));
  assert.equal(all[0].tokens.accessToken.expose(), "next-access");
  assert.deepEqual(sent, ["POST refresh_tokens"]);
});

test("a lost reply is asked for again, and its end is told", async () => {
  const { client, stored, clock, sleep, at } = shared();
  const { send } = replies(new NoResponse(), json({ data: { token: ["Invalid token."] } }, 400));
  const first = await freshTokens(client, { ...stored, send, clock, sleep });
  assert.deepEqual([first.generation, first.refreshAtMs], [1, DUE + 2_000]);
  at(DUE + 2_000);
  assert.equal((await freshTokens(client, { ...stored, send, clock, sleep })).refreshAtMs, undefined);
  at(NOW + 300_000);
  await assert.rejects(freshTokens(client, { ...stored, send, clock, sleep }), { code: "outcome_unknown" });
});

test("patience ends with what stood in the way", async () => {
  const { client, stored, clock, sleep, at } = shared();
  at(NOW + 299_000);
  const { send } = replies(json({}, 429));
  const given = { ...stored, send, clock, sleep, patienceMs: 500 };
  await assert.rejects(freshTokens(client, given), { code: "rate_limited", kind: "unavailable" });
});

test("a pair that can't be stored comes with the error, and is stored later", async () => {
  const { client, stored, clock, sleep } = shared();
  const { send } = replies(NEXT);
  const save = (snapshot) => {
    if (snapshot.revision === 3) throw new Error("the database is away");
    return stored.save(snapshot);
  };
  const error = await freshTokens(client, { ...stored, save, send, clock, sleep }).catch((caught) => caught);
  assert.ok(error instanceof TokensUnsaved, String(error));
  assert.doesNotMatch(`${error} ${JSON.stringify(error)}`, /canary|next-/);
  await keepTokens(client, error.shared, stored);
  assert.equal(client.restoreTokens(stored.load()).tokens.accessToken.expose(), "next-access");
});

const deal = (id) => ({
  id, clientOrderId: "", time: NOW / 1000, side: "buy", role: 1, amount: "0.50", price: "2", deal: "1", fee: "0",
  orderId: 3, feeAsset: "USDT",
});

test("records go from page to page; refused tokens are renewed once", async () => {
  const { client } = shared();
  const use = (generation) => ({ name: "use", generation, tokens: new Tokens({ accessToken: "a", expiresAtMs: 1 }) });
  const asked = [];
  const tokens = ({ refusedGeneration }) => {
    asked.push(refusedGeneration);
    return use(refusedGeneration === undefined ? 1 : 2);
  };
  const { send } = replies(json([deal(2), deal(1)]), json({}, 401), json([deal(0)]));
  const seen = [];
  for await (const one of records(client.readDeals({ market: "BTC_USDT", limit: 2 }, { nowMs: NOW }), { send, tokens })) {
    seen.push(one.id, one.amount);
  }
  assert.deepEqual(seen, ["2", "0.50", "1", "0.50", "0", "0.50"]);
  assert.deepEqual(asked, [undefined, undefined, 1]);

  const refused = replies(json({}, 403), json({}, 403));
  const all = records(client.readMainBalances(), { send: refused.send, tokens });
  await assert.rejects(all.next(), { code: "token_rejected" });
});

test("a key reads the same, signed; a number that is refused is drawn again", async () => {
  const { client } = shared();
  const signer = new Signer({ venue: "whitebit", environment: "global", apiKey: "key", apiSecret: "s3cr3t" });
  const numbers = [5, 6, 7];
  const clash = json({ code: 0, message: "Too many requests." }, 429);
  const { send: answer } = replies(json([deal(1)]), clash, json([deal(0)]));
  const bodies = [];
  const send = (request) => (bodies.push(JSON.parse(new TextDecoder().decode(request.body))), answer(request));
  const read = client.readDeals({ market: "BTC_USDT", limit: 1 }, { nowMs: NOW });
  const all = records(read, { send, signer, nonceMs: () => numbers.shift() });
  assert.deepEqual([(await all.next()).value.id, (await all.next()).value.id], ["1", "0"]);
  assert.deepEqual(
    bodies.map(({ request, nonce }) => [request, nonce]),
    [5, 6, 7].map((nonce) => ["/api/v4/trade-account/executed-history", nonce]),
  );

  const endless = replies(clash, clash, clash, clash);
  await assert.rejects(records(read, { send: endless.send, signer }).next(), { code: "nonce_rejected" });
  for (const both of [{}, { signer, tokens: () => undefined }]) {
    await assert.rejects(records(read, { send, ...both }).next(), { code: "invalid_argument", message: /give tokens or a signer/ });
  }
});

test("the numbers written down are core's", async () => {
  const { constants } = (await import(new URL("./inside-node.js", import.meta.resolve("venuekey/server")).href)).wasm;
  const { errorCodes, ...numbers } = constants();
  const ours = Object.keys(numbers).map((name) => {
    return [name, venuekey[name.replace(/[A-Z]/g, (upper) => `_${upper}`).toUpperCase()]];
  });
  assert.deepEqual(Object.fromEntries(ours), numbers);
  assert.deepEqual(venuekey.errorCodes(), errorCodes);
});

test("a browser's bundle can't have the entry point of servers", () => {
  const run = (conditions) =>
    spawnSync(process.execPath, [...conditions, "--input-type=module", "-e", 'await import("venuekey/server")'], {
      encoding: "utf8",
      cwd: import.meta.dirname,
    });
  assert.equal(run([]).status, 0);
  assert.match(run(["--conditions=browser"]).stderr, /ERR_PACKAGE_PATH_NOT_EXPORTED/);
});
