/** What the backend is told from outside: the command line, then the environment. */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Client } from "venuekey/connections";

/** @import { VenueEnvironment, Venue } from "venuekey/parts" */

const HELP = `Usage: node main.js [options]

A small partner backend that connects WhiteBIT and Bybit accounts by venuekey.

  --port PORT       port to listen on (default: 8000)
  --bind ADDRESS    address to listen on (default: 127.0.0.1)
  --public-url URL  the app's origin, which users see; https unless on this machine (env: PUBLIC_URL)
  --data FOLDER     the encryption key and the database (env: DATA_DIR, default: data, beside this program)
  --sandbox URL     use venuekey-sandbox at this address for both exchanges
  --help            show this text

Environment: WHITEBIT_CLIENT_ID, WHITEBIT_CLIENT_SECRET, BYBIT_CLIENT_ID, BYBIT_CLIENT_SECRET; BYBIT_ENVIRONMENT
(mainnet or testnet); ENCRYPTION_KEYS (base64, newest first, commas between) instead of a file in the data folder.
`;
// The first is the default. WhiteBIT's EU host issues no keys by consent.
const ENVIRONMENTS = /** @type {const} */ ({ whitebit: ["global"], bybit: ["mainnet", "testnet"] });
const LOCAL = ["127.0.0.1", "localhost", "[::1]"];

/** A sentence for the person who starts the program. */
export class SettingsError extends Error {}

/**
 * @typedef {{
 *   bind: string, port: number, publicUrl: URL, data: string, clients: { [venue: string]: Client },
 * }} Settings
 */

/**
 * Reads both; the command line wins. A text instead of settings is what was asked for by --help.
 * @param {string[]} args @param {NodeJS.ProcessEnv} environ @returns {Settings | string}
 */
export function read(args, environ) {
  const given = options(args);
  if (given.help) return HELP;
  const port = Number(given.port);
  if (!/^\d+$/.test(given.port) || port < 1 || port > 65_535) throw new SettingsError("--port must be 1 to 65535.");
  const publicUrl = checkedOrigin(given["public-url"] ?? environ["PUBLIC_URL"] ?? `http://127.0.0.1:${port}`);
  const sandbox = given.sandbox === undefined ? undefined : checkedOrigin(given.sandbox, "--sandbox").origin;
  const clients = Object.fromEntries(
    Object.entries(ENVIRONMENTS).flatMap(([venue, environments]) => {
      const client = clientOf(/** @type {Venue} */ (venue), environments, publicUrl, sandbox, environ);
      return client ? [[venue, client]] : [];
    }),
  );
  if (Object.keys(clients).length === 0) {
    throw new SettingsError(
      "No exchange is set up. Give --sandbox URL to try it out, or set WHITEBIT_CLIENT_ID and WHITEBIT_CLIENT_SECRET, " +
        "BYBIT_CLIENT_ID and BYBIT_CLIENT_SECRET.",
    );
  }
  const data = given.data ?? environ["DATA_DIR"] ?? fileURLToPath(new URL("data", import.meta.url));
  return { bind: given.bind, port, publicUrl, data, clients };
}

/** @param {string[]} args */
function options(args) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: "string", default: "8000" },
        bind: { type: "string", default: "127.0.0.1" },
        "public-url": { type: "string" },
        data: { type: "string" },
        sandbox: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new SettingsError(`${error instanceof Error ? error.message : error} (--help lists the options)`);
  }
}

/** Cookies, codes and keys pass through it. @param {string} text */
function checkedOrigin(text, name = "--public-url") {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isBare = url?.pathname === "/" && !url.search && !url.hash && !url.username && !url.password;
  if (!url || !isBare || !["http:", "https:"].includes(url.protocol)) {
    throw new SettingsError(`${name} must be like https://partner.example, without a path.`);
  }
  if (url.protocol === "http:" && !LOCAL.includes(url.hostname)) {
    throw new SettingsError(`${name} must be https unless on this machine: secrets pass through it.`);
  }
  return url;
}

/**
 * This app as one exchange knows it, where it is set up.
 * @param {Venue} venue @param {readonly VenueEnvironment[]} environments @param {URL} publicUrl @param {string | undefined} sandbox
 * @param {NodeJS.ProcessEnv} environ
 */
function clientOf(venue, environments, publicUrl, sandbox, environ) {
  const name = venue.toUpperCase();
  const clientId = environ[`${name}_CLIENT_ID`] || (sandbox && `demo-${venue}`);
  const clientSecret = environ[`${name}_CLIENT_SECRET`] || (sandbox && `demo-${venue}-secret`);
  if (!clientId || !clientSecret) return undefined;
  const wanted = environ[`${name}_ENVIRONMENT`] ?? environments[0];
  const environment = environments.find((known) => known === wanted);
  if (environment === undefined) throw new SettingsError(`${name}_ENVIRONMENT must be one of: ${environments.join(", ")}.`);
  const base = sandbox && `${sandbox}/${venue}/${environment}`;
  const redirectUri = `${publicUrl.origin}/callback/${venue}`;
  // The list above has each exchange's own.
  const place = /** @type {import("venuekey/parts").VenueAndEnvironment} */ ({ venue, environment });
  return new Client({ ...place, clientId, clientSecret, redirectUri, authorizeBase: base, apiBase: base });
}
