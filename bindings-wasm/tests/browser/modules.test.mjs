// Which of the two modules a page loads, and what it is told of the other one.
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

/** What a page says that imports these entry points, and the modules that it has loaded. */
async function run(...entries) {
  const page = await open(browser);
  const loaded = [];
  page.on("request", (request) => request.url().endsWith(".wasm") && loaded.push(request.url().split("/").at(-1)));
  await page.goto(`${server.url}/tests/browser/empty.html`);
  const said = await page.evaluate(async (names) => {
    const [first, ...others] = await Promise.all(names.map((name) => import(`/venuekey/${name}.js`)));
    const { Signer } = await import("/venuekey/parts-browser.js");
    await Promise.all([first, ...others].map(({ init }) => init()));
    const redirectUri = "https://partner.example/callback/whitebit";
    const client = new first.Client({ venue: "whitebit", environment: "global", clientId: "app-1", redirectUri });
    const said = [client.begin("api_key").pending.status];
    try {
      said.push(new Signer({ venue: "whitebit", environment: "global", apiKey: "key", apiSecret: "secret" }).venue);
    } catch (error) {
      said.push(error.message);
    }
    return said;
  }, entries);
  await page.close();
  return { said, loaded };
}

test("a page that connects loads what connects", async () => {
  const { said, loaded } = await run("index-browser");
  assert.deepEqual(said, ["awaiting_callback", 'venuekey: this is not of what connects; import "venuekey/full" too']);
  assert.deepEqual(loaded, ["connect.wasm"]);
});

test("a page that imports venuekey/full anywhere loads the whole module, and nothing besides", async () => {
  for (const entries of [["index-browser", "index-web"], ["index-web"]]) {
    const { said, loaded } = await run(...entries);
    assert.deepEqual(said, ["awaiting_callback", "whitebit"]);
    assert.deepEqual(loaded, ["venuekey.wasm"]);
  }
});
