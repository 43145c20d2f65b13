import { mkdirSync } from "node:fs";
import Fastify from "fastify";
import { Connections, fetchSender } from "venuekey/connections";
import { SQLiteStore } from "venuekey/stores/sqlite";
import { Accounts } from "./accounts.js";
import { addApi, MAX_BODY_BYTES, refuse } from "./api.js";
import { readKeys, sealing } from "./keys.js";
import { logger } from "./log.js";
import * as settings from "./settings.js";
import { addHeadersAndLog, HEADERS, Sessions } from "./web.js";

const log = logger("main");

/**
 * @typedef {ConstructorParameters<typeof Connections>[0]} Options
 * @typedef {(own: Pick<Options, "store" | "send">) => Pick<Options, "store" | "send" | "clock" | "sleep">} Around
 */

/** @param {settings.Settings} given @param {Around} around */
async function serve(given, around) {
  const { bind, clients, data, port, publicUrl } = given;
  mkdirSync(data, { mode: 0o700, recursive: true });
  const keys = readKeys(data);
  const store = new SQLiteStore(`${data}/backend.db`);
  const connections = new Connections({
    ...around({ store, send: fetchSender() }),
    clients,
    keys: sealing(keys),
    logger: logger("connections"),
    onEvent: (event) => accounts.gaveWay(event),
  });
  const accounts = new Accounts(clients, connections);

  const app = Fastify({
    logger: false, // its lines hold addresses with their queries; ours do not
    bodyLimit: MAX_BODY_BYTES,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    forceCloseConnections: "idle",
    frameworkErrors: (_error, _request, reply) => refuse(reply.headers(HEADERS), 400), // an address that is none
  });
  addHeadersAndLog(app, given);
  addApi(app, given, new Sessions(keys, publicUrl), accounts);
  await app.listen({ host: bind, port });
  log.info(`listening on http://${bind}:${port}`);

  const stopping = new AbortController();
  const stop = () => {
    stopping.abort();
    void app.close();
  };
  // Told twice, as a terminal and npm do, it still ends in its own time.
  process.on("SIGTERM", stop).on("SIGINT", stop);
  await connections.run({ signal: stopping.signal });
  await app.close();
  await store.close();
  log.info("ended");
  process.exit(0);
}

/** @param {Around} [around] what tests put around the store, the sender and the clock */
export async function main(around = (own) => own) {
  try {
    const given = settings.read(process.argv.slice(2), process.env);
    if (typeof given === "string") process.stdout.write(given);
    else await serve(given, around);
  } catch (error) {
    // The system's errors (a port in use, a folder that can't be written) have a code and say enough.
    if (!(error instanceof settings.SettingsError || (error instanceof Error && "code" in error))) throw error;
    process.stderr.write(`node-backend: ${error.message}\n`);
    process.exit(2);
  }
}
