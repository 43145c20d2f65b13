// What each route does. Each writes what is wanted and answers; a worker does the rest.
import type { ConnectionView } from "../connections/view.js";
import { isPrefetch, Refused } from "./request.js";
import type { Visit } from "./visit.js";

/** `about` is what the path names: a client, or a connection. */
export type Route = (visit: Visit, about: string) => Promise<Response>;

/** A button on an old page, or one that was pressed twice: whoever pressed it sees where the connection stands. */
const MOVED_ON: readonly unknown[] = ["wrong_state", "callback_already_received", "superseded"];

interface Told {
  readonly name?: unknown;
  readonly code?: unknown;
}

/** Known by its name, since an app may have two copies of the package. */
function isOurs(error: unknown): error is Told & { readonly code: string; readonly kind: string; readonly hint?: string } {
  return (error as Told | undefined)?.name === "VenuekeyError";
}

// Pages

async function home(visit: Visit): Promise<Response> {
  const { site, owner } = visit;
  const views = await site.connections.find(owner);
  const offered = [...site.begins.keys()];
  if (visit.isJson) {
    const clients = offered.map((name) => {
      const { venue, environment } = site.clients.get(name)!;
      return { name, venue, environment };
    });
    return visit.told({ connections: views.map((view) => visit.said(view)), clients });
  }
  const taken = views.filter(({ status }) => status !== "ended").map(({ client }) => client);
  return visit.page((page) => page.connections(views, offered.filter((name) => !taken.includes(name))));
}

async function status(visit: Visit, id: string): Promise<Response> {
  const { site, owner, url } = visit;
  const view = await site.connections.status(id, { owner });
  if (visit.isJson) return visit.told(visit.said(view));
  const isOnTheWay = view.status === "connected" && url.searchParams.get("connecting") === "1";
  if (site.after !== undefined && isOnTheWay) return visit.see(site.after);
  return visit.page((page) => page.connection(view, url.searchParams.get("popup") === "1"));
}

// To the exchange and back

/** The client's connection that a click goes on with: one that waits for the user, else the newest. */
function live(client: string, views: readonly ConnectionView[]): ConnectionView | undefined {
  const mine = views.filter((view) => view.client === client && view.status !== "ended" && view.intent === undefined);
  const waiting = mine.filter((view) => view.authorizeUrl !== undefined);
  const begunMs = ({ trail }: ConnectionView) => trail[0]?.atMs ?? 0;
  waiting.sort((one, other) => begunMs(one) - begunMs(other) || (one.id < other.id ? -1 : 1));
  return waiting[0] ?? newest(mine);
}

function newest(views: readonly ConnectionView[]): ConnectionView | undefined {
  const lastMs = ({ trail }: ConnectionView) => trail.at(-1)?.atMs ?? 0;
  return [...views].sort((one, other) => lastMs(other) - lastMs(one))[0];
}

async function connect(visit: Visit, client: string): Promise<Response> {
  const { site, owner } = visit;
  const begins = site.begins.get(client);
  if (begins === undefined) throw new Refused(404, "not_found");
  const { connections } = site;
  let view = live(client, await connections.find(owner));
  if (view === undefined) {
    view = await connections.begin(client, { ...begins, owner });
    // The other one of two clicks may have begun one too: they agree on the first.
    const first = live(client, await connections.find(owner));
    if (first !== undefined && first.id !== view.id && first.authorizeUrl !== undefined) {
      await connections.disconnect(view.id, { owner });
      view = first;
    }
  } else if (view.authorizeUrl === undefined && view.status === "needs_user") {
    view = await again(visit, view);
  }
  return visit.left(view);
}

async function reconnect(visit: Visit, id: string): Promise<Response> {
  const view = await visit.site.connections.status(id, { owner: visit.owner });
  return visit.left(view.authorizeUrl === undefined ? await again(visit, view) : view);
}

function again({ site, owner }: Visit, { id, client }: ConnectionView): Promise<ConnectionView> {
  return site.connections.reconnect(id, { ...site.consent(client), owner });
}

/** The connection is found by whose it is, never by `state`; which of several, the callback itself says. */
async function callback(visit: Visit, about: string): Promise<Response> {
  const { site, owner, url } = visit;
  const { connections } = site;
  // Bybit puts a slash before the question mark.
  const client = site.begins.has(about) ? about : about.replace(/\/$/, "");
  if (!site.begins.has(client)) return visit.turnedAway(404, "not_found");
  // Whoever looks where a link leads has not come back from the exchange.
  if (visit.request.method === "HEAD") return visit.nothing();
  // Nor has a browser that guesses where its user goes next: it asks again when that happens.
  if (isPrefetch(visit.request.headers)) throw new Refused(403, "forbidden");
  // The path is the client's own, whatever a proxy makes of it: it is what led here.
  const address = new URL(site.clients.get(client)!.redirectUri).pathname + url.search;
  try {
    return visit.cameBack(await connections.receiveClientCallback(client, address, { owner }));
  } catch (error) {
    const isRefused = isOurs(error) || (error as Told | undefined)?.name === "ConnectionNotFound";
    if (isRefused) return visit.turnedAway(400, "not_accepted");
    throw error;
  }
}

/** Where a callback leads that was not accepted; of what the address says, the page repeats nothing. */
async function refused(_: Visit, name: string): Promise<Response> {
  throw name === "not_accepted" ? new Refused(400, name) : new Refused(404, "not_found");
}

// Buttons

async function choose(visit: Visit, id: string): Promise<Response> {
  const view = await visit.site.connections.choose(id, visit.field("account_id"), { owner: visit.owner });
  return visit.done(visit.statusPath(view), view);
}

async function paste(visit: Visit, id: string): Promise<Response> {
  const view = await visit.site.connections.receivePastedCode(id, visit.field("code").trim(), { owner: visit.owner });
  return visit.done(visit.statusPath(view), view);
}

async function recover(visit: Visit, id: string): Promise<Response> {
  const view = await visit.site.connections.recover(id, { owner: visit.owner });
  return visit.done(visit.statusPath(view), view);
}

async function cancel(visit: Visit, id: string): Promise<Response> {
  const view = await visit.site.connections.cancelAttempt(id, { owner: visit.owner });
  const isOver = view.status === "ended" || view.intent !== undefined;
  return visit.done(isOver ? `${visit.site.prefix}/` : visit.statusPath(view), view);
}

async function disconnect(visit: Visit, id: string): Promise<Response> {
  const deleteKey = visit.fields.get("delete_key") === "1";
  const view = await visit.site.connections.disconnect(id, { owner: visit.owner, deleteKey });
  // Not its own page: a row that can't be opened is gone by now.
  return visit.done(`${visit.site.prefix}/`, view);
}

/** A button, and what its user sees where it came too late or could not begin. */
function pressed(press: Route): Route {
  return async (visit, about) => {
    try {
      return await press(visit, about);
    } catch (error) {
      if (!isOurs(error)) throw error;
      const isMisuse = error.kind === "misuse";
      // What it begins with is the app's own.
      if (press === connect) return visit.failed(error, about, "/", isMisuse);
      const view = await visit.site.connections.status(about, { owner: visit.owner });
      if (MOVED_ON.includes(error.code)) return visit.done(visit.statusPath(view), view);
      return visit.failed(error, view.client, `/status/${about}`, isMisuse && press === reconnect);
    }
  };
}

export const GETS: ReadonlyMap<string, Route> = new Map(Object.entries({ "": home, callback, refused, status }));
export const POSTS: ReadonlyMap<string, Route> = new Map(
  Object.entries({ connect, choose, paste, recover, reconnect, cancel, disconnect }).map(([name, press]) => [name, pressed(press)]),
);
