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
const store = new SQLiteStore(place);
// A store that takes its time to say that it has a lease: until SIGUSR2.
if (process.env.APP_SLOW !== undefined) {
  const save = store.save.bind(store);
  store.save = async (row) => {
    if (row.leaseHolder === undefined) return save(row);
    const goesOn = new Promise((resolve) => process.once("SIGUSR2", resolve));
    const won = await save(row);
    console.log("a lease is being saved");
    await goesOn;
    return won;
  };
}
export const connections = new Connections({ clients: { bybit: client }, store, keys, logger: console });
export { connections as others };
export default { connections };
export const nothing = {};
// What keeps a process open: the command ends all the same.
if (process.env.APP_STAYS !== undefined) setInterval(() => {}, 1000);
