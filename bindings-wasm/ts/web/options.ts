// What an app sets, checked when it starts and not when a user clicks.
import type { BeginOptions, ConsentOptions } from "../connections/options.js";
import type { Connections } from "../connections/connections.js";
import type { Logger } from "../connections/log.js";
import type { Goal } from "../names.js";
import { received } from "../received.js";
import { Assets } from "./served.js";
import { Guard } from "./guard.js";
import { optional, refused, required } from "./shape.js";
import { TEXTS } from "./texts.js";

/** Your own name for the user who is logged in; nothing if nobody is. */
export type Owner = string | null | undefined;

/** What begins the connections of one client; `goal` is `"api_key"` if left out. */
export type GoalOptions = Omit<BeginOptions, "owner" | "goal"> & { readonly goal?: Goal | undefined };

/** What the routes are made from, in every framework. */
export interface WebOptions {
  readonly connections: Connections;
  /**
   * What connections are for; `"api_key"` if left out. Or options of `begin` by the client's name: then these clients
   * alone are offered.
   */
  readonly goal?: Goal | { readonly [client: string]: GoalOptions } | undefined;
  /** The path below which the routes are; `/connections` if left out. Redirect URIs end with it and `/callback/<client>`. */
  readonly prefix?: string | undefined;
  /** Texts in place of ours, by their keys: `{ "button.connect": "Link {venue}" }`. */
  readonly texts?: { readonly [key: string]: string } | undefined;
  /** CSS that comes after the pages' own. */
  readonly stylesheet?: string | undefined;
  /** Whether `stylesheet` comes in place of the pages' own. */
  readonly replaceStylesheet?: boolean | undefined;
  /** A whole page of the title and the content, which is HTML: your own layout. Escape the title. */
  readonly page?: ((title: string, body: string) => string) | undefined;
  /** Where the user goes on once connected, such as a path of yours; the connection's page if left out. */
  readonly after?: string | undefined;
  /** Whether the exchange opens in a window of its own. */
  readonly popup?: boolean | undefined;
  /** Where a browser is sent if nobody is logged in; if left out, a page with status 401 says so. */
  readonly loginUrl?: string | undefined;
}

/** A client, as far as the routes and pages need it. */
export interface WebClient {
  readonly venue: string;
  readonly environment: string;
  readonly redirectUri: string;
  readonly authorizeBase: string;
  readonly takesPastedCode: boolean;
  supports(operation: "delete_key" | Goal): boolean;
}

type Begins = Omit<BeginOptions, "owner">;

const OF_CONSENT = ["callbackTimeoutS", "onSecretLost", "expectedUid", "keyRequest"] as const;
const OF_BEGIN: readonly string[] = ["goal", "label", "keepAlive", ...OF_CONSENT];
const GOALS: readonly string[] = ["account_tokens", "api_key"] satisfies Goal[];
const OPTIONS = [
  "connections", "owner", "goal", "prefix", "texts", "stylesheet", "replaceStylesheet", "page", "after", "popup", "loginUrl",
];
/** Texts that an app may have of what we have none. */
const OPEN = /^(?:lang$|(?:client|environment|error|recovery|venue|wait)\.)/;

/** All of an app's settings. */
export class Site {
  readonly connections: Connections;
  readonly clients: ReadonlyMap<string, WebClient>;
  /** What each client that is offered begins with. */
  readonly begins: ReadonlyMap<string, Begins>;
  readonly log: Logger;
  readonly prefix: string;
  readonly texts: Readonly<Record<string, string>>;
  readonly page: WebOptions["page"];
  readonly after: string | undefined;
  readonly popup: boolean;
  readonly loginUrl: string | undefined;
  readonly guard: Guard;
  readonly assets: Assets;

  /** @throws VenuekeyError `invalid_argument` with the option's name, or `invalid_configuration` for a redirect URI. */
  constructor(options: WebOptions) {
    required(options, "options", "object");
    const unknown = Object.keys(options).find((each) => !OPTIONS.includes(each));
    if (unknown !== undefined) throw refused(`there is no option ${unknown}; there are: ${OPTIONS.join(", ")}`);
    const { connections, goal = "api_key", prefix = "/connections", texts, stylesheet, replaceStylesheet, page, after, popup, loginUrl } = options;
    for (const [name, value] of Object.entries({ stylesheet, after, loginUrl })) optional(value, name, "string");
    for (const [name, value] of Object.entries({ replaceStylesheet, popup })) optional(value, name, "boolean");
    this.texts = mergedTexts(texts);
    for (const [name, url] of Object.entries({ after, loginUrl })) {
      if (url !== undefined && !/^(?:\/|https?:\/\/)/.test(url)) throw refused(`${name} must be a path or an address, such as "/login"`);
    }
    optional(page, "page", "function");
    if (typeof prefix !== "string" || !/^(\/[\w.~-]+)*$/.test(prefix)) {
      throw refused('prefix must be a path that begins with a slash and does not end with one, such as "/connections", or ""');
    }
    const { clients, log } = partsOf(connections);
    this.begins = begins(goal, clients);
    const offered = Array.from(this.begins.keys(), (name): [string, WebClient] => [name, clients.get(name)!]);
    for (const [name, client] of offered) checkRedirect(name, client, prefix);
    [this.connections, this.clients, this.log, this.prefix] = [connections, clients, log, prefix];
    [this.page, this.after, this.popup, this.loginUrl] = [page, after, popup === true, loginUrl];
    this.guard = guardOf(offered.map(([, client]) => client));
    this.assets = new Assets(stylesheet ?? "", replaceStylesheet === true);
  }

  /** How a consent is asked for again. */
  consent(client: string): ConsentOptions {
    const given = Object.entries(this.begins.get(client) ?? {});
    return Object.fromEntries(given.filter(([name]) => (OF_CONSENT as readonly string[]).includes(name)));
  }
}

export function guardOf(clients: readonly WebClient[]): Guard {
  const redirects = clients.filter((client) => !client.takesPastedCode).map(({ redirectUri }) => redirectUri);
  return new Guard(redirects, clients.map(({ authorizeBase }) => authorizeBase));
}

/** What the web needs of them. Another copy of the package may have made them. */
export function partsOf(connections: Connections): ReturnType<Connections["forWeb"]> {
  if (typeof connections?.forWeb !== "function") throw refused(`connections must be Connections; ${received(connections)}`);
  return connections.forWeb();
}

/** Ours, and the app's in their place. */
export function mergedTexts(texts: WebOptions["texts"]): Readonly<Record<string, string>> {
  optional(texts, "texts", "object");
  for (const [key, text] of Object.entries(texts ?? {})) {
    required(text, `texts[${JSON.stringify(key)}]`, "string");
    if (!Object.hasOwn(TEXTS, key) && !OPEN.test(key)) throw refused(`texts has ${JSON.stringify(key)}, which is not the key of a text`);
  }
  return { ...TEXTS, ...texts };
}

function begins(given: NonNullable<WebOptions["goal"]>, clients: ReadonlyMap<string, WebClient>): ReadonlyMap<string, Begins> {
  const names = [...clients.keys()];
  const goal = typeof given === "string" ? Object.fromEntries(names.map((name) => [name, { goal: given }])) : given;
  required(goal, "goal", "object");
  for (const [name, options] of Object.entries(goal)) {
    if (!names.includes(name)) throw refused(`goal names a client ${JSON.stringify(name)}; there are: ${names.join(", ")}`);
    required(options, `goal.${name}`, "object");
    const unknown = Object.keys(options).find((each) => !OF_BEGIN.includes(each));
    if (unknown !== undefined) throw refused(`goal.${name} has ${unknown}; it may have ${OF_BEGIN.join(", ")}`);
    const [wanted, client] = [options.goal ?? "api_key", clients.get(name)!];
    if (!GOALS.includes(wanted)) throw refused(`the goal of ${name} must be one of: ${GOALS.join(", ")}`);
    if (!client.supports(wanted)) throw refused(`${client.venue} ${client.environment} does not offer the goal of ${name}`);
  }
  return new Map(Object.entries(goal).map(([name, { goal: own = "api_key", ...options }]) => [name, { ...options, goal: own }]));
}

function checkRedirect(name: string, { takesPastedCode, redirectUri }: WebClient, prefix: string): void {
  const route = `${prefix}/callback/${encodeURIComponent(name)}`;
  if (takesPastedCode || new URL(redirectUri).pathname.replace(/\/$/, "").endsWith(route)) return;
  const hint = `the redirectUri of the client ${JSON.stringify(name)} must end with ${route}, where these routes await the browser`;
  throw refused(`${hint}; it is ${redirectUri}`, "invalid_configuration");
}
