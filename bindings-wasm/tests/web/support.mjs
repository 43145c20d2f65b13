// What the tests of the routes begin with: real Connections in a file, a venue that answers as it is told, a browser.
import { webHandler } from "venuekey/web";
import { Client as PublicClient } from "venuekey";
import { Client } from "venuekey/server";
import { bybit } from "../support.mjs";
import { world, worked } from "../connections/support.mjs";

export const HOME = "https://partner.example/connections";
const at = (name) => ({ redirectUri: `${HOME}/callback/${name}` });

const whitebit = () =>
  new Client({ venue: "whitebit", environment: "global", clientId: "demo", clientSecret: "canary-client-secret", ...at("whitebit") });

export const clients = () => ({ bybit: bybit(at("bybit")), whitebit: whitebit() });
/** Bybit's own, whose user copies a code. */
export const pasting = () =>
  new PublicClient({ venue: "bybit", environment: "mainnet", clientId: "ai-agent", redirectUri: "https://www.bybit.com/oauth/callback" });

/** The routes of a site whose user is whoever the cookie `user` says. */
export function site({ clients: own = clients(), store, answers, ...options } = {}) {
  const of = world({ clients: own, ...(store && { store }), ...(answers && { answers }) });
  const owner = (request) => /\buser=(\w+)/.exec(request.headers.get("cookie") ?? "")?.[1];
  const handler = webHandler({ connections: of.connections, owner, ...options });
  return { ...of, of, handler, browser: (user = "one") => new Browser(handler, user), worked: () => worked(of) };
}

/** Keeps cookies, and sends what a browser that knows no `Sec-Fetch-Site` sends. */
export class Browser {
  #cookies = new Map();
  #handler;

  constructor(handler, user) {
    this.#handler = handler;
    if (user) this.#cookies.set("user", user);
  }

  get cookies() {
    return Object.fromEntries(this.#cookies);
  }

  async ask(method, path, { headers = {}, body, accept = "text/html" } = {}) {
    const url = path.startsWith("https:") ? path : HOME + path;
    const cookie = Array.from(this.#cookies, (pair) => pair.join("=")).join("; ");
    const given = { accept, cookie, host: "partner.example", ...headers };
    const reply = await this.#handler(new Request(url, { method, headers: given, body, ...(body && { duplex: "half" }) }));
    for (const line of reply.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (/Max-Age=0/.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return reply;
  }

  get(path, options) {
    return this.ask("GET", path, options);
  }

  async json(path) {
    const reply = await this.get(path, { accept: "application/json" });
    return { status: reply.status, ...(await reply.json()) };
  }

  /** Sends a form with the token of the list's page. */
  async post(path, fields = {}, options = {}) {
    const { csrf } = await this.json("/");
    const body = new URLSearchParams({ csrf, ...fields }).toString();
    return this.ask("POST", path, { ...options, body, headers: { "content-type": "application/x-www-form-urlencoded", ...options.headers } });
  }

  /** Clicks on Connect; the address of the exchange's page. */
  async connect(client = "bybit", fields = {}) {
    return (await this.post(`/connect/${client}`, fields)).headers.get("location");
  }
}

/** Where the exchange sends the browser. */
export function calledBack(authorizeUrl, query = "code=canary-code") {
  return `?${query}&state=${new URL(authorizeUrl).searchParams.get("state")}`;
}
