// What the routes and the worker share: `npx venuekey worker ./connections.js` is the worker.
import { Client, Connections, SealingKeys } from "venuekey/connections";
import { SQLiteStore } from "venuekey/stores/sqlite";

const { HOME_URL = "", SANDBOX = "", DATABASE = "", SEALING_KEY = "", WHITEBIT_SECRET = "", BYBIT_SECRET = "" } = process.env;

// Leave out both bases to reach the exchanges themselves.
const whitebit = new Client({
  venue: "whitebit", environment: "global",
  clientId: "demo-whitebit", clientSecret: WHITEBIT_SECRET,
  redirectUri: `${HOME_URL}/connections/callback/whitebit`,
  authorizeBase: `${SANDBOX}/whitebit/global`, apiBase: `${SANDBOX}/whitebit/global`,
});
const bybit = new Client({
  venue: "bybit", environment: "mainnet",
  clientId: "demo-bybit", clientSecret: BYBIT_SECRET,
  redirectUri: `${HOME_URL}/connections/callback/bybit`,
  authorizeBase: `${SANDBOX}/bybit/mainnet`, apiBase: `${SANDBOX}/bybit/mainnet`,
});

export const connections = new Connections({
  clients: { whitebit, bybit },
  store: new SQLiteStore(DATABASE),
  keys: new SealingKeys([["2026-11", Buffer.from(SEALING_KEY, "hex")]]),
});
