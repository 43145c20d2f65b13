// The same for `require`, without anything to do.
const { Connections } = require("venuekey/connections");
const { Client, SealingKeys } = require("venuekey/server");
const { SQLiteStore } = require("venuekey/stores/sqlite");

const redirectUri = "https://partner.example/cb";
const client = new Client({ venue: "bybit", environment: "mainnet", clientId: "app-1", clientSecret: "secret", redirectUri });
const keys = new SealingKeys([["k", new Uint8Array(32).fill(1)]]);
exports.connections = new Connections({ clients: { bybit: client }, store: new SQLiteStore(process.env.APP_PLACE), keys });
