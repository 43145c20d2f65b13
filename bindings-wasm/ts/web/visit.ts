// One request on its way to a response.
import type { ConnectionView } from "../connections/view.js";
import { assetUrl } from "./served.js";
import { csrfToken, newSecret } from "./guard.js";
import type { Site } from "./options.js";
import { Page } from "./pages.js";
import { cookieOf, type Fields, isJson, prefersJson, Refused } from "./request.js";
import { asDict } from "./view.js";
import { Words } from "./words.js";

const POPUP_LIVES_S = 3_600;
const KINDS: Readonly<Record<string, string>> = { busy: "unavailable", forbidden: "rejected", not_accepted: "rejected" };

type More = Readonly<Record<string, string>>;

export interface Trouble {
  readonly code: string;
  readonly kind: string;
  readonly hint?: string | undefined;
}

export class Visit {
  readonly url: URL;
  readonly words: Words;
  readonly #isJson: boolean;
  readonly #cookies: string[] = [];
  owner = "";
  fields: Fields = new Map();

  constructor(readonly site: Site, readonly request: Request) {
    this.url = new URL(request.url);
    this.words = new Words(site.texts, site.clients);
    this.#isJson = prefersJson(request.headers) || (request.method === "POST" && isJson(request.headers));
  }

  get isJson(): boolean {
    return this.#isJson;
  }

  /** @throws Refused if it is not there. */
  field(name: string): string {
    const value = this.fields.get(name);
    if (value === undefined) throw new Refused(400, "bad_request");
    return value;
  }

  // Addresses

  statusPath(view: ConnectionView, query = ""): string {
    return `${this.site.prefix}/status/${view.id}${query}`;
  }

  /** To the exchange, where a consent is wanted; a pop-up's way back is marked. */
  left(view: ConnectionView): Response {
    if (this.fields.get("popup") === "1") this.#mark("1", POPUP_LIVES_S);
    else if (this.#isMarked !== undefined) this.#mark("", 0);
    return this.done(view.authorizeUrl ?? this.statusPath(view), view);
  }

  /** From the exchange: code and state leave the history. */
  cameBack(view: ConnectionView): Response {
    let query = this.site.after === undefined ? "" : "?connecting=1";
    if (this.#isMarked === "1") {
      this.#mark("", 0);
      query = "?popup=1";
    }
    return this.see(this.statusPath(view, query));
  }

  /** From the exchange, or from anywhere: what is told stands at an address without code and state. */
  async turnedAway(status: 400 | 404, name: string): Promise<Response> {
    const isBare = this.#isJson || this.url.search === "";
    return isBare ? this.refused(status, name) : this.see(`${this.site.prefix}/refused/${name}`);
  }

  get #markName(): string {
    return `${this.site.guard.cookie}-popup`;
  }

  get #isMarked(): string | undefined {
    return cookieOf(this.request.headers, this.#markName);
  }

  #mark(value: string, livesS: number): void {
    this.#cookies.push(this.site.guard.setCookie(this.#markName, value, `; Max-Age=${livesS}`));
  }

  // Responses

  see(location: string): Response {
    return this.#made(303, "text/plain", "", { location });
  }

  nothing(): Response {
    return this.#made(200, "text/plain", "");
  }

  done(location: string, view: ConnectionView): Response {
    return this.#isJson ? this.#json(200, { location, connection: this.said(view) }) : this.see(location);
  }

  /** A page with forms, which have the browser's token. */
  async page(make: (page: Page) => string): Promise<Response> {
    return this.#html(200, make, await this.#token());
  }

  /** Data, with the token for what is sent next. */
  async told(value: Readonly<Record<string, unknown>>): Promise<Response> {
    return this.#json(200, { ...value, csrf: await this.#token() });
  }

  /** A view as JSON, and what its page says. */
  said(view: ConnectionView): Record<string, unknown> {
    const { label, text, then, state, shown } = this.words.says(view);
    return { ...asDict(view), title: label, text, then, state, shown };
  }

  async refused(status: number, name: string, more?: More): Promise<Response> {
    if (this.#isJson) return this.#json(status, { error: { code: name, kind: KINDS[name] ?? "misuse" } }, more);
    return this.#html(status, (page) => page.message(name), "", more);
  }

  async unauthorized(isCallback: boolean): Promise<Response> {
    const { loginUrl } = this.site;
    // A callback stays where it is: loaded again after the login, it is received.
    if (loginUrl !== undefined && this.request.method !== "POST" && !this.#isJson && !isCallback) return this.see(loginUrl);
    return this.refused(401, "unauthorized");
  }

  /** Where what was asked for could not even begin. */
  async failed(error: Trouble, client: string, back: string, isOurs: boolean): Promise<Response> {
    const { code, kind, hint } = error;
    if (isOurs) this.site.log.error(`the web asked for what can't be done: ${code}${hint === undefined ? "" : `: ${hint}`}`);
    const status = isOurs ? 500 : kind === "unavailable" ? 503 : 400;
    if (this.#isJson) return this.#json(status, { error: { code, kind, hint } });
    const [happened, next] = [this.words.ofError("happened", client, error), this.words.ofError("next", client, error)];
    return this.#html(status, (page) => page.message("bad_request", happened, next, back), "");
  }

  /** The browser's token; if it has no secret yet, it gets one. */
  async #token(): Promise<string> {
    const { guard } = this.site;
    const known = guard.secret(this.request.headers);
    const secret = known ?? newSecret();
    if (known === undefined) this.#cookies.push(guard.setCookie(guard.cookie, secret));
    return csrfToken(secret, this.owner);
  }

  async #html(status: number, make: (page: Page) => string, csrf: string, more?: More): Promise<Response> {
    const { site, words } = this;
    const assets = await site.assets.all();
    const [styleUrl, scriptUrl] = ["style.css", "page.js"].map((name) => assetUrl(site.prefix, name, assets)) as [string, string];
    const page = new Page(words, { mount: site.prefix, csrf, styleUrl, scriptUrl, popup: site.popup, layout: site.page });
    return this.#made(status, "text/html", make(page), more);
  }

  #json(status: number, value: unknown, more?: More): Response {
    return this.#made(status, "application/json", JSON.stringify(value), more);
  }

  #made(status: number, type: string, text: string, more: More = {}): Response {
    const headers = new Headers({ "content-type": `${type}; charset=utf-8`, ...this.site.guard.headers, ...more });
    for (const cookie of this.#cookies) headers.append("set-cookie", cookie);
    return new Response(text, { status, headers });
  }
}
