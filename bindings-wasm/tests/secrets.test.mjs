// What holds a secret shows none: in consoles, JSON, text, structured clones and errors.
import legacy from "node:assert";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { Console } from "node:console";
import { Writable } from "node:stream";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { inspect, isDeepStrictEqual } from "node:util";
import * as parts from "venuekey/parts";
import * as server from "venuekey/server";
import { begun, bybit, json, KEY, NOW, replies, TOKEN, UID } from "./support.mjs";

const venuekey = { ...parts, ...server };

/** Everything a program might show of a value. */
function shown(value) {
  const text = [];
  const stream = new Writable({ write: (chunk, _, done) => (text.push(String(chunk)), done()) });
  const console = new Console({ stdout: stream, stderr: stream });
  for (const method of ["log", "info", "warn", "error", "debug"]) console[method](value, [value], { value });
  console.dir(value, { depth: null, showHidden: true });
  console.table([value]);
  for (const options of [{}, { depth: null, showHidden: true }, { depth: null, showHidden: true, showProxy: true, customInspect: false }]) {
    text.push(inspect(value, options), inspect({ value }, options));
  }
  text.push(JSON.stringify(value) ?? "", JSON.stringify({ value }, null, 2), `${value}`, [value].join(), Object.entries(value).join());
  if (value instanceof Error) text.push(value.message, value.stack);
  try {
    text.push(inspect(structuredClone(value), { depth: null, showHidden: true }));
  } catch (error) {
    text.push(String(error));
  }
  return text.join("\n");
}

function check(values, state) {
  for (const value of values) {
    const text = shown(value);
    assert.ok(!text.includes("canary"), text.slice(0, 2000));
    assert.ok(!text.includes(state), text.slice(0, 2000));
  }
}

test("a whole flow, step by step", async () => {
  const { client, authorizeUrl, pending, state, callback } = begun();
  const store = new venuekey.MemoryStore();
  store.save(pending.snapshot());
  const seen = [client, authorizeUrl, pending, pending.snapshot(), store, { authorizeUrl, pending }, TOKEN, KEY];
  const onStep = (step) => seen.push(step, ...Object.values(step).filter((field) => typeof field === "object"));
  const step = pending.receiveCallback(callback, { nowMs: NOW });
  const { send } = replies(TOKEN, UID, KEY);
  const done = await venuekey.drive(step, { send, save: store.save, clock: () => NOW, onStep });
  const { key, tokens } = done.outcome;
  seen.push(done.outcome, key, key.apiKey, key.apiSecret, tokens, tokens.accessToken, tokens.refreshToken);
  const shared = client.shareTokens(tokens, { nowMs: NOW });
  const plan = shared.plan({ nowMs: NOW });
  seen.push(shared, plan, shared.snapshot(), shared.plan({ nowMs: NOW + 86_400_000 }));
  const apiKey = key.apiKey.expose();
  const signer = new venuekey.Signer({ venue: "bybit", environment: "mainnet", apiKey, apiSecret: key.apiSecret });
  const proof = json({ retCode: 0, result: { userID: 1, ips: ["canary-address"] } });
  const reply = signer.receiveResponse(json({ retCode: 0, result: { total: "canary-total" } }));
  seen.push(signer, signer.sign("GET", "/v5/user/query-api", {}), signer.receiveProbe(proof), reply);
  const keys = new venuekey.SealingKeys([["k1", new TextEncoder().encode("canary-canary-canary-canary-cana")]]);
  seen.push(keys);
  assert.ok(seen.length > 35);
  check(seen, state);
  // And yet it is there to be read.
  assert.equal(key.apiSecret.expose(), "canary-secret");
});

test("errors, thrown and caught", async () => {
  const { client, pending, state, callback } = begun();
  const refused = [];
  const calls = [
    () => client.restore('{"canary": true}'),
    () => pending.receiveCallback("/cb?code=canary-code&state=canary-state"),
    () => client.begin("canary"),
    () => client.begin("api_key", { keyRequest: { label: "canary", permissions: ["canary"], passphrase: "canary" } }),
    () => client.begin("api_key", { entropy: "canary" }),
    () => client.begin("api_key", { nowMs: "canary" }),
    () => new venuekey.Client({ venue: "canary", environment: "canary", clientId: "canary", clientSecret: "canary", redirectUri: "canary" }),
    () => bybit({ redirectUri: "https://user:canary@partner.example/cb" }),
    () => new venuekey.Tokens({ accessToken: "canary\n", expiresAtMs: 1 }),
    () => new venuekey.HttpResponse(200, "canary"),
    () => new venuekey.HttpResponse(200, new Uint8Array(), ["canary"]),
    () => new venuekey.Signer({ venue: "bybit", environment: "mainnet", apiKey: "canary\n", apiSecret: "canary" }),
    () => new venuekey.Signer({ venue: "bybit", environment: "mainnet", apiKey: "k", apiSecret: { expose: () => "canary" } }),
    () => client.refreshTokens("canary"),
    () => client.readTransactions({ unknown: "canary" }),
  ];
  for (const call of calls) {
    assert.throws(call, (error) => (refused.push(error), error instanceof venuekey.VenuekeyError), String(call));
  }
  assert.deepEqual(new Set(refused.map((error) => error.kind)), new Set(["misuse", "rejected"]));

  const denied = pending.receiveCallback(`/cb?state=${state}&error=access_denied&error_description=canary-words`, { nowMs: NOW });
  const save = () => true;
  const failed = await venuekey.drive(denied, { send: () => {}, save, clock: () => NOW }).catch((error) => error);
  assert.deepEqual([failed.kind, failed.venueText], ["denied", "canary-words"]);
  const options = { send: replies(TOKEN).send, clock: () => NOW };
  const step = pending.receiveCallback(callback, { nowMs: NOW });
  const unsaved = await venuekey.drive(step, { ...options, save: () => null }).catch((error) => error);
  assert.equal(unsaved.name, "SaveFailed");
  check([...refused, failed, failed.flow, unsaved, unsaved.step, new venuekey.NoResponse()], state);
});

test("a value that was disposed of says so, and refuses to work", () => {
  const secret = new venuekey.Secret("canary");
  secret[Symbol.dispose]();
  assert.equal(String(secret), "Secret(disposed)");
  assert.equal(inspect(secret), "Secret(disposed)");
  assert.throws(() => secret.expose());
  assert.equal(inspect(new venuekey.Secret("canary")), "Secret(…)");
  assert.equal(JSON.stringify({ secret: new venuekey.Secret("canary") }), '{"secret":"Secret(…)"}');
});

test("what is disposed of is free at once, without a turn of the event loop", () => {
  const program = fileURLToPath(new URL("loop.mjs", import.meta.url));
  const grown = Number(execFileSync(process.execPath, [program, "dispose"], { encoding: "utf8" }));
  // What is left behind is 35 MB by then.
  assert.ok(grown < 16 << 10, `${grown} KB`);
});

test("a comparison tells apart what holds other secrets, and shows none", () => {
  const [first, second] = [begun(), begun()];
  const text = first.pending.snapshot().expose();
  const alike = [
    [new venuekey.Secret("canary"), new venuekey.Secret("canary")],
    [first.pending, first.client.restore(text)],
    [first.pending.snapshot(), first.client.restore(text).snapshot()],
    [first.client, first.client],
  ];
  const unlike = [
    [new venuekey.Secret("canary"), new venuekey.Secret("canary2")],
    [new venuekey.Secret(""), "Secret(…)"],
    [first.pending, second.pending],
    [first.pending.snapshot(), second.pending.snapshot()],
    [first.pending.receiveCallback(first.callback), second.pending.receiveCallback(second.callback)],
    [first.client, second.client],
    [TOKEN, UID],
    [new venuekey.Tokens({ accessToken: "a", expiresAtMs: 1 }), new venuekey.Tokens({ accessToken: "b", expiresAtMs: 1 })],
  ];
  for (const [a, b] of alike) {
    assert.deepStrictEqual({ a }, { a: b });
    assert.equal(Object.prototype.toString.call(a), Object.prototype.toString.call(b));
  }
  for (const [a, b] of unlike) {
    for (const same of ["deepEqual", "deepStrictEqual"]) assert.throws(() => legacy[same]({ a }, { a: b }), { code: "ERR_ASSERTION" });
    assert.ok(!isDeepStrictEqual(a, b));
  }
  check(unlike.flat().map((value) => Object.prototype.toString.call(value)), first.state);
  // Another process has another key: nobody who sees it can try out what the text may have been.
  const program = 'import { Secret } from "venuekey"; console.log(Object.prototype.toString.call(new Secret("canary")))';
  const [one, other] = [1, 2].map(() => execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" }));
  assert.match(one, /^\[object Secret .{16}\]$/m);
  assert.notEqual(one, other);
});

test("what is no value of the package's is refused", () => {
  const { pending } = begun();
  for (const call of [
    () => pending.receiveResponse({ status: 200 }),
    () => pending.receiveResponse(null),
    () => pending.receiveResponse(new venuekey.Secret("a")),
    () => pending.seal({ keys: {}, context: "a" }),
    () => pending.receiveCallback(7),
    () => new venuekey.KeyWatch({ venue: "bybit", issuedAtMs: 1 }).receiveError(new Error("mine")),
  ]) {
    assert.throws(call, { name: "VenuekeyError", kind: "misuse", code: "invalid_argument" }, String(call));
  }
  assert.throws(() => new venuekey.Flow().revision, { kind: "misuse" });
});
