// What examples/node-backend keeps in its folder, opened here and now: no program is started to look.
import { createRequire } from "node:module";
import { join } from "node:path";
import { Store } from "../../../examples/node-backend/store.js";
import { loadVault } from "../../../examples/node-backend/vault.js";

const Database = createRequire(new URL("../../../examples/node-backend/package.json", import.meta.url))("libsql");

function using(data, body) {
  const database = new Database(join(data, "backend.db"));
  try {
    database.exec("PRAGMA busy_timeout = 10000");
    return body(database);
  } finally {
    database.close();
  }
}

/** Of the account that this session's user has connected. */
export function stored(data, session, venue) {
  const vault = loadVault(data);
  const store = new Store(data, vault);
  const userId = store.userOf(session);
  store.close();
  const query = "SELECT credentials FROM accounts WHERE user_id = ? AND venue = ?";
  const row = using(data, (database) => database.prepare(query).get(userId ?? "", venue.name));
  return row ? JSON.parse(vault.open(row.credentials, `credentials:${userId}:${venue.name}`)) : undefined;
}

/** Flows that were used up count as new again, for an exchange that starts over and gives the same codes. */
export function forgetUsedFlows(data) {
  using(data, (database) => database.exec("DELETE FROM used_flows"));
}
