// The example backend as a program of its own, with its worker and its database, against a sandbox of its own.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach } from "node:test";
import { fileURLToPath } from "node:url";
import { launchBrowser } from "./browser.mjs";
import { useABrowser } from "./person.mjs";
import { startAndReadLine } from "./process.mjs";
import { startSandbox } from "./sandbox.mjs";

const EXAMPLE = fileURLToPath(new URL("../../../examples/python-backend", import.meta.url));
const STORED = fileURLToPath(new URL("stored.py", import.meta.url));
/** A second of the backend's waiting takes a twentieth; the library's schedules are as they are. */
const TIME_SCALE = 0.05;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await once(server.close(), "close");
  return port;
}

function python() {
  const program = process.env.VENUEKEY_PYTHON;
  assert.ok(program, "VENUEKEY_PYTHON must be a Python that has venuekey and the backend's requirements.");
  return program;
}

async function startBackend(port, data, sandboxUrl, timeScale) {
  const args = ["-u", EXAMPLE, `--port=${port}`, `--data=${data}`, `--sandbox=${sandboxUrl}`];
  const env = { ...process.env, PUBLIC_URL: `http://127.0.0.1:${port}`, VENUEKEY_EXAMPLE_TIME_SCALE: `${timeScale}` };
  return startAndReadLine(python(), args, { env, isReady: (line) => line.includes("Uvicorn running on ") });
}

/** What the backend keeps of the account that this session's user has connected, opened as the backend would. */
function storedCredentials(data, session, venue) {
  return new Promise((resolve, reject) => {
    const child = execFile(python(), [STORED, EXAMPLE, data, venue.name], (error, stdout) =>
      error ? reject(new Error(`${STORED} failed`)) : resolve(JSON.parse(stdout)),
    );
    child.stdin.end(session);
  });
}

/** Each test starts from a fresh sandbox and with people the backend has not seen. */
export function useBackend({ timeScale = TIME_SCALE } = {}) {
  const house = {};
  const running = [];
  const keep = (thing, stop) => (running.unshift(stop), thing);
  let backend;

  before(async () => {
    const port = await freePort();
    house.home = `http://127.0.0.1:${port}/`;
    const data = await mkdtemp(join(tmpdir(), "venuekey-pages-"));
    keep(data, () => rm(data, { recursive: true }));
    const redirects = ["whitebit", "bybit"].map((venue) => [venue, `${house.home}callback/${venue}`]);
    house.sandbox = await startSandbox(redirects, []);
    keep(house.sandbox, house.sandbox.stop);
    const start = async (scale) => (backend = await startBackend(port, data, house.sandbox.url, scale));
    await start(timeScale);
    keep(backend, () => backend.stop());
    house.browser = await launchBrowser();
    keep(house.browser, () => house.browser.close());
    /** The same data, another pace. */
    house.restart = async (scale = TIME_SCALE) => {
      await backend.stop("SIGTERM");
      await start(scale);
    };
    house.stored = (session, venue) => storedCredentials(data, session, venue);
  });
  after(async () => {
    for (const stop of running) await stop();
  });
  beforeEach(async () => {
    await house.sandbox.reset();
    // The backend's time runs ahead of the exchange's, so what it keeps a second apart comes closer there; and it still
    // looks after the tokens of people of earlier tests. One refresh a second is a rule for each token here.
    await house.sandbox.knobs({ whitebit: { key_delay_ms: 150, refresh_limit_per: "token" } });
  });

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
