// The example backend as a program of its own, with its worker and its database, against a sandbox of its own.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach } from "node:test";
import { PYTHON } from "./backends.mjs";
import { launchBrowser } from "./browser.mjs";
import { freePort } from "./ports.mjs";
import { useABrowser } from "./person.mjs";
import { startSandbox } from "./sandbox.mjs";
import { forgetUsedFlows, stored } from "./stored.mjs";

/**
 * Each test starts from a fresh sandbox and with people the backend has not seen. `serveApp` puts an app in front: it
 * is given where the app has to be and what it needs, and returns how to stop it.
 */
export function useBackend({ program = PYTHON, serveApp } = {}) {
  const house = {};
  const running = [];
  const keep = (thing, stop) => (running.unshift(stop), thing);
  let backend;

  before(async () => {
    const publicPort = await freePort();
    const publicUrl = `http://127.0.0.1:${publicPort}`;
    const port = serveApp ? await freePort() : publicPort;
    house.home = `${publicUrl}/`;
    const data = await mkdtemp(join(tmpdir(), "venuekey-pages-"));
    keep(data, () => rm(data, { recursive: true }));
    const redirects = ["whitebit", "bybit"].map((venue) => [venue, `${house.home}callback/${venue}`]);
    const sandbox = await startSandbox(redirects, []);
    keep(sandbox, sandbox.stop);
    const reset = async () => {
      await sandbox.reset();
      // The exchange starts over and gives the same codes again, which no backend would take a second time.
      forgetUsedFlows(data);
      // Nobody waits for a key, and a code's minute is too short for a slow machine. And the backend still looks after the
      // tokens of people of earlier tests: one refresh a second is a rule for each token here.
      await sandbox.knobs({ whitebit: { key_delay_ms: 0, code_ttl_s: 3600, refresh_limit_per: "token" } });
    };
    house.sandbox = { ...sandbox, reset };
    const given = { port, data, publicUrl, sandboxUrl: house.sandbox.url };
    const start = async (timeScale) => (backend = await program.start({ ...given, timeScale }));
    // The machine's own time, which a slow machine has enough of: what a person has begun waits fifteen minutes for them.
    await start(1);
    keep(backend, () => backend.stop());
    if (serveApp) {
      const { sandboxUrl } = given;
      keep(serveApp, await serveApp({ port: publicPort, backend: `http://127.0.0.1:${port}`, sandboxUrl }));
    }
    house.browser = await launchBrowser();
    keep(house.browser, () => house.browser.close());
    /** The same data; 0.1 is ten times the pace. */
    house.restart = async (timeScale = 1) => {
      await backend.stop("SIGTERM");
      await start(timeScale);
    };
    /** Nothing answers while `body` runs. */
    house.without = async (body) => {
      await backend.stop("SIGTERM");
      await body();
      await start(1);
    };
    house.stored = (session, venue) => stored(data, session, venue, `${house.home}callback/${venue.name}`);
  });
  after(async () => {
    for (const stop of running) await stop();
  });
  beforeEach(() => house.sandbox.reset());

  house.person = (body, options) => useABrowser(house, body, options);

  /** Codes that were sent to the exchange to be exchanged, each as often as it was sent. */
  house.exchangedCodes = async () => {
    const calls = (await house.sandbox.requestsWithValues()).filter(({ endpoint }) => endpoint === "token");
    return calls.flatMap(({ form }) => form.filter(({ name }) => name === "code").map(({ value }) => value));
  };
  house.assertOneExchange = async (venue) => {
    const calls = (await house.sandbox.requestsWithValues()).filter((call) => call.venue === venue.name);
    assert.equal(calls.filter(({ endpoint }) => endpoint === "token").length, 1, `${venue.name}: one code exchange`);
  };

  return house;
}
