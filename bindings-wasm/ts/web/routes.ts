// What each route does. Each writes what is wanted and answers; a worker does the rest.
import type { ConnectionView } from "../connections/view.js";
import type { Answers } from "./answers.js";
import type { GoalOptions, Site } from "./options.js";
import { homePage, refusalPage, statusPage, told } from "./pages.js";
import type { Fields } from "./request.js";
import { asDict } from "./view.js";

export interface Asked {
  readonly site: Site;
  readonly request: Request;
  readonly answers: Answers;
  /** What the path names: a client, or a connection. */
  readonly about: string;
  readonly owner: string;
  readonly fields: Fields;
}

type Route = (asked: Asked) => Promise<Response>;

/** The browser's token, and the header that gives it a cookie where it has none. */
async function tokenFor({ site, request, owner }: Asked): Promise<[csrf: string, headers: Record<string, string>]> {
  const { secret, header } = site.place.guard.cookie(request.headers);
  return [await site.place.guard.token(secret, owner), header === undefined ? {} : { "set-cookie": header }];
}

async function home(asked: Asked): Promise<Response> {
  const { site, answers, owner } = asked;
  const views = await site.connections.find(owner);
  const [csrf, headers] = await tokenFor(asked);
  if (!answers.isJson) return answers.html(200, homePage(site, views, csrf), headers);
  const clients = Array.from(site.place.clients.values(), ({ name, venue, environment }) => ({ name, venue, environment }));
  return answers.json(200, { connections: views.map(asDict), clients, csrf }, headers);
}

async function status(asked: Asked): Promise<Response> {
  const { site, answers, about, owner } = asked;
  const view = await site.connections.status(about, { owner });
  const [csrf, headers] = await tokenFor(asked);
  if (!answers.isJson) return answers.html(200, statusPage(site, view, csrf), headers);
  return answers.json(200, { ...asDict(view), csrf, ...told(site, view) }, headers);
}

async function begun({ site, about: client, owner }: Asked, { goal, ...options }: GoalOptions): Promise<ConnectionView> {
  const waiting = newest(await site.connections.find(owner), (view) => view.client === client && view.authorizeUrl !== undefined);
  return waiting ?? site.connections.begin(client, { ...options, goal, owner });
}

/** A second click meets the first one's row. */
function begunOnce(asked: Asked): Promise<ConnectionView> {
  const { site, about: client, owner } = asked;
  const key = JSON.stringify([client, owner]);
  const known = site.beginning.get(key);
  if (known !== undefined) return known;
  const beginning = begun(asked, site.begins(client)).finally(() => site.beginning.delete(key));
  site.beginning.set(key, beginning);
  return beginning;
}

async function connect(asked: Asked): Promise<Response> {
  if (!asked.site.place.clients.has(asked.about)) return notFound(asked);
  return acted(asked, await begunOnce(asked), true);
}

function createdAtMs({ trail }: ConnectionView): number {
  return trail[0]?.atMs ?? 0;
}

function newest(views: readonly ConnectionView[], is: (view: ConnectionView) => boolean): ConnectionView | undefined {
  return views.filter(is).sort((one, other) => createdAtMs(other) - createdAtMs(one))[0];
}

function codeOf(error: unknown): string {
  const { name, kind, code } = error as { readonly name?: string; readonly kind?: string; readonly code?: string };
  const isTold = name === "VenuekeyError" && (kind === "rejected" || code === "wrong_state");
  if (!isTold || code === undefined) throw error;
  return code;
}

/** The connection is found by whose it is, never by `state`; which of several, the callback itself says. */
async function callback(asked: Asked): Promise<Response> {
  const { site, request, answers, about: name, owner } = asked;
  const client = site.place.clients.get(name);
  if (client === undefined) return notFound(asked);
  // By the address that is registered: a proxy may have changed this one.
  const url = new URL(client.redirectUri).pathname + new URL(request.url).search;
  const views = (await site.connections.find(owner)).filter((view) => view.client === name);
  const waiting = views.filter((view) => view.status === "awaiting_user" || view.authorizeUrl !== undefined);
  let code: string | undefined;
  for (const { id } of waiting.sort((one, other) => createdAtMs(other) - createdAtMs(one))) {
    try {
      return answers.see(statusPath(site, (await site.connections.receiveCallback(id, url, { owner })).id));
    } catch (error) {
      code = codeOf(error);
      if (code === "callback_already_received") break;
    }
  }
  const last = newest(views, () => true);
  const isRepeated = waiting.length === 0 || code === "callback_already_received" || code === "wrong_state";
  if (last !== undefined && isRepeated) return answers.see(statusPath(site, last.id));
  const error = { code: "state_mismatch", kind: "rejected" } as const;
  return answers.isJson ? answers.json(400, { error }) : answers.html(400, refusalPage(site, error));
}

async function choose(asked: Asked): Promise<Response> {
  const { site, about, owner, fields } = asked;
  return acted(asked, await site.connections.choose(about, fields.get("account_id") ?? "", { owner }));
}

async function paste(asked: Asked): Promise<Response> {
  const { site, about, owner, fields } = asked;
  return acted(asked, await site.connections.receivePastedCode(about, fields.get("code") ?? "", { owner }));
}

async function recover(asked: Asked): Promise<Response> {
  const { site, about, owner } = asked;
  return acted(asked, await site.connections.recover(about, { owner }));
}

async function reconnect(asked: Asked): Promise<Response> {
  const { site, about, owner } = asked;
  const { client } = await site.connections.status(about, { owner });
  const { goal: _goal, keepAlive: _keepAlive, label: _label, ...consent } = site.begins(client);
  return acted(asked, await site.connections.reconnect(about, { ...consent, owner }), true);
}

async function disconnect(asked: Asked): Promise<Response> {
  const { site, about, owner, fields } = asked;
  return acted(asked, await site.connections.disconnect(about, { owner, deleteKey: fields.get("delete_key") === "1" }));
}

/** The browser goes on to the exchange where it is wanted there, else to where the connection stands. */
function acted({ site, answers }: Asked, view: ConnectionView, leads = false): Response {
  const location = (leads ? view.authorizeUrl : undefined) ?? statusPath(site, view.id);
  return answers.isJson ? answers.json(200, { location, connection: asDict(view) }) : answers.see(location);
}

function statusPath({ prefix }: Site, id: string): string {
  return `${prefix}/status/${id}`;
}

function notFound({ site, answers }: Asked): Response {
  const error = { code: "not_found", kind: "rejected" } as const;
  return answers.isJson ? answers.json(404, { error }) : answers.html(404, refusalPage(site, error));
}

export const GETS: ReadonlyMap<string, Route> = new Map([["", home], ["callback", callback], ["status", status]]);
export const POSTS: ReadonlyMap<string, Route> = new Map([
  ["connect", connect], ["choose", choose], ["paste", paste], ["recover", recover], ["reconnect", reconnect], ["disconnect", disconnect],
]);

export function asset(_name: string, _answers: Answers): Response | undefined {
  return undefined;
}
