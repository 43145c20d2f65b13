// The routes of `venuekey.web`, mounted in an app that runs (web_app.py), against a sandbox of its own.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach } from "node:test";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";
import { launchBrowser, PATIENCE_MS, watch } from "./browser.mjs";
import { freePort } from "./ports.mjs";
import { startAndReadLine } from "./process.mjs";
import { startSandbox } from "./sandbox.mjs";

const APP = fileURLToPath(new URL("web_app.py", import.meta.url));
let users = 0;

export function useMounted(options = {}) {
  const house = {};
  const running = [];
  const keep = (thing, stop) => (running.unshift(stop), thing);

  before(async () => {
    const port = await freePort();
    house.home = `http://127.0.0.1:${port}`;
    house.connections = `${house.home}/connections/`;
    const data = await mkdtemp(join(tmpdir(), "venuekey-web-"));
    keep(data, () => rm(data, { recursive: true }));
    const redirects = ["whitebit", "bybit"].map((venue) => [venue, `${house.connections}callback/${venue}`]);
    house.sandbox = await startSandbox(redirects, []);
    keep(house.sandbox, house.sandbox.stop);
    const env = { ...process.env, WEB_OPTIONS: JSON.stringify(options) };
    const given = ["-u", APP, `${port}`, data, house.sandbox.url];
    const isReady = (line) => line.includes("Uvicorn running on ");
    const app = await startAndReadLine(process.env.VENUEKEY_PYTHON, given, { env, isReady });
    keep(app, app.stop);
    house.browser = await launchBrowser();
    keep(house.browser, () => house.browser.close());
  });
  after(async () => {
    for (const stop of running) await stop();
  });
  beforeEach(async () => {
    await house.sandbox.reset();
    await house.sandbox.knobs({ whitebit: { key_delay_ms: 0, code_ttl_s: 3600, refresh_limit_per: "token" } });
  });

  /** Runs `body` with a page of somebody new; afterwards nothing may have gone wrong on any of theirs. */
  house.visit = async (body, contextOptions = {}) => {
    const context = await house.browser.newContext({ viewport: { width: 1280, height: 800 }, ...contextOptions });
    context.setDefaultTimeout(PATIENCE_MS);
    const problems = [];
    context.on("page", (page) => problems.push(watch(page)));
    try {
      const page = await context.newPage();
      await page.goto(`${house.home}/login?user=user-${(users += 1)}`);
      await body(page, context);
      assert.deepEqual(problems.flat(), [], "nothing went wrong on any page");
    } finally {
      await context.close();
    }
  };
  return house;
}

export const cardOf = (page, title) =>
  page.locator(".card").filter({ has: page.getByRole("heading", { level: 2, name: title, exact: true }) });

/** A button by its words; what only those hear who can't see the page follows a colon. */
export const buttonOf = (page, name) => page.getByRole("button", { name: new RegExp(`^${name}( ?: |$)`) });
export const press = (page, name) => buttonOf(page, name).click();
