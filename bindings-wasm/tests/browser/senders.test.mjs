// What a browser's own decoder is given: replies that swell, and those it can't decode.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { launch, open } from "./chromium.mjs";
import { serve } from "./serve.mjs";

const MAX_BODY_BYTES = 1_048_576;

let browser, server, answer;
before(async () => {
  const routes = { "/api/v4/public/time": (response) => answer(response) };
  [browser, server] = [await launch(), await serve({ routes })];
});
after(async () => {
  await browser?.close();
  server?.close();
});

/** In a page: the status and the body's length and text of one reply. */
async function ask(page) {
  return page.evaluate(async () => {
    const { fetchSender, init } = await import("/venuekey/index-web.js");
    const { Signer } = await import("/venuekey/parts-web.js");
    await init();
    const apiBase = location.origin;
    const signer = new Signer({ venue: "whitebit", environment: "global", apiKey: "key", apiSecret: "secret", apiBase });
    const { status, body } = await fetchSender()(signer.askTime(), {});
    return { status, size: body.length, text: body.length < 100 ? new TextDecoder().decode(body) : "" };
  });
}

test("a reply is decoded up to the cap, and what can't be decoded has its status", async () => {
  const page = await open(browser);
  await page.goto(`${server.url}/tests/browser/empty.html`);
  const plain = '{"time":1}';
  // 64 MiB in each part: 1.5 GiB in all.
  const bomb = gzipSync(Buffer.concat(Array(24).fill(gzipSync(Buffer.alloc(1 << 26)))));
  const swollen = { status: 200, size: MAX_BODY_BYTES + 1, text: "" };
  const replies = [
    ["gzip", gzipSync(plain), { status: 200, size: plain.length, text: plain }],
    ["gzip, gzip", gzipSync(gzipSync(plain)), { status: 200, size: plain.length, text: plain }],
    ["gzip, gzip", bomb, swollen],
    ["deflate", deflateSync(Buffer.alloc(1 << 26)), swollen],
    ["gzip", Buffer.from(plain), { status: 200, size: 0, text: "" }],
    // Some releases of Chromium decode brotli over TLS alone, and give it as it is elsewhere.
    ["br", brotliCompressSync(plain), { status: 200 }],
  ];
  for (const [encoding, body, expected] of replies) {
    answer = (response) => response.writeHead(200, { "content-encoding": encoding }).end(body);
    const got = await ask(page);
    for (const [name, value] of Object.entries(expected)) assert.equal(got[name], value, `${encoding} ${name}`);
  }
});
