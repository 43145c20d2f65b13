// Whole connections in Node against the sandbox's real sockets, with the package's own sender.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Client, fetchSender } from "venuekey/server";
import { call, drive, MemoryStore, Signer } from "venuekey/parts";
import { approve, startSandbox } from "./sandbox.mjs";

let sandbox;
before(async () => {
  sandbox = await startSandbox();
});
beforeEach(() => sandbox.admin("POST", "reset"));
after(() => sandbox?.stop());

const [ENVIRONMENT, REDIRECT] = [{ whitebit: "global", bybit: "mainnet" }, "http://127.0.0.1:8000/callback/"];

async function consented(venue, goal = "api_key") {
  const base = `${sandbox.url}/${venue}/${ENVIRONMENT[venue]}`;
  const client = new Client({
    venue,
    environment: ENVIRONMENT[venue],
    clientId: `demo-${venue}`,
    clientSecret: `demo-${venue}-secret`,
    redirectUri: REDIRECT + venue,
    authorizeBase: base,
    apiBase: base,
  });
  const store = new MemoryStore();
  const { authorizeUrl, pending } = client.begin(goal);
  store.save(pending.snapshot());
  const url = await approve(authorizeUrl.expose(), REDIRECT + venue);
  const step = client.restore(store.load(pending.flowId)).receiveCallback(url);
  return { base, client, store, step };
}

async function asked(endpoint) {
  const { requests } = await sandbox.admin("GET", "requests");
  return requests.filter((request) => request.endpoint === endpoint).length;
}

for (const [venue, method, path] of [
  ["whitebit", "POST", "/api/v4/trade-account/balance"],
  ["bybit", "GET", "/v5/user/query-api"],
]) {
  test(`${venue}: a key by consent, and a signed call with it`, async () => {
    const { base, step, store } = await consented(venue);
    const send = fetchSender();
    const { outcome } = await drive(step, { send, save: store.save });
    assert.equal(outcome.name, "api_key");
    const { apiKey, apiSecret } = outcome.key;
    const signer = new Signer({ venue, environment: ENVIRONMENT[venue], apiKey, apiSecret, apiBase: base });
    const reply = await call(signer, method, path, {}, { send });
    assert.equal(typeof reply.json(), "object");
    assert.deepEqual((await sandbox.admin("GET", "violations")).violations, []);
  });
}

test("a code whose reply was lost is exchanged once: the connection broke without a byte", async () => {
  const { step, store } = await consented("whitebit");
  await sandbox.admin("POST", "faults", { endpoint: "token", fault: "drop_reply", count: 1 });
  // A pool with a live connection, as a busy server has: the request must not go out on it.
  await (await fetch(`${sandbox.url}/_sandbox/health`)).text();
  const error = await drive(step, { send: fetchSender(), save: store.save }).catch((error) => error);
  assert.deepEqual([error.kind, error.code], ["reauthorize", "outcome_unknown"]);
  assert.equal(await asked("token"), 1);
});

test("the once-only secret is asked for as often as the flow says, and no more", async () => {
  const { step, store } = await consented("whitebit");
  await sandbox.admin("POST", "faults", { endpoint: "secret", fault: "drop_reply", count: 1 });
  const purposes = [];
  const onStep = (step) => step.name === "send" && purposes.push(step.request.replay);
  const error = await drive(step, { send: fetchSender(), save: store.save, onStep }).catch((error) => error);
  assert.equal(error.recovery, "delete_key");
  assert.equal(await asked("secret"), purposes.filter((replay) => replay === "once_only").length);
});

test("tokens, and an abort in the middle of a request", async () => {
  const { client, step, store } = await consented("bybit", "account_tokens");
  await sandbox.admin("POST", "faults", { endpoint: "uid", fault: "delay", ms: 14_000, count: 1 });
  const controller = new AbortController();
  const onStep = (step) => step.name === "send" && step.request.purpose === "read_uid" && setTimeout(() => controller.abort(new Error("stop")), 50);
  const options = { send: fetchSender(), save: store.save };
  await assert.rejects(drive(step, { ...options, onStep, signal: controller.signal }), { message: "stop" });
  const [flowId] = store.flowIds();
  const done = await drive(client.restore(store.load(flowId)).resume(), options);
  assert.equal(done.outcome.name, "account_tokens");
});
