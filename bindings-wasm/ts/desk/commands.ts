// What each command does; `connections/command.ts` reads its arguments.
import { readFileSync } from "node:fs";
import { Connections } from "../connections/connections.js";
import { AmbiguousAccount, ConnectionNotFound } from "../connections/errors.js";
import type { ConnectionView } from "../connections/view.js";
import type { Goal, HttpMethod } from "../names.js";
import { fetchSender } from "../send-node.js";
import type { Store } from "../stores/store.js";
import { ENVIRONMENTS } from "../venues.js";
import { appOf, Local, QUIET, START, type Sandbox, sandboxed, type Where } from "./apps.js";
import { checkClient, isVenuekeyError } from "./check-clients.js";
import { allRows, PAGE } from "./check-rows.js";
import { checkVenues } from "./check-venue.js";
import { Desk } from "./connecting.js";
import { diagnose, type DiagnoseOptions, insideOf } from "../connections/diagnose.js";
import type { Finding } from "../connections/finding.js";
import { found } from "./findings.js";
import { exposed, isThere, openStore, sealingKeys } from "./home.js";
import { compact, indented } from "./json-text.js";
import { asJson, showConnection, showConnections, showFindings, viewed } from "./output.js";
import { ask, askNoMore, say } from "./person.js";
import { AGENT, TRIALS } from "./texts.js";
import { findingOf, trouble } from "./trouble.js";

export type Given = Where & {
  readonly again?: boolean | undefined;
  readonly app?: string | undefined;
  readonly goal?: string | undefined;
  readonly holder?: string | undefined;
  readonly json?: boolean | undefined;
  readonly label?: string | undefined;
  readonly "no-browser"?: boolean | undefined;
  readonly offline?: boolean | undefined;
  readonly once?: boolean | undefined;
  readonly owner?: string | undefined;
  readonly patience?: string | undefined;
  readonly probes?: string | undefined;
};

export async function connect(given: Given, [name = ""]: readonly string[]): Promise<number> {
  const sandbox = await sandboxed(given);
  try {
    const local = new Local(given, sandbox);
    const client = local.settings.client(name);
    const { environment, venue } = client;
    const goal = (given.goal ?? (client.supports("api_key") ? "api_key" : "account_tokens")) as Goal;
    if (!client.supports(goal)) throw trouble("goal_not_offered", `client ${name}`, { venue, environment, goal });
    const desk = new Desk({
      connections: await local.connections(true),
      client: name,
      redirectUri: client.redirectUri,
      owner: given.owner ?? "local",
      label: given.label,
      opensBrowser: given["no-browser"] !== true,
      pastes: given.paste,
      say,
      ask,
      isAsked: process.stdin.isTTY === true,
      options: {},
    });
    const account = await desk.connect(goal, given.again === true);
    const view = await account.view();
    if (given.json) asJson(viewed(view));
    else process.stdout.write(`Connected: ${venue} ${environment}, connection ${view.id}\n`);
    if (sandbox.folder === undefined) {
      if (!given.json) process.stdout.write(`  venuekey status ${view.id}${asGiven(given)}\n`);
    } else if (goal === "api_key") {
      const [method, path] = TRIALS[venue]!.split(" ") as [HttpMethod, string];
      await account.call(method, path);
      say(`${method} ${path} is answered. The sandbox ends with this command, and the connection with it.`);
    }
    return 0;
  } finally {
    askNoMore();
    sandbox.end();
  }
}

/** What says where the connection is, for the next command. */
function asGiven({ config, sandbox, store }: Given): string {
  const options = Object.entries({ sandbox, store, config }).filter(([, value]) => value);
  return options.map(([name, value]) => ` --${name}${value === START ? "" : `=${quoted(value!)}`}`).join("");
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}

export async function status(given: Given, [id]: readonly string[]): Promise<number> {
  try {
    return await shown(given, id);
  } catch (error) {
    if (!(error instanceof NoStore) || id !== undefined) throw error;
    if (given.json) asJson([]);
    else say(`There are no connections: ${error.message}`);
    return 0;
  }
}

async function shown(given: Given, id: string | undefined): Promise<number> {
  const show = async (connections: Connections) => {
    const { clients } = insideOf(connections).runner.rows;
    const views = await all(connections);
    if (id !== undefined) {
      const view = byId(views, id);
      if (given.json) asJson(viewed(view));
      else showConnection(view, clients);
    } else if (given.json) asJson(views.map(viewed));
    else if (views.length > 0) showConnections(views, clients);
    else say(`There are no connections: ${Object.keys(ENVIRONMENTS).map((venue) => `venuekey connect ${venue}`).join(", or ")}`);
    return 0;
  };
  return onConnections(given, show, false);
}

/** Only `connect` and `worker` make one. */
class NoStore extends ConnectionNotFound {}

export async function call(given: Given, [target = "", method = "", path = "", text]: readonly string[]): Promise<number> {
  const parameters = text === "-" ? readFileSync(0, "utf8") : text;
  const patienceMs = Number(given.patience ?? 30) * 1000;
  return onConnections(given, async (connections) => {
    const view = named(await all(connections), target);
    const account = await connections.account(view.id);
    const { payload } = await account.call(method.toUpperCase() as HttpMethod, path, compact(parameters), { patienceMs });
    process.stdout.write(`${process.stdout.isTTY === true && !given.json ? indented(payload) : payload}\n`);
    return 0;
  });
}

export async function doctor(given: Given): Promise<number> {
  const findings = await diagnosed(given);
  if (given.json) asJson({ findings });
  else showFindings(findings);
  return findings.some(({ level }) => level === "fail") ? 1 : 0;
}

export async function worker(given: Given, [app]: readonly string[]): Promise<number> {
  const sandbox = app === undefined ? await sandboxed(given) : undefined;
  const connections = app === undefined ? await new Local(given, sandbox!).connections(true, undefined) : await appOf(app);
  const { holder } = given;
  try {
    if (given.once) {
      for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => connections.stop());
      await connections.runOnce({ holder });
    } else {
      await connections.run({ holder });
    }
    // The process ends with the command, and nobody else knows that nothing was sent.
    await insideOf(connections).runner.givenBack();
    return 0;
  } finally {
    sandbox?.end();
  }
}

async function diagnosed(given: Given): Promise<Finding[]> {
  const options: DiagnoseOptions = { offline: given.offline, probes: Number(given.probes ?? 3) };
  try {
    if (given.app !== undefined) return await diagnose(await appOf(given.app), options);
    const sandbox = await sandboxed(given, given.offline !== true);
    try {
      return await atDesk(new Local(given, sandbox), options);
    } finally {
      sandbox.end();
    }
  } catch (error) {
    // Of an app that can't be made, too.
    const finding = findingOf(error);
    if (finding === undefined) throw error;
    return [isVenuekeyError(error) ? found("client_invalid", "client", { error: error.hint ?? error.code }) : finding];
  }
}

async function atDesk({ settings, store: path }: Local, options: DiagnoseOptions): Promise<Finding[]> {
  const findings = [...settings.findings, ...exposed(path)];
  const clients = new Map(settings.clients);
  let opened: [Store, Awaited<ReturnType<typeof sealingKeys>>] | undefined;
  if (!isThere(path)) findings.push(found("store_absent", "store", { store: path }));
  else {
    try {
      const store = await openStore(path);
      opened = [store, await sealingKeys(path, store, false)];
    } catch (error) {
      const finding = findingOf(error);
      if (finding === undefined) throw error;
      findings.push(finding);
    }
  }
  // It needs no configuration, so its being there says nothing.
  if (opened === undefined || !(await hasRowsOf(AGENT.name, opened[0]))) clients.delete(AGENT.name);
  if (clients.size === 0) return settings.findings.length > 0 ? findings : [...findings, found("no_client", "configuration")];
  if (opened !== undefined) {
    const [store, keys] = opened;
    const connections = new Connections({ clients: Object.fromEntries(clients), store, keys, logger: QUIET });
    return [...findings, ...(await diagnose(connections, options))];
  }
  findings.push(...[...clients].flatMap(([name, client]) => checkClient(name, client)));
  if (options.offline !== true) findings.push(...(await checkVenues(clients, fetchSender(), async () => Date.now())));
  return findings;
}

async function hasRowsOf(client: string, store: Store): Promise<boolean> {
  for await (const { row } of allRows({ store }, PAGE)) if (row.client === client) return true;
  return false;
}

async function onConnections(given: Given, work: (connections: Connections) => Promise<number>, asks = true): Promise<number> {
  if (given.app !== undefined) return work(await appOf(given.app));
  const sandbox: Sandbox = await sandboxed(given, asks);
  try {
    const local = new Local(given, sandbox);
    if (!isThere(local.store)) throw new NoStore(`there is no store at ${local.store} yet; the first \`venuekey connect\` creates it`);
    return await work(await local.connections(false));
  } finally {
    sandbox.end();
  }
}

/** Of every owner. */
async function all(connections: Connections): Promise<ConnectionView[]> {
  const { rows } = insideOf(connections).runner;
  const views: ConnectionView[] = [];
  for await (const stored of allRows(rows)) views.push(await rows.look(stored));
  return views;
}

/** By the whole id, or as many of its first digits as only one has. */
function byId(views: readonly ConnectionView[], id: string): ConnectionView {
  const found = views.filter((view) => view.id === id || (id.length >= 4 && view.id.startsWith(id)));
  if (found.length > 1) throw new AmbiguousAccount(`${found.length} connections have an id that begins with ${id}`);
  if (found[0] === undefined) throw new ConnectionNotFound("there is no such connection");
  return found[0];
}

/** By id, or by label, client or venue if there is only one. */
function named(views: readonly ConnectionView[], target: string): ConnectionView {
  const alive = views.filter((view) => view.status !== "ended");
  for (const name of ["label", "client", "venue"] as const) {
    const called = /^[0-9a-f]{32}$/.test(target) ? [] : alive.filter((view) => view[name] === target);
    if (called.length > 1) throw new AmbiguousAccount(`there are ${called.length} connections of ${target}`);
    if (called[0] !== undefined) return called[0];
  }
  return byId(views, target);
}
