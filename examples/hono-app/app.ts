// Connects WhiteBIT and Bybit accounts: Hono's routes on Cloudflare Workers, and one Durable Object that has it all.
import { trace } from "@opentelemetry/api";
import { DurableObject } from "cloudflare:workers";
import { type Context, Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { Client, Connections, fetchSender, init, SealingKeys } from "venuekey/connections";
import { traced } from "venuekey/opentelemetry";
import { DurableObjectStore } from "venuekey/stores/durable-objects";
import wasm from "venuekey/venuekey.wasm";
import { honoRoutes } from "venuekey/web/hono";

await init(wasm);

interface Env {
  readonly OBJECTS: DurableObjectNamespace;
  readonly HOME_URL: string;
  /** Leave it out to reach the exchanges themselves. */
  readonly SANDBOX?: string;
  readonly WHITEBIT_SECRET: string;
  readonly BYBIT_SECRET: string;
  /** 32 random bytes in hexadecimal. */
  readonly SEALING_KEY: string;
}

function clientsOf({ HOME_URL, SANDBOX, WHITEBIT_SECRET, BYBIT_SECRET }: Env) {
  const at = (path: string) => (SANDBOX === undefined ? {} : { authorizeBase: `${SANDBOX}/${path}`, apiBase: `${SANDBOX}/${path}` });
  const whitebit = new Client({
    venue: "whitebit", environment: "global", clientId: "demo-whitebit", clientSecret: WHITEBIT_SECRET,
    redirectUri: `${HOME_URL}/connections/callback/whitebit`, ...at("whitebit/global"),
  });
  const bybit = new Client({
    venue: "bybit", environment: "mainnet", clientId: "demo-bybit", clientSecret: BYBIT_SECRET,
    redirectUri: `${HOME_URL}/connections/callback/bybit`, ...at("bybit/mainnet"),
  });
  return { whitebit, bybit };
}

export class Accounts extends DurableObject<Env> {
  readonly #store = new DurableObjectStore(this.ctx.storage);
  readonly #connections = new Connections({
    clients: clientsOf(this.env),
    store: this.#store,
    keys: new SealingKeys([["2026-11", Uint8Array.from(this.env.SEALING_KEY.match(/../g) ?? [], (byte) => parseInt(byte, 16))]]),
    send: traced(fetchSender(), { tracer: trace.getTracer("hono-app") }),
  });
  readonly #app = new Hono()
    .use(honoRoutes({ connections: this.#connections, owner: (context: Context) => context.req.header("x-user") }))
    .get("/balance/whitebit", async (context) => {
      const account = await this.#connections.account({ owner: context.req.header("x-user") ?? "", venue: "whitebit" });
      return context.json((await account.call("POST", "/api/v4/main-account/balance", {})).json());
    });

  override fetch(request: Request): Response | Promise<Response> {
    return this.#app.fetch(request);
  }

  override alarm(): Promise<void> {
    return this.#store.runDue(this.#connections);
  }
}

export default new Hono<{ Bindings: Env }>()
  .get("/", (context) => context.redirect("/connections"))
  .all("*", async (context) => {
    const user = getCookie(context, "user") ?? crypto.randomUUID(); // in your app: whoever is logged in
    const request = new Request(context.req.raw);
    request.headers.set("x-user", user); // whatever the browser said
    context.res = await context.env.OBJECTS.getByName("all").fetch(request);
    setCookie(context, "user", user, { httpOnly: true, sameSite: "Lax", path: "/" });
    return context.res;
  });
