import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { fetchSender, NoResponse } from "venuekey/server";
import { MAX_BODY_BYTES, Signer } from "venuekey/parts";

let server, signer, seen, answer;
before(async () => {
  server = createServer((request, response) => {
    seen.push({ port: request.socket.remotePort, method: request.method, headers: request.headers });
    answer(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const apiBase = `http://127.0.0.1:${server.address().port}`;
  signer = new Signer({ venue: "whitebit", environment: "global", apiKey: "key", apiSecret: "secret", apiBase });
});
after(() => {
  server?.closeAllConnections();
  server?.close();
});

const safe = () => signer.askTime();
const never = () => signer.sign("POST", "/api/v4/order/new", { amount: "1" });
const send = fetchSender();

function answers(with_) {
  [seen, answer] = [[], with_];
}

test("what may not be sent twice has a connection of its own, whatever the pool holds", async () => {
  answers((response) => response.end("{}"));
  assert.deepEqual([safe().replay, never().replay], ["safe", "never"]);
  // The pool takes a connection back a moment after its reply.
  for (let tries = 0; new Set(seen.map(({ port }) => port)).size === seen.length; tries += 1) {
    assert.ok(tries < 1_000, "the pool is in use");
    await send(safe(), {});
  }
  const pool = new Set(seen.map(({ port }) => port));
  for (const request of [never(), never()]) await send(request, {});
  const own = new Set(seen.slice(-2).map(({ port }) => port));
  assert.equal(new Set([...pool, ...own]).size, pool.size + 2);
  assert.equal(seen.at(-1).headers["content-type"], "application/json");
});

test("a connection that ends without a byte is no response, asked for once", async () => {
  answers((response) => response.socket.destroy());
  await assert.rejects(send(never(), {}), NoResponse);
  assert.equal(seen.length, 1);
});

for (const [name, request] of [["safe", safe], ["never", never]]) {
  test(`${name}: a redirect is not followed`, async () => {
    answers((response) => response.writeHead(302, { location: "/elsewhere" }).end());
    assert.equal((await send(request(), {})).status, 302);
    assert.equal(seen.length, 1);
  });

  test(`${name}: a body is read up to the cap, and a torn one is no response`, async () => {
    answers((response) => response.end("x".repeat(3 * MAX_BODY_BYTES)));
    assert.equal((await send(request(), {})).body.length, MAX_BODY_BYTES + 1);
    answers((response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.socket.destroy());
    });
    await assert.rejects(send(request(), {}), (error) => error instanceof NoResponse && error.cause === undefined);
  });

  test(`${name}: asks for a reply as it is, and reads one that comes encoded`, async () => {
    const plain = Buffer.from('{"result":"as it is"}');
    const encoded = [
      ["identity", plain],
      ["gzip", gzipSync(plain)],
      ["gzip, gzip", gzipSync(gzipSync(plain))],
      ["deflate", deflateSync(plain)],
      ["deflate", deflateRawSync(plain)],
      ["br", brotliCompressSync(plain)],
      ["br, GZIP", gzipSync(brotliCompressSync(plain))],
    ];
    for (const [encoding, bytes] of encoded) {
      answers((response) => response.writeHead(200, { "content-encoding": encoding }).end(bytes));
      const reply = await send(request(), {});
      assert.equal(new TextDecoder().decode(reply.body), String(plain), encoding);
      assert.equal(seen[0].headers["accept-encoding"], "identity");
    }
  });

  test(`${name}: what can't be decoded has its status`, async () => {
    const odd = {
      gzip: [Buffer.from("{}"), gzipSync("{}").subarray(0, -4), deflateSync("{}"), Buffer.of()],
      "gzip, gzip": [gzipSync("{}")],
      deflate: [Buffer.from("{}")],
      br: [Buffer.from("{}"), brotliCompressSync("x".repeat(1000)).subarray(0, -2)],
      zstd: [Buffer.of(1, 2)],
      constructor: [Buffer.of(1, 2)],
    };
    // Node's fetch takes no reply at all that is encoded so often; what is safe can be asked for again.
    if (name === "never") odd[Array(2000).fill("gzip").join()] = [gzipSync("{}")];
    for (const [encoding, bodies] of Object.entries(odd)) {
      for (const body of bodies) {
        answers((response) => response.writeHead(403, { "content-encoding": encoding }).end(body));
        const reply = await send(request(), {});
        assert.equal(reply.status, 403, encoding);
        assert.throws(() => signer.receiveResponse(reply), { name: "VenuekeyError", httpStatus: 403 });
      }
    }
  });

  test(`${name}: a header of bytes that are no text loses no reply`, async () => {
    answers(({ socket }) => socket.end(Buffer.from("HTTP/1.1 200 OK\r\nx-odd: \xff\xc3\x28\x80\r\ncontent-length: 2\r\n\r\n{}", "latin1")));
    assert.equal((await send(request(), {})).status, 200);
  });

  test(`${name}: its time is that of the whole exchange, however slowly the parts come`, async (context) => {
    const parts = ["HTTP/1.1 200 OK\r\n", "x-a: 1\r\n", "x-b: 1\r\ncontent-length: 9\r\n\r\n", "{", "}"];
    for (let enough = 1; enough <= parts.length; enough += 1) {
      const one = request();
      const deadlines = deadline(context, one);
      const arrived = new Promise((resolve) => answers(({ socket }) => resolve(socket)));
      const sent = send(one, {}).catch((error) => error);
      const socket = await arrived;
      for (const part of parts.slice(0, enough)) await new Promise((resolve) => socket.write(part, resolve));
      assert.equal(deadlines.length, 1, "no part begins it anew");
      deadlines[0]();
      deadlines[1]();
      const error = await sent;
      assert.ok(error instanceof NoResponse && error.code === "timeout", String(error));
      socket.destroy();
      context.mock.reset();
    }
  });

  test(`${name}: a reply that came while the thread was blocked is not too late`, async (context) => {
    const turns = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(new URL("answer-when-told.mjs", import.meta.url), { workerData: turns });
    try {
      const [port] = await once(worker, "message");
      const apiBase = `http://127.0.0.1:${port}`;
      const other = new Signer({ venue: "whitebit", environment: "global", apiKey: "key", apiSecret: "secret", apiBase });
      const one = name === "safe" ? other.askTime() : other.sign("POST", "/api/v4/order/new", {});
      const deadlines = deadline(context, one);
      const sent = send(one, {});
      await once(worker, "message");
      Atomics.store(turns, 0, 1);
      Atomics.notify(turns, 0);
      Atomics.wait(turns, 0, 1);
      deadlines[0]();
      assert.equal((await sent).status, 200);
    } finally {
      await worker.terminate();
      context.mock.reset();
    }
  });
}

/**
 * The timers of that request's deadline, and of the turn after it, to be ended by hand. All others go on: Node's fetch breaks where a mock ends its
 * own.
 */
function deadline(context, { timeoutHintMs }) {
  const [ends, real] = [[], globalThis.setTimeout];
  context.mock.method(globalThis, "setTimeout", (end, ms, ...more) => {
    if (ms !== timeoutHintMs && ms !== 1) return real(end, ms, ...more);
    ends.push(end);
    return 0;
  });
  return ends;
}

test("an abort ends what is safe, and never what may have an effect", async () => {
  const controller = new AbortController();
  answers((response) => {
    controller.abort(new Error("stop"));
    response.end("{}");
  });
  assert.equal((await send(never(), { signal: controller.signal })).status, 200);
  await assert.rejects(send(never(), { signal: controller.signal }), { message: "stop" });
  assert.equal(seen.length, 1, "an abort before it begins");
  const late = new AbortController();
  answers(() => late.abort(new Error("stop")));
  await assert.rejects(send(safe(), { signal: late.signal }), { message: "stop" });
});

test("a reply that swells takes no more memory than the cap", async () => {
  // 64 MiB in each part: 512 MiB, and 1.5 GiB that is encoded twice to a few KB.
  const part = gzipSync(Buffer.alloc(1 << 26));
  const bombs = {
    gzip: Buffer.concat(Array(8).fill(part)),
    "gzip, gzip": gzipSync(Buffer.concat(Array(24).fill(part))),
    deflate: deflateSync(Buffer.alloc(1 << 28)),
    br: brotliCompressSync(Buffer.alloc(1 << 28), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  };
  for (const [encoding, body] of Object.entries(bombs)) {
    answers((response) => response.writeHead(200, { "content-encoding": encoding }).end(body));
    const program = fileURLToPath(new URL("swell.mjs", import.meta.url));
    const child = spawn(process.execPath, [program, `http://127.0.0.1:${server.address().port}`], { stdio: ["ignore", "pipe", "inherit"] });
    const [sizes, grown] = JSON.parse(await text(child.stdout));
    assert.deepEqual(sizes, [MAX_BODY_BYTES + 1, MAX_BODY_BYTES + 1], encoding);
    assert.ok(grown < 100 << 10, `${encoding}: ${grown} KB`);
  }
});

test("a sender that can't send fails when it is made", () => {
  for (const make of [() => fetchSender({ fetch: "fetch" }), () => fetchSender(fetch), () => fetchSender(null)]) {
    assert.throws(make, { code: "invalid_argument" }, String(make));
  }
});

test("by a fetch: a compressed reply that breaks off is no response, and one that can't be decoded has its status", async () => {
  const byFetch = fetchSender({ fetch });
  const plain = randomBytes(100_000).toString("hex");
  const encoded = { gzip: gzipSync(plain), deflate: deflateSync(plain), br: brotliCompressSync(plain) };
  for (const request of [safe, never]) {
    for (const [encoding, body] of Object.entries(encoded)) {
      answers((response) => {
        response.writeHead(200, { "content-encoding": encoding, "content-length": body.length });
        response.write(body.subarray(0, body.length / 2), () => response.socket.destroy());
      });
      await assert.rejects(byFetch(request(), {}), NoResponse, encoding);
      answers((response) => response.writeHead(403, { "content-encoding": encoding }).end("{}"));
      assert.equal((await byFetch(request(), {})).status, 403, encoding);
    }
  }
});

test("by a fetch that does not say whether the network or its decoder failed: what is safe alone has its status", async () => {
  const broken = () => new ReadableStream({ start: (controller) => controller.error(new TypeError("network error")) });
  const asBrowsersDo = async () => new Response(broken(), { status: 403, headers: { "content-encoding": "gzip" } });
  const byFetch = fetchSender({ fetch: asBrowsersDo });
  await assert.rejects(byFetch(never(), {}), { name: "NoResponse", notSent: false });
  assert.equal((await byFetch(safe(), {})).status, 403);
});
