// The scripted flow that every language replays, given the package however it was loaded.
const assert = require("node:assert/strict");
const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { inspect } = require("node:util");

const flow = JSON.parse(readFileSync(join(__dirname, "flows/bybit_api_key.json"), "utf8"));

function config({ Credentials }) {
  const { venue, environment, client_id, client_secret, redirect_uri } = flow.config;
  return { venue, environment, credentials: Credentials.confidential(client_id, client_secret), redirectUri: redirect_uri };
}

function checkRequest(expected, request) {
  const { body, headers, purpose, method, url, replay } = request;
  assert.deepEqual(
    {
      purpose,
      method,
      url,
      headers: headers.map(({ name, value }) => ({ name, value: value.expose() })),
      body: body === undefined ? null : Buffer.from(body).toString(),
      replay,
    },
    expected,
  );
}

function checkRedacted(values, secrets) {
  for (const value of values) {
    const text = String(value);
    for (const shown of [text, inspect(value, { depth: 9, getters: false }), inspect([value]), JSON.stringify(value)]) {
      for (const secret of secrets) assert.ok(!shown.includes(secret), `${text} shows ${secret}: ${shown}`);
    }
  }
}

/** From begin to done; leaves what it wrote in the transcripts folder. */
function replay(venuekey, name) {
  const { Client, HttpResponse, VenuekeyError } = venuekey;
  const settings = config(venuekey);
  const client = new Client(settings);
  const entropy = Uint8Array.from(Buffer.from(flow.entropy_hex, "hex"));
  const started = client.begin(flow.goal, undefined, entropy, flow.begin_at_ms);
  const authorizeUrl = started.authorizeUrl.expose();
  assert.ok(authorizeUrl.startsWith(flow.authorize_url_start));
  const state = authorizeUrl.slice(flow.authorize_url_start.length);
  const snapshots = [started.pending.snapshot().expose()];

  // Another process: only the text is left.
  const pending = client.restore(snapshots[0]);
  assert.equal(pending.snapshot().expose(), snapshots[0]);
  assert.deepEqual({ ...pending.status }, { type: "awaiting_callback", expiresAtMs: flow.expires_at_ms });
  const { url, kind, code } = flow.refused_callback;
  let refusal;
  assert.throws(
    () => pending.receiveCallback(url, flow.begin_at_ms),
    (error) => ((refusal = error), error instanceof VenuekeyError && error instanceof Error),
  );
  assert.deepEqual([refusal.name, refusal.kind, refusal.code], ["VenuekeyError", kind, code]);
  assert.ok(refusal.message.startsWith(`${code}: `) && refusal.stack.includes("scripted_flow.cjs"));

  // The refusal has left the flow as it was.
  const accepted = pending.receiveCallback(flow.callback.url.replace("{state}", state), flow.callback.at_ms);
  assert.equal(accepted.type, "save");
  snapshots.push(accepted.next.snapshot().expose());
  const ready = client.restore(snapshots.at(-1));
  assert.deepEqual({ ...ready.status }, { type: "ready" });
  let step = ready.resume(flow.callback.at_ms);
  const seen = [settings, client, started, pending, refusal, started.authorizeUrl, step];
  for (const { request, reply } of flow.turns) {
    assert.equal(step.type, "send");
    checkRequest(request, step.request);
    snapshots.push(step.next.snapshot().expose());
    const headers = [{ name: "set-cookie", value: "canary-cookie" }];
    const response = new HttpResponse(reply.status, Buffer.from(reply.body), headers);
    seen.push(step.request, step.request.headers, step.next, step.next.snapshot(), response);
    step = step.next.receiveResponse(response, reply.at_ms);
    seen.push(step);
  }

  assert.equal(step.type, "save");
  snapshots.push(step.next.snapshot().expose());
  const done = client.restore(snapshots.at(-1)).resume(flow.resume_at_ms);
  assert.equal(done.type, "done");
  assert.equal(done.outcome.type, "api_key");
  const { key, tokens } = done.outcome;
  assert.deepEqual(
    {
      api_key: key.apiKey.expose(),
      api_secret: key.apiSecret.expose(),
      uid: key.uid,
      access_token: tokens.accessToken.expose(),
      refresh_token: tokens.refreshToken?.expose(),
      expires_at_ms: tokens.expiresAtMs,
      refresh_expires_at_ms: tokens.refreshExpiresAtMs,
    },
    flow.outcome,
  );
  seen.push(done, done.outcome, key, tokens, key.apiSecret, done.flow);
  checkRedacted(seen, ["canary", state]);
  assert.equal(inspect(key.apiSecret), "Secret(…)");
  assert.equal(inspect(done.outcome, { breakLength: Infinity }), `{ type: 'api_key', key: ApiKey(…), tokens: ${tokens} }`);

  const folder = process.env.VENUEKEY_TRANSCRIPTS;
  if (folder) {
    writeFileSync(join(folder, `${name}.json`), JSON.stringify({ authorize_url: authorizeUrl, snapshots }));
  }
}

/** What the binding fills in, and a failure as a value that can be thrown. */
function defaults(venuekey) {
  const client = new venuekey.Client(config(venuekey));
  const before = Date.now();
  const [first, second] = [client.begin("api_key"), client.begin("api_key", { callbackTimeoutS: 600 })];
  assert.notEqual(first.pending.flowId, second.pending.flowId);
  const expires = first.pending.status.expiresAtMs;
  assert.ok(expires >= before + 900_000 && expires <= Date.now() + 900_000);

  const state = new URL(first.authorizeUrl.expose()).searchParams.get("state");
  const save = first.pending.receiveCallback(
    `/callback?state=${state}&error=access_denied&error_description=canary`,
  );
  assert.equal(save.type, "save");
  const failed = save.next.resume();
  assert.equal(failed.type, "failed");
  assert.ok(!("recovery" in failed));
  const { error } = failed;
  assert.deepEqual([error.kind, error.code, error.venue, error.venueText], ["denied", "access_denied", "bybit", "canary"]);
  checkRedacted([failed, error], ["canary"]);
  assert.throws(() => { throw error; }, venuekey.VenuekeyError);
}

/** What core's types can't express is refused as misuse; nothing is moved away or broken by it. */
function refusals(venuekey) {
  const { Client, HttpResponse } = venuekey;
  const settings = config(venuekey);
  const client = new Client(settings);
  const calls = [
    () => client.begin("api_key", undefined, new Uint8Array(63)),
    () => client.begin("api_key", undefined, undefined, 0.5),
    () => client.begin("api_key", undefined, undefined, 2 ** 53),
    () => client.begin("api_key", { callbackTimeoutS: 1 }),
    () => client.begin("keys"),
    () => new Client({ ...settings, venue: "kraken" }),
    () => new Client({ ...settings, credentials: { clientId: "app-1" } }),
    () => new HttpResponse(-1, new Uint8Array()),
    () => new HttpResponse(200, new Uint8Array(), [{ name: "a" }]),
  ];
  for (const call of calls) assert.throws(call, { name: "VenuekeyError", kind: "misuse", code: "invalid_argument" });

  new Client(settings);
  const { pending } = client.begin("api_key");
  pending.free();
  assert.equal(inspect(pending), "Flow(freed)");
}

module.exports = { replay, defaults, refusals };
