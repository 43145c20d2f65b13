// Which errors are the network's, and what may be told of them.
import { NoResponse } from "./errors.js";

/** What a platform says where a connection could not be made, or TLS not be agreed on. */
export const NOT_SENT =
  /^(ENOTFOUND|EAI_[A-Z]+|ECONNREFUSED|UND_ERR_CONNECT_TIMEOUT|(CERT|UNABLE)_\w+|\w*SELF_SIGNED_CERT\w*|ERR_TLS_CERT_ALTNAME_INVALID)$/;
/** What it says of its arguments. */
const MISUSE = /^(UND_)?ERR_(ASSERTION|INVALID|MISSING|NOT|METHOD|OUT|UNESCAPED|UNKNOWN)/;
const MISTAKES = ["EvalError", "RangeError", "ReferenceError", "SyntaxError", "URIError"];
/** How the platforms' `fetch` begins to tell of the network, if they have no code for it. */
const WORDS = /^(failed to fetch|fetch failed|load failed|terminated|network|the (network|internet) connection|could not connect|error in input stream)/i;

/** What Node's says of a body that it can't decode. */
const UNDECODABLE = /^(Z_|ZSTD_|ERR_BROTLI|ERR__ERROR_|ERR_CONTENT_DECODING)/;

const NO_CODE = "connection_lost";

interface Thrown {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly cause?: Thrown;
}

/** The platform's own word: never its message, which may hold an address. */
export function codeOf(error: unknown): string | undefined {
  const { code, cause } = Object(error) as Thrown;
  if (typeof code === "string" && /^\w{1,64}$/.test(code)) return code;
  return cause === undefined ? undefined : codeOf(cause);
}

/**
 * Whether what `fetch` rejected with is the network's doing. Of the platform's own it is, but for what only a mistake
 * throws; of any other it must say so.
 */
export function isOfNetwork(error: unknown, isPlatforms: boolean): boolean {
  if (error instanceof NoResponse) return true;
  const [code, { name, message }] = [codeOf(error), Object(error) as Thrown];
  if (code !== undefined) return !MISUSE.test(code);
  if (["AbortError", "TimeoutError", "NetworkError"].includes(String(name))) return true;
  return isPlatforms ? !MISTAKES.includes(String(name)) : WORDS.test(String(message));
}

/** Whether it was the decoder that failed; `undefined` where the platform, such as a browser, does not say what did. */
export function isUndecodable({ code }: NoResponse): boolean | undefined {
  return code === NO_CODE ? undefined : UNDECODABLE.test(code);
}

/** What is told of an error of the network. */
export function noResponse(error: unknown, notSent = false): NoResponse {
  return error instanceof NoResponse ? error : new NoResponse(codeOf(error) ?? NO_CODE, { notSent });
}
