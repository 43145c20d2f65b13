// What a backend keeps in its folder. Both have the library's table, and keys and sessions alike, as the journeys prove, so what
// is in there is opened here and now, and no program is started to look.
import { createRequire } from "node:module";
import { join } from "node:path";
import { readKeys, sealing } from "../../../examples/node-backend/keys.js";
import { Sessions } from "../../../examples/node-backend/web.js";

const require = createRequire(new URL("../../../examples/node-backend/package.json", import.meta.url));
const { Client } = require("venuekey/connections");
const Database = require("better-sqlite3");

function using(data, body) {
  const database = new Database(join(data, "backend.db"));
  try {
    database.pragma("busy_timeout = 10000");
    return body(database);
  } finally {
    database.close();
  }
}

/** The key of the account that this session's user has connected. */
export function stored(data, session, { name: venue, environment }, redirectUri) {
  const keys = readKeys(data, {});
  const owner = new Sessions(keys, new URL(redirectUri)).userOf({ headers: { cookie: `session=${session}` } });
  const query = "SELECT * FROM venuekey_connections WHERE owner = ? AND client = ? AND status = 'connected' AND intent IS NULL";
  const row = using(data, (database) => database.prepare(query).get(owner ?? "", venue));
  if (row === undefined) return undefined;
  const client = new Client({ venue, environment, clientId: `demo-${venue}`, clientSecret: `demo-${venue}-secret`, redirectUri });
  const { key } = client.openConnection(row, { keys: sealing(keys) }).access();
  return { api_key: key.apiKey.expose(), api_secret: key.apiSecret.expose(), external_id: key.externalId };
}

/** Hand-offs that were used up count as new again, for an exchange that starts over and gives the same codes. */
export function forgetUsedFlows(data) {
  using(data, (database) => {
    const isThere = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'venuekey_connections'").get();
    if (isThere) database.exec("DELETE FROM venuekey_connections WHERE status IN ('ended', 'connected')");
  });
}
