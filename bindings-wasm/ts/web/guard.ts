// That a request which changes something comes from our own page.
import { cookieOf, type Fields } from "./request.js";

const SECRET = /^[\w-]{43}$/;

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function isSame(one: string, other: string): boolean {
  let differs = one.length ^ other.length;
  for (let at = 0; at < one.length; at += 1) differs |= one.charCodeAt(at) ^ other.charCodeAt(at % other.length);
  return differs === 0;
}

/** Whether an `Origin` is one of these hosts. Pages without a referrer say `null`, which tells nothing. */
function isFrom(origin: string, hosts: readonly string[]): boolean {
  if (origin === "null") return true;
  try {
    return hosts.includes(new URL(origin).host);
  } catch {
    return false;
  }
}

/** A browser's cookie, and the token that ties a form to it and to the user. */
export class Guard {
  readonly #name: string;

  /** @param hosts those of the app beside the request's own: a proxy may have changed that. */
  constructor(readonly isSecure: boolean, readonly hosts: readonly string[]) {
    this.#name = isSecure ? "__Host-venuekey" : "venuekey";
  }

  /** The browser's secret; where it has none, a new one and the header that gives it. */
  cookie(headers: Headers): { readonly secret: string; readonly header: string | undefined } {
    const known = cookieOf(headers, this.#name);
    if (known !== undefined && SECRET.test(known)) return { secret: known, header: undefined };
    const secret = base64url(crypto.getRandomValues(new Uint8Array(32)));
    return { secret, header: `${this.#name}=${secret}; Path=/; HttpOnly; SameSite=Lax${this.isSecure ? "; Secure" : ""}` };
  }

  async token(secret: string, owner: string): Promise<string> {
    const told = new TextEncoder().encode(`venuekey csrf\0${secret}\0${owner}`);
    return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", told)));
  }

  /** Whether it may change something. */
  async allows({ headers, url }: Request, fields: Fields, owner: string): Promise<boolean> {
    const [site, origin] = [headers.get("sec-fetch-site"), headers.get("origin")];
    if (site !== null && site !== "same-origin") return false;
    if (origin !== null && !isFrom(origin, [headers.get("host") ?? new URL(url).host, ...this.hosts])) return false;
    if (site === "same-origin") return true;
    const secret = cookieOf(headers, this.#name);
    const given = headers.get("x-csrf-token") ?? fields.get("csrf");
    if (secret === undefined || !SECRET.test(secret) || given === undefined) return false;
    return isSame(await this.token(secret, owner), given);
  }
}
