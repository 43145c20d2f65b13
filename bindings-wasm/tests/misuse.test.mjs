// What a program does wrong is said at once, in the words of JavaScript, and without what it gave.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import * as user from "venuekey";
import * as parts from "venuekey/parts";
import * as server from "venuekey/server";
import { begun, bybit, json, NOW, replies, TOKEN } from "./support.mjs";

const venuekey = { ...parts, ...server };
const LONE = "canary\ud800";

/** The error of a call that is to be refused; a word in core's spelling is in none. */
function refusal(call) {
  let error;
  try {
    call();
  } catch (caught) {
    error = caught;
  }
  return said(error, String(call));
}

function said(error, call) {
  assert.ok(error instanceof venuekey.VenuekeyError, `${call}: ${error}`);
  assert.equal(error.kind, "misuse", call);
  assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)}`, /canary/, call);
  assert.ok(error.message.startsWith(`${error.code}: `) && error.message.endsWith(`${error.hint ?? ""}; see ${error.docUrl}`), error.message);
  return error;
}

function given() {
  const { client, pending, callback } = begun();
  const tokens = new venuekey.Tokens({ accessToken: "a", refreshToken: "r", expiresAtMs: NOW + 60_000 });
  const signer = new venuekey.Signer({ venue: "bybit", environment: "mainnet", apiKey: "k", apiSecret: "s" });
  const watch = new venuekey.KeyWatch({ venue: "bybit", issuedAtMs: NOW });
  const keys = new venuekey.SealingKeys([["k1", new Uint8Array(32)]]);
  return { client, pending, callback, tokens, signer, watch, keys, budget: new venuekey.RateBudget() };
}

test("text that is no Unicode is refused wherever there is text, and not quoted", () => {
  const { client, pending, tokens, signer, watch, keys, budget } = given();
  const whitebit = { venue: "whitebit", environment: "global", clientId: "demo", clientSecret: "s", redirectUri: "https://a.example/cb" };
  const reader = new venuekey.Client(whitebit);
  const named = { owner: "user-1", clientName: "bybit" };
  const connection = client.beginConnection("api_key", named);
  const row = connection.seal({ keys });
  const calls = [
    ...Object.keys(whitebit).map((name) => () => new venuekey.Client({ ...whitebit, [name]: LONE })),
    ...["authorizeBase", "apiBase", "locale", "userAgent"].map((name) => () => bybit({ [name]: LONE })),
    () => client.supports(LONE),
    () => client.preflight(LONE, { budget }),
    () => client.begin(LONE),
    () => client.begin("api_key", { onSecretLost: LONE }),
    () => client.begin("api_key", { responseType: LONE }),
    () => client.restore(LONE),
    () => client.open(LONE, { keys, context: "c" }),
    () => client.open("text", { keys, context: LONE }),
    () => client.deleteKey(tokens, LONE),
    () => client.reissueKey(tokens, LONE),
    () => client.restoreTokens(LONE),
    () => client.resumeRead(LONE),
    () => client.acceptHandOff(LONE),
    () => client.acceptHandOff("text", { onSecretLost: LONE }),
    () => client.beginConnectionByHandOff(LONE, named),
    () => client.beginConnection(LONE, named),
    () => client.beginConnection("api_key", { ...named, onSecretLost: LONE }),
    ...["owner", "clientName", "label", "keepAlive"].map((name) => () => client.importTokens(tokens, { ...named, [name]: LONE })),
    () => client.importTokens(tokens, { ...named, uid: LONE }),
    ...["apiKey", "apiSecret", "externalId", "uid", "passphrase", "site"].map((name) => () => {
      return client.importKey({ apiKey: "k", apiSecret: "s", [name]: LONE }, named);
    }),
    () => client.restoreConnection(LONE),
    ...["id", "owner", "client", "sealed"].map((name) => () => client.openConnection({ ...row, [name]: LONE }, { keys })),
    ...["receiveCallback", "receivePastedCode", "choose", "disconnect"].map((name) => () => connection[name](LONE)),
    () => connection.reconnect({ expectedUid: LONE }),
    () => reader.readTransactions({ address: LONE }),
    () => reader.readTransactions({ addresses: [LONE] }),
    () => reader.readOrders({ orderId: LONE }, { nowMs: NOW }),
    () => pending.receiveCallback(LONE),
    () => pending.receivePastedCode(LONE),
    () => pending.choose(LONE),
    () => pending.seal({ keys, context: LONE }),
    () => new venuekey.Secret(LONE),
    () => venuekey.codeChallengeS256(LONE),
    () => new venuekey.Tokens({ accessToken: LONE, expiresAtMs: 0 }),
    () => new venuekey.Tokens({ accessToken: "a", refreshToken: LONE, expiresAtMs: 0 }),
    () => new venuekey.Tokens({ accessToken: "a", expiresAtMs: 0, scope: [LONE] }),
    () => new venuekey.Tokens({ accessToken: "a", expiresAtMs: 0, site: LONE }),
    ...["label", "passphrase"].map((name) => () => client.begin("api_key", { keyRequest: { [name]: LONE } })),
    ...["permissions", "ipAllowlist"].map((name) => () => client.begin("api_key", { keyRequest: { [name]: [LONE] } })),
    () => new venuekey.SealingKeys([[LONE, new Uint8Array(32)]]),
    ...["venue", "environment", "apiKey", "apiSecret", "passphrase", "site", "apiBase", "userAgent", "brokerId"].map((name) => () => {
      return new venuekey.Signer({ venue: "bybit", environment: "mainnet", apiKey: "k", apiSecret: "s", [name]: LONE });
    }),
    () => signer.sign(LONE, "/v5/order"),
    () => signer.sign("GET", LONE),
    () => signer.sign("GET", "/v5/order", LONE),
    () => signer.sign("GET", "/v5/order", { name: LONE }),
    () => signer.sign("GET", "/v5/order", { [LONE]: "value" }),
    () => signer.sign("GET", "/v5/order", { list: [{ name: LONE }] }),
    () => new venuekey.KeyWatch({ venue: LONE, issuedAtMs: NOW }),
    () => venuekey.KeyWatch.fromText(LONE),
    () => watch.receiveStatus(LONE, LONE),
    () => venuekey.RateBudget.fromText(LONE),
  ];
  for (const call of calls) assert.equal(refusal(call).code, "invalid_argument", String(call));
  // What a server has sent loses no reply.
  assert.equal(new venuekey.HttpResponse(200, new Uint8Array(), [["x-odd", LONE]]).status, 200);
  assert.equal(new venuekey.Secret("whole \u{1f511}").expose(), "whole \u{1f511}");
});

test("a client without a secret is made by name only", () => {
  for (const clientSecret of [undefined, null]) {
    assert.match(refusal(() => bybit({ clientSecret })).hint, /^clientSecret is missing .*"venuekey"$/);
  }
  assert.match(refusal(() => bybit({ clientSecret: "" })).hint, /^clientSecret must/);
  const { clientSecret: _, ...config } = { venue: "bybit", environment: "mainnet", clientId: "ai-agent", clientSecret: "s", redirectUri: "http://127.0.0.1:9876/callback" };
  refusal(() => new venuekey.Client(config));
  refusal(() => bybit({ clientSecret: new venuekey.Secret("") }));
  assert.match(refusal(() => new user.Client({ ...config, clientSecret: "canary" })).hint, /no clientSecret.*"venuekey\/server"/);
  assert.equal(new user.Client(config).supports("api_key"), true);
});

test("core's hints have JavaScript's names; values and the venue's words stay as they are", () => {
  const { client, pending, signer } = given();
  const whitebit = { venue: "whitebit", environment: "global", clientId: "demo", clientSecret: "s", redirectUri: "https://a.example/cb" };
  const reader = new venuekey.Client(whitebit);
  const hints = [
    [() => bybit({ redirectUri: "canary" }), /^redirectUri must be https/],
    [() => bybit({ clientId: "" }), /^clientId must/],
    [() => bybit({ apiBase: "canary" }), /apiBase/],
    [() => bybit({ userAgent: "" }), /^userAgent must/],
    [() => client.begin("api_key", { callbackTimeoutS: 1 }), /^callbackTimeoutS must/],
    [() => client.begin("api_key", { onSecretLost: "canary" }), /delete_and_report/],
    [() => client.begin("canary"), /account_tokens/],
    [() => client.checkKey(new venuekey.Tokens({ accessToken: "a", expiresAtMs: 0 })), /bybit mainnet has no check_key$/],
    [() => client.restore(reader.begin("api_key").pending.snapshot().expose()), /clientId and redirectUri/],
    [() => client.restore(pending.snapshot().expose(), { operation: "account_tokens" }), /^operation must be one of: api_key \(what this flow is for\)$/],
    [() => bybit({ environment: "global" }), /environment must be one of this venue's: mainnet, testnet$/],
    [() => new venuekey.Signer({ venue: "whitebit", environment: "testnet", apiKey: "k", apiSecret: "s" }), /environment must be one of this venue's: global, eu$/],
    [() => pending.receiveResponse(TOKEN), /call receiveCallback/],
    [() => pending.resume({ nowMs: NOW }), /receiveCallback, or resume/],
    [() => reader.readDeals({ fromS: 1 }, { nowMs: NOW }), /^fromS must/],
    [() => reader.readOrders({ orderId: "1", clientOrderId: "a" }, { nowMs: NOW }), /^give orderId or clientOrderId/],
    [() => new venuekey.RateBudget({ shareOf: 0 }), /^shareOf must/],
    [() => new venuekey.Signer({ venue: "bybit", environment: "mainnet", apiKey: "", apiSecret: "s" }), /^apiKey must/],
    [() => new venuekey.Signer({ venue: "bybit", environment: "mainnet", apiKey: "k", apiSecret: "s", recvWindowMs: 0 }), /^recvWindowMs must/],
    [() => signer.sign("GET", "/v5/order", {}, { nonceMs: 2 ** 60 }), /^nonceMs must/],
  ];
  for (const [call, pattern] of hints) assert.match(refusal(call).hint, pattern, String(call));
  // A record's field has the venue's name.
  const rows = json({ records: [{ main_balance: 1 }], total: 1, limit: 1, offset: 0 });
  assert.throws(() => reader.readTransactions().receive(rows), { code: "malformed_reply" });
});

test("a page in the place of the module is said to be one", async () => {
  const { init } = await import(new URL("node_modules/venuekey/dist/esm/load-web.js", import.meta.url));
  await assert.rejects(init(new Response("<!doctype html>")), /did not load: the server sent something else \(before Vite 8/);
});

test("an error that nobody catches is short", () => {
  const program = 'import { Client } from "venuekey"; new Client({ venue: "bybit", environment: "testnet", clientId: "a", redirectUri: "b" })';
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /VenuekeyError: invalid_configuration: .*redirectUri/);
  assert.ok(stderr.length < 3000, stderr);
});

test("a value of another kind is named, with what to do", async () => {
  const { client, pending, tokens, keys, callback } = given();
  const response = new Response("{}");
  const calls = [
    [() => client.restore(null), /^text must be a string; received null \(the store has nothing under this id\?\)$/],
    [() => client.restore(undefined), /received undefined \(the store has nothing/],
    [() => client.restoreTokens(undefined), /received undefined \(the store has nothing/],
    [() => client.restore(1), /^text must be a string; received type number$/],
    [() => client.restore(Promise.resolve("")), /received an instance of Promise \(await it first\)$/],
    [() => client.restore(pending.snapshot()), /received an instance of Snapshot/],
    [() => pending.receiveCallback(new URL("https://a.example/cb")), /^url must be a string; received an instance of URL \(give its href\)$/],
    [() => pending.receiveResponse(response), /class HttpResponse; received an instance of Response \(make one: new HttpResponse\(/],
    [() => pending.receiveResponse(Promise.resolve()), /class HttpResponse; received an instance of Promise/],
    [() => pending.receiveResponse(TOKEN, null), /^options must be an object; received null$/],
    [() => pending.resume(NOW), /^options must be an object; received type number$/],
    [() => pending.resume({ nowMS: NOW }), /^options has no nowMS: it takes nowMs$/],
    [() => pending.receiveNoResponse({ unsent: true }), /^options has no unsent: it takes notSent, nowMs$/],
    [() => client.begin("api_key", { expectedUID: "1" }), /^options has no expectedUID: it takes callbackTimeoutS, onSecretLost, /],
    [() => client.begin("api_key", { keyRequest: { labell: "a" } }), /^keyRequest has no labell: it takes label, /],
    [() => client.restore("{}", { operations: "api_key" }), /^options has no operations: it takes operation$/],
    [() => new venuekey.Tokens({ accessToken: "a", expiresAtMs: 0, scopes: [] }), /^options has no scopes: it takes accessToken, /],
    [() => new venuekey.RateBudget({ share: 2 }), /^options has no share: it takes shareOf$/],
    [() => new venuekey.Signer({ venue: "bybit", environment: "mainnet", apiKey: "k", apiSecret: "s", base: "b" }), /^config has no base: it takes /],
    [() => given().signer.sign("GET", "/v5/order", {}, { nonce: 1 }), /^options has no nonce: it takes nonceMs$/],
    [() => pending.resume({ nowMs: new Date() }), /^nowMs must be a number; received an instance of Date$/],
    [() => client.begin("api_key", Promise.resolve({})), /^options must be an object; received an instance of Promise/],
    [() => client.refreshTokens(Promise.resolve(tokens)), /class Tokens; received an instance of Promise/],
    [() => client.shareTokens({ accessToken: "canary" }), /class Tokens; received an instance of Object$/],
    [() => new venuekey.Client(Promise.resolve({})), /^config must be an object/],
    [() => new venuekey.Tokens({ accessToken: "a", expiresAtMs: 0, scope: "canary" }), /^scope must be a list; received type string$/],
    [() => client.begin("api_key", { keyRequest: "canary" }), /^keyRequest must be an object; received type string$/],
    [() => client.begin("api_key", { keyRequest: { permissions: "canary" } }), /^permissions must be a list; received type string$/],
    [() => client.begin("api_key", { keyRequest: { ipAllowlist: [1] } }), /^each of ipAllowlist must be a string; received type number/],
    [() => client.begin("api_key", { keyRequest: { passphrase: 1 } }), /^passphrase must be a string or a Secret; received type number/],
    [() => client.begin("api_key", { keyRequest: { expiresAtMs: 0.5 } }), /^expiresAtMs must be a whole number/],
    [() => new venuekey.SealingKeys(Promise.resolve([])), /^keys must be a list; received an instance of Promise/],
    [() => new venuekey.HttpResponse(200, "canary"), /^body must be a Uint8Array; received type string$/],
    [() => new venuekey.HttpResponse(200, new Uint8Array(), { a: "canary" }), /^headers must be pairs/],
    [() => new venuekey.HttpResponse(200, new Uint8Array(), [["set-cookie", ["canary"]]]), /^the value of the header set-cookie must/],
    [() => new venuekey.Signer({ venue: "bybit", environment: "mainnet", apiKey: "k", apiSecret: {} }), /^apiSecret must be a string or a Secret/],
    [() => given().signer.sign("GET", "/v5/order", { qty: Promise.resolve(1) }), /received an instance of Promise/],
    [() => given().signer.sign("GET", "/v5/order", { qty: new venuekey.Secret("canary") }), /received an instance of Secret$/],
    [() => given().signer.sign("GET", "/v5/order", { qty: 0.1 }), /give amounts and fractions as strings$/],
    [() => given().watch.receiveError(new Error("canary")), /received an instance of Error$/],
    [() => new venuekey.MemoryStore().save(pending), /class Snapshot; received an instance of Flow/],
    [() => client.open("text", { keys: [], context: "c" }), /class SealingKeys; received an instance of Array$/],
    [() => client.preflight("api_key", { budget: {} }), /class RateBudget; received an instance of Object$/],
    [() => pending.seal({ keys, context: undefined }), /^context must be a string; received undefined$/],
    [() => venuekey.Flow.prototype.resume.call(undefined), /made; received undefined$/],
  ];
  for (const [call, pattern] of calls) assert.match(refusal(call).hint, pattern, String(call));

  const { send } = replies(TOKEN);
  const [save, step] = [() => true, pending.receiveCallback(callback, { nowMs: NOW })];
  const runs = [
    [venuekey.drive(pending, { send, save }), /^step must be a step, .*received an instance of Flow \(give what its resume/],
    [venuekey.drive(undefined, { send, save }), /^step must be a step, .*received undefined$/],
    [venuekey.drive(Promise.resolve(step), { send, save }), /received an instance of Promise/],
    [venuekey.drive(step), /^send must be a function; received undefined$/],
    [venuekey.drive(step, { send, save: new venuekey.MemoryStore() }), /^save must be a function; received an instance of MemoryStore$/],
    [venuekey.drive(step, { send, save, signal: new AbortController() }), /^signal must be an AbortSignal; .*\(give its signal\)$/],
    [venuekey.drive(step, { send, save, sleep: 5 }), /^sleep must be a function/],
    [venuekey.drive(step, { send, save, clock: () => NOW / 1000 }), /^what clock returns must be Unix milliseconds/],
    [venuekey.freshTokens({}, { send, save, load: () => "" }), /class AnyClient; received an instance of Object$/],
    [venuekey.freshTokens(client, { send, save }), /^load must be a function/],
    [venuekey.freshTokens(client, { save, load: () => "" }), /^send must be a function/],
    [venuekey.keepTokens(client, tokens, { save, load: () => "" }), /class SharedTokens; received an instance of Tokens$/],
    [venuekey.call(given().signer, "GET", "/v5/order", {}, {}), /^send must be a function; received undefined$/],
    [venuekey.call({}, "GET", "/v5/order", {}, { send }), /class Signer/],
    [venuekey.records(client, { send, tokens: () => tokens }).next(), /class AccountRead; received an instance of Client$/],
    [venuekey.fetchSender()(step), /class HttpRequest; received an instance of Object$/],
  ];
  for (const [run, pattern] of runs) assert.match(said(await run.catch((error) => error), String(pattern)).hint, pattern);
});

test("a time that can't be is refused", () => {
  const { client, pending, callback, watch, tokens } = given();
  for (const nowMs of [NOW / 1000, Number.NaN, -1, NOW + 0.5, Number.POSITIVE_INFINITY, NOW * 1000]) {
    const calls = [
      () => client.begin("api_key", { nowMs }),
      () => pending.receiveCallback(callback, { nowMs }),
      () => pending.resume({ nowMs }),
      () => client.checkKey(tokens, { nowMs }),
      () => client.shareTokens(tokens, { nowMs }),
      () => watch.nextCheck({ nowMs }),
      () => client.preflight("api_key", { budget: new venuekey.RateBudget(), nowMs }),
    ];
    for (const call of calls) assert.match(refusal(call).hint, /^nowMs must be Unix milliseconds as Date.now\(\) gives/);
  }
});

test("a reply that is here is read by whatever clock", () => {
  const { pending, callback } = given();
  const sent = pending.receiveCallback(callback, { nowMs: NOW }).next.resume({ nowMs: NOW });
  assert.equal(sent.request.purpose, "exchange_code");
  const { next } = sent.next.receiveResponse(TOKEN, { nowMs: NOW / 1000 });
  assert.equal(next.tokens.accessToken.expose(), "canary-access");
  assert.equal(sent.next.receiveNoResponse({ nowMs: 0 }).next.resume({ nowMs: NOW }).error.code, "outcome_unknown");
});

test("a value that was disposed of says so", () => {
  const { client, pending, tokens, signer } = given();
  for (const value of [client, pending, tokens, signer]) value[Symbol.dispose]();
  const calls = [
    () => client.begin("api_key"),
    () => pending.resume(),
    () => tokens.accessToken,
    () => signer.askTime(),
    () => bybit().refreshTokens(tokens),
    () => bybit({ clientSecret: disposed(new venuekey.Secret("canary")) }),
  ];
  for (const call of calls) assert.match(refusal(call).hint, /^this \w+ has been disposed of$/);
  // Twice does no harm.
  client[Symbol.dispose]();
});

function disposed(value) {
  value[Symbol.dispose]();
  return value;
}
