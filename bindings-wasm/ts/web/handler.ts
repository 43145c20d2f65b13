// One request, one answer: which route it is, whose it is, and what is answered where that fails.
import { received } from "../received.js";
import { isBelow } from "./below.js";
import { type Owner, Site, type WebOptions } from "./options.js";
import { fieldsOf, Refused, unescaped } from "./request.js";
import { GETS, POSTS, type Route } from "./routes.js";
import { refused, required } from "./shape.js";
import { Visit } from "./visit.js";

/** Answers a request; `owner` says who is logged in, and is asked only where that matters. */
export type Handle = (request: Request, owner: () => Owner | Promise<Owner>) => Promise<Response>;

const FOREVER = "public, max-age=31536000, immutable";
const RETRY = { "retry-after": "3" };

/**
 * What an entry for a framework is made of. It rejects with what `owner` throws and with what is no fault of the request's.
 * @throws VenuekeyError `invalid_argument`, with the option's name.
 */
export function handlerOf(options: WebOptions & { readonly owner: unknown }): Handle & { readonly prefix: string } {
  const site = new Site(options);
  required(options.owner, "owner", "function");
  const handle: Handle = async (request, owner) => {
    const visit = new Visit(site, request);
    const answer = await routed(visit, owner).catch((error: unknown) => refusal(visit, error));
    return request.method === "HEAD" ? new Response(null, answer) : answer;
  };
  return Object.assign(handle, { prefix: site.prefix });
}

async function routed(visit: Visit, owner: () => Owner | Promise<Owner>): Promise<Response> {
  const { site, request, url } = visit;
  const path = isBelow(site.prefix, url.pathname) ? unescaped(url.pathname.slice(site.prefix.length)) : undefined;
  const [name = "", ...rest] = path?.slice(1).split("/") ?? ["assets"];
  const about = rest.join("/");
  const isAsset = name === "assets" && site.assets.has(about);
  const route = name === "" && rest.length > 0 ? undefined : (GETS.get(name) ?? POSTS.get(name));
  if (route === undefined && !isAsset) throw new Refused(404, "not_found");
  const isPost = POSTS.has(name);
  const methods = isPost ? ["POST"] : ["GET", "HEAD"];
  if (!methods.includes(request.method)) return visit.refused(405, "wrong_method", { allow: methods.join(", ") });
  return isAsset ? assetOf(visit, about) : answered(visit, route!, about, isPost, owner);
}

async function answered(visit: Visit, route: Route, about: string, isPost: boolean, owner: () => Owner | Promise<Owner>): Promise<Response> {
  const { site, request } = visit;
  if (isPost) visit.fields = await fieldsOf(request);
  visit.owner = named(await owner());
  if (visit.owner === "") return visit.unauthorized(route === GETS.get("callback"));
  if (isPost && !(await site.guard.allows(request, visit.fields, visit.owner))) throw new Refused(403, "forbidden");
  return route(visit, about);
}

/** What the app's function says of the user, told at once if it can't be a name. */
function named(owner: Owner): string {
  if (owner === undefined || owner === null || typeof owner === "string") return owner ?? "";
  throw refused(`owner must return a string or nothing; ${received(owner)}`);
}

async function assetOf({ site, url }: Visit, name: string): Promise<Response> {
  const { type, body, version } = (await site.assets.all()).get(name)!;
  // Another version's address gets this one's bytes, and no one keeps them under it.
  const kept = url.search === `?v=${version}` ? FOREVER : "no-cache";
  const headers = { "content-type": `${type}; charset=utf-8`, "cache-control": kept, "x-content-type-options": "nosniff" };
  return new Response(body, { headers });
}

/** Known by its name, since an app may have two copies of the package. What is none of ours is the framework's. */
async function refusal(visit: Visit, error: unknown): Promise<Response> {
  if (error instanceof Refused) return visit.refused(error.status, error.message);
  const { name } = (error ?? {}) as { readonly name?: unknown };
  if (name === "ConnectionNotFound") return visit.refused(404, "not_found");
  if (name !== "StoreBusy" && name !== "StoreError") throw error;
  visit.site.log.warn(`the web got no answer of the store: ${name}`);
  return visit.refused(503, "busy", RETRY);
}
