// Users of an Express app connect their WhiteBIT and Bybit accounts. README.md has the command.
import { randomUUID } from "node:crypto";
import express from "express";
import { Client, Connections, SealingKeys } from "venuekey/connections";
import { SQLiteStore } from "venuekey/stores/sqlite";
import { expressRoutes } from "venuekey/web/express";

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
const store = new SQLiteStore(DATABASE);
const keys = new SealingKeys([["2026-11", Buffer.from(SEALING_KEY, "hex")]]);
const connections = new Connections({ clients: { whitebit, bybit }, store, keys });

/** Who is logged in: here whoever has been at /login. @param {express.Request} request */
const userOf = ({ headers }) => /(?:^|; )user=([\w-]+)/.exec(headers.cookie ?? "")?.[1];

const app = express();
app.use(expressRoutes({ connections, owner: userOf, loginUrl: "/login" }));

app.get("/login", (request, response) => {
  const secure = HOME_URL.startsWith("https:");
  response.cookie("user", userOf(request) ?? randomUUID(), { httpOnly: true, sameSite: "lax", secure });
  response.redirect(303, "/connections/");
});

/** What the exchange says to a request that is signed with the user's key. */
app.get("/account/:client", async (request, response) => {
  const { client } = request.params;
  const owner = userOf(request) ?? "";
  const view = (await connections.find(owner)).find((each) => each.client === client && each.status === "connected");
  if (view === undefined) return void response.sendStatus(404);
  const account = await connections.account(view.id, { owner });
  const reply =
    client === "whitebit" ? await account.call("POST", "/api/v4/trade-account/balance") : await account.call("GET", "/v5/user/query-api");
  response.json(reply.json());
});

const server = app.listen(Number(new URL(HOME_URL).port), "127.0.0.1", () => console.log(`open ${HOME_URL}/login`));
await connections.run(); // the worker, beside the web, until SIGTERM or Ctrl-C
server.close();
await store.close();
