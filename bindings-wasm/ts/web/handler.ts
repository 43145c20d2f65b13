// One request, one answer: which route it is, whose it is, and what is answered where that fails.
import { Answers, type Trouble } from "./answers.js";
import { isBelow } from "./below.js";
import { type Owner, Site, type WebOptions } from "./options.js";
import { refusalPage } from "./pages.js";
import { type Fields, fieldsOf, prefersJson, unescaped, Unread } from "./request.js";
import { type Asked, asset, GETS, POSTS } from "./routes.js";

/** Answers a request; `owner` says who is logged in, and is asked only where that matters. */
export type Handle = (request: Request, owner: () => Owner | Promise<Owner>) => Promise<Response>;

const RETRY = { "retry-after": "5" };

/** @throws VenuekeyError `invalid_argument`, with the option's name. */
export function handlerOf(options: WebOptions): Handle & { readonly prefix: string } {
  const site = new Site(options);
  const handle: Handle = async (request, owner) => {
    const answer = await new Exchange(site, request, owner).answer();
    return request.method === "HEAD" ? new Response(null, answer) : answer;
  };
  return Object.assign(handle, { prefix: site.prefix });
}

class Exchange {
  readonly #site: Site;
  readonly #request: Request;
  readonly #owner: () => Owner | Promise<Owner>;
  readonly #answers: Answers;

  constructor(site: Site, request: Request, owner: () => Owner | Promise<Owner>) {
    [this.#site, this.#request, this.#owner] = [site, request, owner];
    this.#answers = new Answers(prefersJson(request.headers), site.place.policy);
  }

  async answer(): Promise<Response> {
    const { pathname } = new URL(this.#request.url);
    const { prefix } = this.#site;
    if (!isBelow(prefix, pathname)) return this.#refused(404, "not_found");
    // A slash in the end is another spelling: Bybit puts one before the query.
    const [name = "", argument, ...rest] = pathname.slice(prefix.length).replace(/^\//, "").replace(/\/$/, "").split("/");
    const about = argument === undefined ? "" : unescaped(argument);
    if (about === undefined || rest.length > 0) return this.#refused(404, "not_found");
    if (name === "assets") return asset(about, this.#answers) ?? this.#refused(404, "not_found");
    const [get, post] = [GETS.get(name), POSTS.get(name)];
    const route = get ?? post;
    if (route === undefined || (argument === undefined) !== (name === "")) return this.#refused(404, "not_found");
    const allowed = get === undefined ? ["POST"] : ["GET", "HEAD"];
    if (!allowed.includes(this.#request.method)) return this.#refused(405, "wrong_method", { allow: allowed.join(", ") });
    const owner = await this.#owner();
    if (owner === undefined || owner === null || owner === "") return this.#nobody();
    return this.#routed(route, about, owner, post !== undefined);
  }

  async #routed(route: (asked: Asked) => Promise<Response>, about: string, owner: string, changes: boolean): Promise<Response> {
    const [site, request, answers] = [this.#site, this.#request, this.#answers];
    try {
      const fields: Fields = changes ? await fieldsOf(request) : new Map();
      if (changes && !(await site.place.guard.allows(request, fields, owner))) return this.#refused(403, "forbidden");
      return await route({ site, request, answers, about, owner, fields });
    } catch (error) {
      return this.#failed(error);
    }
  }

  #nobody(): Response {
    const { loginUrl } = this.#site;
    const isPage = this.#request.method === "GET" && !this.#answers.isJson;
    return isPage && loginUrl !== undefined ? this.#answers.see(loginUrl) : this.#refused(401, "logged_out");
  }

  /** By name, since an app may have a copy of the package of its own. What is none of ours is the framework's. */
  #failed(error: unknown): Response {
    if (error instanceof Unread) return this.#refused(error.status, error.status === 413 ? "too_large" : "bad_request");
    const { name, kind, code, hint } = (error ?? {}) as Partial<Trouble> & { readonly name?: string };
    if (name === "ConnectionNotFound") return this.#refused(404, "not_found");
    if (name === "StoreBusy" || name === "StoreError") return this.#refused(503, "busy", RETRY);
    if (name !== "VenuekeyError" || kind === undefined || code === undefined) throw error;
    const status = code === "wrong_state" ? 409 : code === "invalid_argument" || kind !== "misuse" ? 400 : 500;
    return this.#told(status, { code, kind, hint });
  }

  #refused(status: number, code: Trouble["code"], more?: Readonly<Record<string, string>>): Response {
    return this.#told(status, { code, kind: status === 503 ? "unavailable" : "rejected" }, more);
  }

  #told(status: number, error: Trouble, more?: Readonly<Record<string, string>>): Response {
    if (this.#answers.isJson) return this.#answers.json(status, { error }, more);
    return this.#answers.html(status, refusalPage(this.#site, error), more);
  }
}
