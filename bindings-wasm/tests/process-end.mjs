// A backend in the middle of a connection, that ends on SIGTERM as README says.
import { Client, fetchSender } from "venuekey/server";
import { drive, MemoryStore } from "venuekey/parts";

const apiBase = process.argv[2];
const client = new Client({
  venue: "bybit",
  environment: "mainnet",
  clientId: "app-1",
  clientSecret: "secret",
  redirectUri: "https://partner.example/cb",
  apiBase,
});
const stopping = new AbortController();
const running = new Set();
process.once("SIGTERM", async () => {
  stopping.abort(new Error("the process ends"));
  console.log("stopping");
  await Promise.allSettled(running);
  console.log(client.restore(store.load(pending.flowId)).tokens.accessToken.expose());
  process.exit();
});

const store = new MemoryStore();
const { authorizeUrl, pending } = client.begin("api_key");
store.save(pending.snapshot());
const state = new URL(authorizeUrl.expose()).searchParams.get("state");
const step = pending.receiveCallback(`/cb?code=c&state=${state}`);
const run = drive(step, { send: fetchSender(), save: store.save, signal: stopping.signal });
running.add(run);
await run.catch((error) => console.log(error.message));
