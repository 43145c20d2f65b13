// What is told where no reply came: the platform's own word, whether the request can have left, and nothing of a mistake.
import assert from "node:assert/strict";
import { Agent, createServer } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { connect, createServer as createTcpServer } from "node:net";
import { after, before, test } from "node:test";
import { Client, fetchSender, NoResponse } from "venuekey/server";
import { drive, Signer } from "venuekey/parts";
import { bybit, json, NOW, replies, TOKEN } from "./support.mjs";

const listening = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
const signerAt = (apiBase) => new Signer({ venue: "whitebit", environment: "global", apiKey: "key", apiSecret: "secret", apiBase });
const order = (signer) => signer.sign("POST", "/api/v4/order/new", { amount: "1" });
const told = (run) => run.then(assert.fail, (error) => (assert.ok(error instanceof NoResponse, String(error)), [error.code, error.notSent]));

const requests = [];
const sockets = new Set();
let answer;
const http = createServer((request, response) => (requests.push(request.url), answer(request, response)));
const tcp = createTcpServer((socket) => sockets.add(socket.on("error", () => {})));
let base, secureBase, refusedBase;
before(async () => {
  base = `http://127.0.0.1:${await listening(http)}`;
  secureBase = `https://127.0.0.1:${await listening(tcp)}`;
  const gone = createTcpServer();
  refusedBase = `http://127.0.0.1:${await listening(gone)}`;
  await new Promise((resolve) => gone.close(resolve));
});
after(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of [http, tcp]) server.close();
});

test("what never left is told as such, with the platform's word", async () => {
  assert.deepEqual(await told(fetchSender()(order(signerAt(refusedBase)))), ["ECONNREFUSED", true]);
  // A pool may have sent it once already, on a connection that has died.
  assert.deepEqual(await told(fetchSender()(signerAt(refusedBase).askTime())), ["ECONNREFUSED", false]);
  const lookup = (_host, _options, done) => done(Object.assign(new Error("canary"), { code: "ENOTFOUND" }));
  const unknown = fetchSender({ agent: new SecureAgent({ lookup }) });
  assert.deepEqual(await told(unknown(order(signerAt("https://venue.example")))), ["ENOTFOUND", true]);
  tcp.once("connection", (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  const [code, notSent] = await told(fetchSender()(order(signerAt(secureBase))));
  assert.match(code, /^(EPROTO|ERR_SSL_\w+)$/);
  assert.equal(notSent, true);
});

test("a deadline in the TLS handshake: not sent; after it has begun to leave: nobody knows", async (context) => {
  for (const [apiBase, expected] of [[secureBase, ["timeout", true]], [base, ["timeout", false]]]) {
    const request = order(signerAt(apiBase));
    const [ends, real] = [[], globalThis.setTimeout];
    context.mock.method(globalThis, "setTimeout", (end, ms, ...more) =>
      ms === request.timeoutHintMs || ms === 1 ? (ends.push(end), 0) : real(end, ms, ...more));
    const arrived = new Promise((resolve) => {
      tcp.once("connection", (socket) => socket.once("data", resolve));
      answer = resolve;
    });
    const sent = told(fetchSender()(request));
    await arrived;
    for (let turn = 0; turn < 2; turn += 1) ends[turn]();
    assert.deepEqual(await sent, expected);
    context.mock.reset();
    tcp.removeAllListeners("connection").on("connection", (socket) => sockets.add(socket.on("error", () => {})));
  }
});

test("a connection that dies once it stands", async () => {
  answer = (_, response) => response.socket.destroy();
  assert.deepEqual(await told(fetchSender()(order(signerAt(base)))), ["ECONNRESET", false]);
  assert.equal((await told(fetchSender()(signerAt(base).askTime())))[1], false);
  answer = (_, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("half", () => response.socket.destroy());
  };
  assert.equal((await told(fetchSender()(order(signerAt(base)))))[1], false);
});

test("the driver hands it on: a code that never left is not spent", async () => {
  const connecting = (error) => {
    const client = bybit();
    const { authorizeUrl, pending } = client.begin("api_key", { nowMs: NOW });
    const step = pending.receiveCallback(`/cb?code=c&state=${new URL(authorizeUrl.expose()).searchParams.get("state")}`, { nowMs: NOW });
    const { send, sent } = replies(error, TOKEN, new RangeError("enough"));
    let now = NOW;
    const [clock, sleep] = [() => now, async (ms) => (now += ms)];
    return drive(step, { send, save: () => true, clock, sleep }).catch((error) => [error.code ?? error.message, sent.length]);
  };
  assert.deepEqual(await connecting(new NoResponse("ECONNREFUSED", { notSent: true })), ["enough", 3]);
  assert.deepEqual(await connecting(new NoResponse("ECONNRESET")), ["outcome_unknown", 1]);
});

test("a mistake in a program is never told as no response", async () => {
  const signer = signerAt(base);
  const mistakes = [
    () => ({}).post(),
    () => canary.post(),
    () => fetch("no address"),
    () => fetch(base, { method: "POST", body: 1, duplex: "canary", dispatcher: {} }),
    () => new Array(-1),
    () => undefined,
    () => "a reply",
    () => Promise.reject("a text"),
    () => Promise.reject(new Error("no route is mocked")),
  ];
  for (const mistake of mistakes) {
    for (const form of [() => mistake(), async () => mistake()]) {
      for (const request of [signer.askTime(), order(signer)]) {
        const error = await Promise.resolve(fetchSender({ fetch: form })(request)).then(() => "none", (error) => error);
        assert.ok(!(error instanceof NoResponse) && error !== "none", `${mistake}: ${error}`);
      }
    }
  }
  const network = [new TypeError("fetch failed"), new TypeError("Failed to fetch"), new TypeError("x", { cause: { code: "UND_ERR_SOCKET" } }), new DOMException("a", "TimeoutError")];
  for (const error of network) {
    const [code] = await told(fetchSender({ fetch: () => Promise.reject(error) })(order(signer)));
    assert.match(code, /^(connection_lost|UND_ERR_SOCKET)$/);
  }
});

test("a platform that refuses an option is not asked for it", async (context) => {
  const Known = globalThis.Request;
  const refuse = (init) => {
    if (init && "cache" in init) throw new Error("The 'cache' field on 'RequestInitializerDict' is not implemented.");
  };
  context.mock.method(globalThis, "Request", class extends Known {
    constructor(url, init) {
      refuse(init);
      super(url, init);
    }
  });
  const asked = [];
  const send = fetchSender({ fetch: async (url, init) => (refuse(init), asked.push(init), new Response("{}")) });
  assert.equal((await send(signerAt(base).askTime())).status, 200);
  assert.deepEqual([asked[0].credentials, asked[0].redirect], ["omit", "manual"]);
});

test("fetch, where one is given, carries every request", async () => {
  const carried = [];
  const send = fetchSender({ fetch: async (url, init) => (carried.push(init.method), new Response("{}", { status: 202 })) });
  for (const request of [signerAt(refusedBase).askTime(), order(signerAt(refusedBase))]) assert.equal((await send(request)).status, 202);
  assert.deepEqual(carried, ["GET", "POST"]);
  const refused = fetchSender({ fetch: (url, init) => fetch(url, init) });
  assert.deepEqual(await told(refused(order(signerAt(refusedBase)))), ["ECONNREFUSED", true]);
});

/** As packages for proxies do it: asks the proxy for a connection to the venue. */
class ProxyAgent extends Agent {
  createConnection({ host, port }, connected) {
    const socket = connect(this.options.proxyPort, "127.0.0.1");
    socket.once("error", connected);
    socket.write(`CONNECT ${host}:${port} HTTP/1.1\r\n\r\n`);
    socket.once("data", () => connected(null, socket));
  }
}

test("an agent connects every request, each on a connection of its own", async () => {
  const tunnels = [];
  const proxy = createServer().on("connect", ({ url }, socket) => {
    tunnels.push(url);
    const [host, port] = url.split(":");
    const venue = connect(port, host, () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    venue.on("error", () => socket.destroy()).pipe(socket.on("error", () => venue.destroy())).pipe(venue);
  });
  const proxyPort = await listening(proxy);
  const send = fetchSender({ agent: new ProxyAgent({ proxyPort }) });
  answer = (_, response) => response.end("{}");
  const signer = signerAt(base);
  for (const request of [signer.askTime(), signer.askTime(), order(signer)]) assert.equal((await send(request)).status, 200);
  assert.deepEqual(tunnels, Array(3).fill(base.slice("http://".length)));
  requests.length = 0;
  answer = (_, response) => response.socket.destroy();
  assert.equal((await told(send(order(signer))))[1], false);
  assert.equal(requests.length, 1, "it is asked for once");
  proxy.close();
  assert.deepEqual(await told(send(order(signer))), ["ECONNREFUSED", false]);
});

test("what can't keep the contract is refused when it is made", () => {
  const refused = [
    { agent: new Agent({ keepAlive: true }) },
    { agent: {} },
    { agent: "agent" },
    { agent: new Agent(), fetch },
  ];
  for (const options of refused) assert.throws(() => fetchSender(options), { code: "invalid_argument" }, Object.keys(options).join());
});
