// The installed package in Next: a route in Node, one in the edge runtime, and a page in Chromium, as `next build` makes
// them. VENUEKEY_NEXT is ../next, with what it needs installed.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { launch, open } from "../browser/chromium.mjs";

const folder = process.env.VENUEKEY_NEXT;
const next = join(folder, "node_modules/next/dist/bin/next");
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
const BEGUN = { host: "whitebit.com", restored: true };

let server, url;
before(async () => {
  await rm(join(folder, ".next"), { recursive: true, force: true }); // it would keep what an older package was made into
  const built = spawnSync(process.execPath, [next, "build"], { cwd: folder, env, encoding: "utf8" });
  assert.equal(built.status, 0, built.stdout + built.stderr);
  const stdio = ["ignore", "pipe", "inherit"];
  server = spawn(process.execPath, [next, "start", "--hostname", "127.0.0.1", "--port", "0"], { cwd: folder, env, stdio });
  process.on("exit", () => server.kill("SIGKILL"));
  let said = "";
  for await (const line of createInterface(server.stdout)) {
    said += `${line}\n`;
    url = line.match(/Local: +(http:\S+)/)?.[1] ?? url;
    if (line.includes("Ready")) break;
  }
  assert.ok(url, said);
  server.stdout.resume();
});
after(() => server?.kill("SIGKILL"));

for (const [path, runtime] of [["node", "nodejs"], ["edge", "edge"]]) {
  test(`a route in Next's runtime ${runtime} begins a connection`, async () => {
    const reply = await fetch(`${url}/${path}`);
    assert.deepEqual(await reply.json(), { ...BEGUN, runtime });
  });
}

test("a page that Next serves begins a connection", async () => {
  const browser = await launch();
  try {
    const page = await open(browser);
    await page.goto(url);
    await page.waitForFunction(() => globalThis.result !== undefined);
    assert.deepEqual(await page.evaluate(() => globalThis.result), BEGUN);
  } finally {
    await browser.close();
  }
});
