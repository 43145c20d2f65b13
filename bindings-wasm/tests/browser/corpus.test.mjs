import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open } from "./chromium.mjs";
import { serve } from "./serve.mjs";

let browser, server;
before(async () => {
  [browser, server] = [await launch(), await serve()];
});
after(async () => {
  await browser?.close();
  server?.close();
});

function check({ early, replayed, count, failures }) {
  assert.deepEqual(failures, []);
  assert.ok(count > 1000);
  assert.equal(replayed, count);
  assert.equal(early, "venuekey: await init() first");
}

test("a page replays the corpus, under a policy without eval", async () => {
  const page = await open(browser);
  const problems = [];
  page.on("console", (message) => problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(`${server.url}/tests/browser/corpus.html`);
  await page.waitForFunction(() => globalThis.result !== undefined);
  check(await page.evaluate(() => globalThis.result));
  assert.deepEqual(problems.filter((text) => !text.includes("favicon")), []);
});

test("a module worker replays the corpus", async () => {
  const page = await open(browser);
  await page.goto(`${server.url}/tests/browser/empty.html`);
  const replayed = page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const worker = new Worker("/tests/browser/corpus.mjs", { type: "module" });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => reject(new Error(event.message));
      }),
  );
  check(await replayed);
});

test("without wasm-unsafe-eval in the policy, init says so", async () => {
  const strict = await serve({ policy: "default-src 'none'; script-src 'self'; connect-src 'self'" });
  const page = await open(browser);
  await page.goto(`${strict.url}/tests/browser/corpus.html`);
  await page.waitForFunction(() => globalThis.result !== undefined);
  const { failures } = await page.evaluate(() => globalThis.result);
  strict.close();
  assert.match(failures[0], /unsafe-eval|Content Security Policy/);
});
