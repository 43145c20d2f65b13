// An app's module for the command: APP_PLACE is its database, APP_BASE its venue.
import { Connections } from "venuekey/connections";
import { Client, SealingKeys } from "venuekey/server";
import { SQLiteStore } from "venuekey/stores/sqlite";

const [apiBase, place] = [process.env.APP_BASE, process.env.APP_PLACE];
const client = new Client({
  venue: "bybit",
  environment: "mainnet",
  clientId: "app-1",
  clientSecret: "canary-client-secret",
  redirectUri: "https://partner.example/cb",
  apiBase,
});
const keys = new SealingKeys([["k", new Uint8Array(32).fill(1)]]);
export const connections = new Connections({ clients: { bybit: client }, store: new SQLiteStore(place), keys, logger: console });
export { connections as others };
export default { connections };
export const nothing = {};
// What keeps a process open: the command ends all the same.
if (process.env.APP_STAYS !== undefined) setInterval(() => {}, 1000);
