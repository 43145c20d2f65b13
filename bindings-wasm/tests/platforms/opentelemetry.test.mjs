// Spans around requests: what they tell, when they end, and that nothing secret is in them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { traced } from "venuekey/opentelemetry";
import { drive, HttpResponse, NoResponse } from "venuekey/parts";
import { Client, fetchSender } from "venuekey/server";
import { approve, startSandbox } from "../journeys/sandbox.mjs";

const REDIRECT = "http://127.0.0.1:8000/callback/whitebit";

function observed() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  return { tracer: provider.getTracer("test"), spans: () => exporter.getFinishedSpans() };
}

/** Whatever a backend may be sent of a span. */
const shown = (spans) => JSON.stringify(spans.map(({ name, attributes, events, links, status, resource }) => [name, attributes, events, links, status, resource.attributes]));

function clientAt(base) {
  const app = { clientId: "demo-whitebit", clientSecret: "demo-whitebit-secret", redirectUri: REDIRECT };
  return new Client({ venue: "whitebit", environment: "global", ...app, ...(base === undefined ? {} : { authorizeBase: base, apiBase: base }) });
}

/** A step that sends, with a code that must not be seen. */
function step() {
  const { authorizeUrl, pending } = clientAt().begin("api_key");
  const state = new URL(authorizeUrl.expose()).searchParams.get("state");
  return pending.receiveCallback(`${REDIRECT}?code=canary-code&state=${state}`);
}

async function driven(send) {
  const { tracer, spans } = observed();
  const failed = await drive(step(), { send: traced(send, { tracer }), save: () => true, sleep: () => {} }).catch((error) => error);
  return { failed, spans: spans() };
}

test("a whole connection: a span for each request, no secret in any", async () => {
  const sandbox = await startSandbox();
  try {
    const { tracer, spans } = observed();
    const client = clientAt(`${sandbox.url}/whitebit/global`);
    const { authorizeUrl, pending } = client.begin("api_key");
    const url = await approve(authorizeUrl.expose(), REDIRECT);
    const send = traced(fetchSender(), { tracer });
    const { outcome } = await drive(pending.receiveCallback(url), { send, save: () => true });
    const { requests } = await sandbox.admin("GET", "requests?values=true");
    const told = spans();
    const sent = requests.filter((each) => each.endpoint !== "authorize");
    assert.equal(told.length, sent.length);
    const { port } = new URL(sandbox.url);
    for (const { name, kind, attributes, status, ended } of told) {
      assert.equal(kind, SpanKind.CLIENT);
      assert.equal(ended, true);
      assert.equal(status.code, SpanStatusCode.UNSET);
      assert.equal(name, `${attributes["http.request.method"]} ${attributes["venuekey.purpose"]}`);
      assert.deepEqual([attributes["server.address"], attributes["server.port"]], ["127.0.0.1", Number(port)]);
      assert.equal(attributes["http.response.status_code"], 200);
      assert.equal(typeof attributes["venuekey.replay"], "string");
    }
    assert.equal(told[0].attributes["venuekey.purpose"], "exchange_code");
    const { key } = outcome;
    const secrets = [...new URL(url).searchParams.values(), "demo-whitebit-secret", key.apiKey.expose(), key.apiSecret.expose()];
    const text = shown(told);
    for (const secret of secrets) assert.equal(text.includes(secret), false);
  } finally {
    sandbox.stop();
  }
});

test("the exchange is named by its own host", async () => {
  const { spans } = await driven(() => new HttpResponse(500, new Uint8Array()));
  assert.equal(spans[0].attributes["venuekey.venue"], "whitebit");
  assert.equal(spans[0].attributes["server.port"], 443);
});

test("an error status, no reply and a sender's mistake are told by a word alone", async () => {
  const failures = [
    [() => new HttpResponse(403, new TextEncoder().encode("canary-body")), "403"],
    [() => Promise.reject(new NoResponse("timeout")), "timeout"],
    [() => { throw new RangeError("canary-message"); }, "RangeError"],
    [() => Promise.reject(Object.assign(new Error("canary-message"), { code: "canary code" })), "Error"],
    [() => { throw "canary-thrown"; }, "_OTHER"],
  ];
  for (const [send, type] of failures) {
    const { spans } = await driven(send);
    assert.ok(spans.length > 0);
    for (const { attributes, status, events } of spans) {
      assert.equal(attributes["error.type"], type);
      assert.deepEqual(status, { code: SpanStatusCode.ERROR });
      assert.deepEqual(events, []);
    }
    assert.doesNotMatch(shown(spans), /canary/);
  }
});

test("what a sender throws and gives goes through unchanged", async () => {
  const error = new RangeError("its own");
  assert.equal((await driven(() => { throw error; })).failed, error);
});

test("a tracer that fails loses no reply", async () => {
  const fails = () => {
    throw new Error("a tracer's own trouble");
  };
  const tracer = { startActiveSpan: (name, options, work) => work({ setAttribute: fails, setStatus: fails, end: fails }) };
  const send = traced(async () => new HttpResponse(200, new TextEncoder().encode("{}")), { tracer });
  const request = { method: "POST", purpose: "fetch_secret", url: "https://whitebit.com/", replay: "never" };
  assert.equal((await send(request)).status, 200);
  const lost = traced(async () => Promise.reject(new NoResponse("timeout")), { tracer });
  await assert.rejects(lost(request), NoResponse);
});
