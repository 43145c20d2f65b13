// Starts the backend: node main.js --sandbox http://127.0.0.1:8700
import { mkdirSync } from "node:fs";
import Fastify from "fastify";
import { fetchSender, VenuekeyError } from "venuekey/server";
import { addApi, MAX_BODY_BYTES, refuse } from "./api.js";
import { Clock } from "./clock.js";
import { Connections } from "./connections.js";
import { codeOf } from "./errors.js";
import { Owner } from "./leases.js";
import { logger } from "./log.js";
import * as settings from "./settings.js";
import { Store } from "./store.js";
import { DrivenClock, onSave } from "./testhooks.js";
import { TokenKeeper } from "./tokens.js";
import { loadVault, VaultError } from "./vault.js";
import { addHeadersAndLog, HEADERS, Sessions } from "./web.js";
import { Worker } from "./worker.js";

const log = logger("main");

/** @param {settings.Settings} given */
async function serve(given) {
  const { bind, clients, data, drivenClock, port, publicUrl, timeScale } = given;
  mkdirSync(data, { mode: 0o700, recursive: true });
  const store = new Store(data, loadVault(data), onSave());
  const owner = new Owner(`${data}/processes`);
  const clock = drivenClock ? new DrivenClock(drivenClock) : new Clock(timeScale);
  const send = fetchSender();
  const worker = new Worker(clients, store, clock, owner, send);
  const keeper = new TokenKeeper(clients, store, clock, send);

  const app = Fastify({
    logger: false, // its lines hold addresses with their queries; ours do not
    bodyLimit: MAX_BODY_BYTES,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    forceCloseConnections: "idle",
    frameworkErrors: (_error, _request, reply) => refuse(reply.headers(HEADERS), 400), // an address that is none
  });
  addHeadersAndLog(app, given);
  addApi(app, given, new Sessions(store, publicUrl), new Connections(clients, store, clock, worker));
  await app.listen({ host: bind, port });
  log.info(`listening on http://${bind}:${port}`);

  worker.start();
  const stopping = new AbortController();
  const keeping = keeper.keepOn(stopping.signal);

  const stop = async () => {
    if (stopping.signal.aborted) return; // told twice, as a terminal and npm do, it still ends in its own time
    stopping.abort();
    await app.close();
    await Promise.all([worker.stop(), keeping]);
    store.close();
    owner.release();
    log.info("ended");
    process.exit(0);
  };
  process.on("SIGTERM", stop).on("SIGINT", stop);
}

try {
  const given = settings.read(process.argv.slice(2), process.env);
  if (typeof given === "string") process.stdout.write(given);
  else await serve(given);
} catch (error) {
  const isTold = error instanceof settings.SettingsError || error instanceof VaultError || error instanceof VenuekeyError;
  // The system's errors (a port in use, a folder that can't be written) and SQLite's have a code and say enough.
  if (!isTold && codeOf(error) === undefined) throw error;
  process.stderr.write(`node-backend: ${/** @type {Error} */ (error).message}\n`);
  process.exit(2);
}
