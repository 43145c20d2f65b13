import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { Client, Connections, SealingKeys } from "venuekey/connections";
import { SQLiteStore } from "venuekey/stores/sqlite";

const { HOME_URL = "http://127.0.0.1:8000", SANDBOX = "http://127.0.0.1:8700", DATABASE = "connections.db", ...env } = process.env;
const whitebit = new Client({
  venue: "whitebit", environment: "global", clientId: "demo-whitebit", clientSecret: env.WHITEBIT_SECRET ?? "demo-whitebit-secret",
  redirectUri: `${HOME_URL}/callback/whitebit`,
  authorizeBase: `${SANDBOX}/whitebit/global`, apiBase: `${SANDBOX}/whitebit/global`, // leave both out to reach the exchange itself
});
const bybit = new Client({
  venue: "bybit", environment: "mainnet", clientId: "demo-bybit", clientSecret: env.BYBIT_SECRET ?? "demo-bybit-secret",
  redirectUri: `${HOME_URL}/callback/bybit`, authorizeBase: `${SANDBOX}/bybit/mainnet`, apiBase: `${SANDBOX}/bybit/mainnet`,
});
const keys = new SealingKeys([["2026-11", Buffer.from(env.SEALING_KEY ?? "", "hex")]]); // 32 random bytes
const store = new SQLiteStore(DATABASE);
const connections = new Connections({ clients: { whitebit, bybit }, store, keys });

const server = createServer(async ({ url = "", headers }, response) => {
  try {
    const user = /user=([\w-]+)/.exec(headers.cookie ?? "")?.[1] ?? randomUUID(); // in your app: whoever is logged in
    const [, page, venue = ""] = url.split(/[/?]/);
    let to = page ? "/" : undefined;
    if (page === "connect") { // a second click goes on with the first one's row
      const waiting = (await connections.find(user, { client: venue })).find((each) => each.authorizeUrl);
      to = (waiting ?? (await connections.begin(venue, { owner: user, goal: "api_key" }))).authorizeUrl;
    }
    if (page === "callback") await connections.receiveClientCallback(venue, url, { owner: user });
    response.setHeader("set-cookie", `user=${user}; HttpOnly; SameSite=Lax`).setHeader("referrer-policy", "no-referrer");
    if (to) return response.writeHead(303, { location: to }).end();
    response.end((await connections.find(user)).map((each) => `${each.venue}: ${each.status}\n`).join(""));
  } catch {
    response.writeHead(503).end("That did not work. Please try again.\n"); // a handler that rejects would end the process
  }
}).listen(Number(new URL(HOME_URL).port), "127.0.0.1", () => console.log(`open ${HOME_URL}/connect/bybit`));

await connections.run(); // the worker, until SIGTERM or Ctrl-C
server.close();
await store.close();
