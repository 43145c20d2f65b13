// What a backend keeps in its folder, opened here and now: no program is started to look.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(new URL("../../../examples/node-backend/package.json", import.meta.url));
const Database = require("libsql");
const { Client, SealingKeys } = require("venuekey/server");

function using(data, body) {
  const database = new Database(join(data, "backend.db"));
  try {
    database.exec("PRAGMA busy_timeout = 10000");
    return body(database);
  } finally {
    database.close();
  }
}

/** Of the account that this session's user has connected. `home` is the backend's address. */
export function stored(data, session, venue, home) {
  const owner = Buffer.from(session, "base64url").subarray(0, 12).toString("hex");
  const query = "SELECT id, owner, client, revision, sealed FROM venuekey_connections WHERE owner = ? AND client = ? AND status = 'connected' AND intent IS NULL";
  const row = using(data, (database) => database.prepare(query).get(owner, venue.name));
  if (!row) return undefined;
  const key = Buffer.from(readFileSync(join(data, "encryption.key"), "utf8"), "base64");
  const id = createHash("sha256").update("key id").update(key).digest("hex").slice(0, 8);
  const client = new Client({
    venue: venue.name,
    environment: venue.environment,
    clientId: `demo-${venue.name}`,
    clientSecret: "only to open what is stored",
    redirectUri: `${home}callback/${venue.name}`,
  });
  const { key: held } = client.openConnection(row, { keys: new SealingKeys([[id, key]]) }).access();
  return held && { external_id: held.externalId, api_key: held.apiKey.expose(), api_secret: held.apiSecret.expose() };
}

/** What was used up counts as new again, for an exchange that starts over and gives the same codes. */
export function forgetUsedFlows(data) {
  using(data, (database) => database.exec("DELETE FROM venuekey_connections WHERE status <> 'working'"));
}
