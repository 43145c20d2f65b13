// Between Node's requests and the web's, for Express and Fastify.
import { Readable } from "node:stream";
import { isJson } from "./request.js";

/** Of an `IncomingMessage` what is needed, and what Express adds to it. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Express: the whole path, wherever the routes are mounted. */
  readonly originalUrl?: string | undefined;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  /** What a body parser has made of the body. */
  readonly body?: unknown;
}

/** Of a `ServerResponse` what is needed. */
export interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string | readonly string[]): unknown;
  end(body?: Uint8Array): unknown;
}

function headersOf(given: NodeRequest["headers"]): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    // HTTP/2 has the method and the like among them.
    if (value === undefined || name.startsWith(":")) continue;
    for (const each of typeof value === "string" ? [value] : value) headers.append(name, each);
  }
  const authority = given[":authority"];
  if (!headers.has("host") && typeof authority === "string") headers.set("host", authority);
  return headers;
}

/** The body as it comes, or what a parser has left of it. */
function bodyOf(request: NodeRequest, headers: Headers): BodyInit | null {
  if (request instanceof Readable && !request.readableEnded) return Readable.toWeb(request) as ReadableStream<Uint8Array>;
  const { body = null } = request;
  if (typeof body !== "object" || body === null || body instanceof Uint8Array) return body as BodyInit | null;
  headers.delete("content-length");
  if (isJson(headers)) return JSON.stringify(body);
  headers.set("content-type", "application/x-www-form-urlencoded");
  const fields = new URLSearchParams();
  // A name that came twice has an array.
  for (const [name, value] of Object.entries(body)) for (const each of [value].flat()) fields.append(name, typeof each === "string" ? each : "");
  return fields.toString();
}

/** The same request as the web has it. Its host is not used: that is in the headers, where it may be anything. */
export function webRequest(request: NodeRequest): Request {
  const { method = "GET", originalUrl, url = "/" } = request;
  const headers = headersOf(request.headers);
  const body = method === "GET" || method === "HEAD" ? null : bodyOf(request, headers);
  // A Request can't have these, and they are refused as any method that is none of a route's.
  const isForbidden = /^(?:CONNECT|TRACE|TRACK)$/i.test(method);
  const init = isForbidden ? { method: "OPTIONS", headers } : { method, headers, body, duplex: "half" };
  return new Request(`http://localhost${originalUrl ?? url}`, init);
}

/** The headers as Node takes them. A connection whose request was not read to its end is of no further use. */
export function nodeHeaders({ status, headers }: Response): [name: string, value: string | string[]][] {
  const all = [...headers].filter(([name]) => name !== "set-cookie") as [string, string | string[]][];
  const cookies = headers.getSetCookie();
  if (cookies.length > 0) all.push(["set-cookie", cookies]);
  if (status === 413) all.push(["connection", "close"]);
  return all;
}

export async function respond(response: NodeResponse, answer: Response): Promise<void> {
  response.statusCode = answer.status;
  for (const [name, value] of nodeHeaders(answer)) response.setHeader(name, value);
  response.end(new Uint8Array(await answer.arrayBuffer()));
}
