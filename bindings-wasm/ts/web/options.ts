import * as shape from "./shape.js";
import type { BeginOptions } from "../connections/options.js";
import type { Connections } from "../connections/connections.js";
import type { ConnectionView } from "../connections/view.js";
import type { Goal } from "../names.js";
import type { ClientPlace } from "../client-place.js";
import { Guard } from "./guard.js";

/** Whose connections a request is about: your own name for the user who is logged in, nothing where nobody is. */
export type Owner = string | null | undefined;

/** What begins a connection, but whose it is. */
export type GoalOptions = Omit<BeginOptions, "owner">;

/** What the routes are made from, in every framework. */
export interface WebOptions {
  readonly connections: Connections;
  /** What each connection is for, or what begins it, by the client's name; `"api_key"` where left out. */
  readonly goal?: Goal | { readonly [client: string]: Goal | GoalOptions } | undefined;
  /** The path below which the routes are; `/connections` where left out. The redirect URIs lie in there. */
  readonly prefix?: string | undefined;
  /** Texts of your own, by the keys of `TEXTS`. */
  readonly texts?: { readonly [key: string]: string } | undefined;
  /** CSS that comes after the pages' own. */
  readonly stylesheet?: string | undefined;
  /** A whole page of the title and the content: your own layout. Escape the title; the content is HTML. */
  readonly page?: ((title: string, body: string) => string) | undefined;
  /** Where the user goes on once connected: a path of yours. The connection's own page where left out. */
  readonly after?: string | undefined;
  /** Whether the exchange opens in a window of its own. */
  readonly popup?: boolean | undefined;
  /** Where a browser is sent if nobody is logged in; else it is told so with status 401. */
  readonly loginUrl?: string | undefined;
}

/** What is known once somebody asks. */
export interface Place {
  readonly clients: ReadonlyMap<string, ClientPlace>;
  readonly guard: Guard;
  readonly policy: string;
}

/** The options, looked at. */
export class Site {
  readonly connections: Connections;
  readonly prefix: string;
  readonly texts: { readonly [key: string]: string };
  readonly stylesheet: string;
  readonly page: ((title: string, body: string) => string) | undefined;
  readonly after: string | undefined;
  readonly popup: boolean;
  readonly loginUrl: string | undefined;
  readonly #goal: Goal | { readonly [client: string]: Goal | GoalOptions };
  /** What is begun right now, by client and owner. */
  readonly beginning = new Map<string, Promise<ConnectionView>>();
  #place: Place | undefined;

  constructor(options: WebOptions) {
    const { connections, goal = "api_key", prefix = "/connections", texts = {}, stylesheet = "", popup = false } = shape.record(options, "options");
    const { page, after, loginUrl } = options;
    shape.connections(connections);
    shape.goal(goal);
    shape.prefix(prefix);
    shape.texts(texts);
    shape.text(stylesheet, "stylesheet");
    shape.optional(after, "after", "string");
    shape.optional(loginUrl, "loginUrl", "string");
    shape.optional(page, "page", "function");
    shape.optional(popup, "popup", "boolean");
    [this.connections, this.#goal, this.prefix, this.texts, this.stylesheet] = [connections, goal, prefix, texts, stylesheet];
    [this.page, this.after, this.popup, this.loginUrl] = [page, after, popup, loginUrl];
  }

  /** Not before somebody asks: random numbers are drawn for it, which Cloudflare permits no sooner. */
  get place(): Place {
    return (this.#place ??= placeOf(this.connections.clientPlaces()));
  }

  begins(client: string): GoalOptions {
    const goal = typeof this.#goal === "string" ? this.#goal : this.#goal[client] ?? "api_key";
    return typeof goal === "string" ? { goal } : goal;
  }
}

function placeOf(all: readonly ClientPlace[]): Place {
  const redirects = all.flatMap(({ redirectUri, consentOrigin }) => {
    const url = new URL(redirectUri);
    // An exchange's own page, which shows a code.
    return url.origin === consentOrigin ? [] : [url];
  });
  const guard = new Guard(redirects.some(({ protocol }) => protocol === "https:"), redirects.map(({ host }) => host));
  const consents = all.flatMap(({ consentOrigin }) => (consentOrigin === undefined ? [] : consentSources(consentOrigin)));
  const forms = ["'self'", ...new Set(consents)].join(" ");
  const policy =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
    `form-action ${forms}; base-uri 'none'; frame-ancestors 'none'`;
  return { clients: new Map(all.map((each) => [each.name, each])), guard, policy };
}

/** A browser holds a form's redirects to the policy too, and an exchange's login may be on a host beside it. */
function consentSources(origin: string): string[] {
  const { protocol, hostname } = new URL(origin);
  const isName = protocol === "https:" && /[a-z]$/i.test(hostname) && hostname.includes(".");
  return isName ? [origin, `https://*.${hostname.replace(/^(www|testnet)\./, "")}`] : [origin];
}
