// What a request says, whoever sent it: nothing here may be trusted.

/** Any of our forms fits in there many times. */
export const MAX_BODY_BYTES = 16 * 1024;

const MOST_FIELDS = 32;
const TYPES = ["", "application/x-www-form-urlencoded", "application/json"];

export type Fields = ReadonlyMap<string, string>;

/** The request is answered by this status and the text `page.<name>`. */
export class Refused extends Error {
  constructor(readonly status: 400 | 403 | 404 | 413, name: string) {
    super(name);
  }
}

/** Whether the client names JSON before HTML; whoever takes anything gets a page. */
export function prefersJson(headers: Headers): boolean {
  const quality = { "application/json": 0, "text/html": 0 };
  for (const part of (headers.get("accept") ?? "").toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((each) => each.trim());
    if (!Object.hasOwn(quality, name)) continue;
    const given = parameters.find((each) => each.startsWith("q="))?.slice(2) ?? "1";
    const type = name as keyof typeof quality;
    quality[type] = Math.max(quality[type], /^[01](\.\d{0,3})?$/.test(given) ? Number(given) : 0);
  }
  return quality["application/json"] > quality["text/html"];
}

function typeOf(headers: Headers): string {
  return (headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
}

export function isJson(headers: Headers): boolean {
  return typeOf(headers) === "application/json";
}

/** Whether the browser asks ahead of its user, who may never go there. */
export function isPrefetch(headers: Headers): boolean {
  return ["sec-purpose", "purpose"].some((name) => headers.get(name)?.toLowerCase().includes("prefetch"));
}

/** A cookie's value; the first of that name, which is the one with the longest path. */
export function cookieOf(headers: Headers, name: string): string | undefined {
  for (const pair of (headers.get("cookie") ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

/** A path without its percent signs; `undefined` if they stand for no text. */
export function unescaped(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Refused(400, "bad_request");
  }
}

async function textOf(request: Request): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw new Refused(413, "too_large");
  if (request.bodyUsed) throw new Refused(400, "bad_request");
  if (request.body === null) return "";
  const reader = request.body.getReader();
  const pieces = new Uint8Array(MAX_BODY_BYTES);
  for (let size = 0; ; ) {
    const { done, value } = await reader.read().catch(() => Promise.reject(new Refused(400, "bad_request")));
    if (done) return decoded(pieces.subarray(0, size));
    // The rest is left where it is: to cancel it would end Node's connection before the answer.
    if (size + value.byteLength > MAX_BODY_BYTES) throw new Refused(413, "too_large");
    pieces.set(value, size);
    size += value.byteLength;
  }
}

/** Each text; `true` is `1`, and `false` and `null` are as if left out, like a box that is not ticked. */
function jsonPairs(text: string): [name: string, value: string][] {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw new Refused(400, "bad_request");
  const given = Object.entries(parsed).filter(([, value]) => value !== null && value !== false);
  return given.map(([name, value]) => [name, value === true ? "1" : value]);
}

/** Refuses bytes that are no text, which URLSearchParams replaces. */
function formPairs(text: string): [name: string, value: string][] {
  // A percent sign that begins no escape stands for itself.
  for (const part of text.replace(/%(?![0-9A-Fa-f]{2})/g, "%25").split(/[&=]/)) {
    if (unescaped(part) === undefined) throw new Refused(400, "bad_request");
  }
  return [...new URLSearchParams(text)];
}

/**
 * The fields of a form or of a JSON object.
 * @throws Refused
 */
export async function fieldsOf(request: Request): Promise<Fields> {
  const text = await textOf(request);
  const type = typeOf(request.headers);
  let pairs: [name: string, value: unknown][];
  try {
    if (text !== "" && !TYPES.includes(type)) throw new Refused(400, "bad_request");
    pairs = type === "application/json" && text !== "" ? jsonPairs(text) : formPairs(text);
  } catch {
    throw new Refused(400, "bad_request");
  }
  // JSON's escapes can also write half a character, which nothing else takes for text.
  const isText = (pair: [string, unknown]): pair is [string, string] => typeof pair[1] === "string" && !/\p{Surrogate}/u.test(pair.join());
  const fields = new Map(pairs.filter(isText));
  if (fields.size !== pairs.length || pairs.length > MOST_FIELDS) throw new Refused(400, "bad_request");
  return fields;
}
