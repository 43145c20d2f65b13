// Whose form it is, and what every answer says to the browser.
import { cookieOf, type Fields } from "./request.js";

const SECRET = /^[\w-]{43}$/;
const ADDRESS = /^\[|^\d+(\.\d+){3}$/;

/** The rules that come from where the app is, which its clients' redirect URIs say and no header does. */
export class Guard {
  /** Its cookie's name. */
  readonly cookie: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly #hosts: readonly string[];
  readonly #isSecure: boolean;

  constructor(redirectUris: readonly string[], authorizeBases: readonly string[]) {
    const redirects = redirectUris.map((each) => new URL(each));
    this.#hosts = redirects.map(({ host }) => host);
    this.#isSecure = redirects.some(({ protocol }) => protocol === "https:");
    // A cookie of that name is never another subdomain's.
    this.cookie = this.#isSecure ? "__Host-venuekey" : "venuekey";
    const forms = ["'self'", ...new Set(authorizeBases.flatMap(sources))].join(" ");
    this.headers = {
      "cache-control": "no-store",
      "content-security-policy":
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
        `form-action ${forms}; base-uri 'none'; frame-ancestors 'none'`,
      "cross-origin-opener-policy": "same-origin",
      "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    };
  }

  /** The browser's own, if it has one. */
  secret(headers: Headers): string | undefined {
    const value = cookieOf(headers, this.cookie);
    return value !== undefined && SECRET.test(value) ? value : undefined;
  }

  setCookie(name: string, value: string, more = ""): string {
    return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax${more}${this.#isSecure ? "; Secure" : ""}`;
  }

  /** Whether another site can't have made this browser send it. */
  async allows({ headers, url }: Request, fields: Fields, owner: string): Promise<boolean> {
    const [site, origin] = [headers.get("sec-fetch-site"), headers.get("origin")];
    // Browsers say `null` for forms of pages with our referrer policy: it tells nothing.
    if (origin !== null && origin !== "null") {
      const own = [(headers.get("host") ?? new URL(url).host).toLowerCase(), ...this.#hosts];
      if (!own.includes(hostOf(origin) ?? "")) return false;
    }
    if (site !== null) return site === "same-origin";
    const [secret, given] = [this.secret(headers), fields.get("csrf") || headers.get("x-csrf-token")];
    if (secret === undefined || given === null) return false;
    return isSame(await csrfToken(secret, owner), given);
  }
}

export function newSecret(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** Of one browser and one user: a form that was loaded before somebody else logged in is not theirs. */
export async function csrfToken(secret: string, owner: string): Promise<string> {
  const told = new TextEncoder().encode(`venuekey csrf\0${secret}\0${owner}`);
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", told)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function isSame(expected: string, given: string): boolean {
  let differs = expected.length ^ given.length;
  for (let at = 0; at < expected.length; at += 1) differs |= expected.charCodeAt(at) ^ given.charCodeAt(at);
  return differs === 0;
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

/**
 * Where a form that begins a connection may lead: the consent page, and for an exchange its other hosts too, since it may
 * send the browser on to sign in.
 */
function sources(base: string): string[] {
  const { origin, protocol, hostname, port } = new URL(base);
  if (port !== "" || protocol !== "https:" || ADDRESS.test(hostname)) return [origin];
  const bare = hostname.replace(/^www\./, "");
  return [`https://${bare}`, `https://*.${bare}`];
}
