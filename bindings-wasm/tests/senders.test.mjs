import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { fetchSender, MAX_BODY_BYTES, NoResponse, Signer } from "venuekey/server";

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
  for (const request of [safe(), safe(), never(), never()]) {
    await send(request, {});
    // The pool takes a connection back a moment after its reply.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const [first, second, third, fourth] = seen.map(({ port }) => port);
  assert.equal(second, first, "the pool is in use");
  assert.equal(new Set([first, third, fourth]).size, 3);
  assert.equal(seen[2].headers["content-type"], "application/json");
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

  test(`${name}: an abort ends it with the reason`, async () => {
    const controller = new AbortController();
    answers(() => controller.abort(new Error("stop")));
    await assert.rejects(send(request(), { signal: controller.signal }), { message: "stop" });
  });
}
