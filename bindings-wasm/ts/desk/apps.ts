// Which connections a command is about: an app's own, or those at this desk.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { Connections } from "../connections/connections.js";
import { ENVIRONMENTS } from "../venues.js";
import { Settings } from "./config.js";
import { dataFolder, isDatabase, openStore, sealingKeys, STORE } from "./home.js";
import { trouble } from "./trouble.js";

const BRAND = Symbol.for("venuekey.connections");
const RUNNING_SANDBOX = "http://127.0.0.1:8700";
const ANSWER_MS = 5000;
/** An app that is not loaded by then may be running instead. */
const SLOW_MS = 5000;
/** What `--sandbox` without an address is. */
export const START = "start";
/** Says nothing of what goes well: the command says it. */
export const QUIET = { info() {}, warn() {}, error() {} };

/** Wrong arguments: one line, and exit code 2. */
export class Misuse extends Error {}

/** A Windows path may have a colon too. */
function split(app: string): [path: string, name: string | undefined] {
  const found = /^(.{2,}):([A-Za-z_$][\w$]*)$/.exec(app);
  return found === null ? [app, undefined] : [found[1]!, found[2]];
}

function isConnections(value: unknown): value is Connections {
  return typeof value === "object" && value !== null && BRAND in value;
}

/** By `./module.mjs:name`. */
export async function appOf(app: string): Promise<Connections> {
  const [path, name] = split(app);
  const module = await loaded(path);
  const names = name === undefined ? ["connections", "default"] : [name];
  // What a CommonJS module exports is all in its default.
  const exported = names.flatMap((each) => [module[each], Object(module["default"])[each] as unknown]);
  const found = exported.find(isConnections);
  if (found === undefined) throw new Misuse(`${app}: it exports no Connections as ${names.join(" or ")}`);
  return found;
}

async function loaded(path: string): Promise<Record<string, unknown>> {
  const url = pathToFileURL(resolve(path)).href;
  const slow = setTimeout(() => {
    process.stderr.write(`venuekey: ${path} is still being loaded: it must export its Connections, and not run anything\n`);
  }, SLOW_MS);
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    const { code, message, url: missing } = error as NodeJS.ErrnoException & { url?: string };
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw error;
    if (missing === url || !existsSync(resolve(path))) throw new Misuse(`there is no module ${path} here: run this in the folder of your app`);
    throw new Misuse(`${path} can't be imported: ${message.split("\n")[0]}`);
  } finally {
    clearTimeout(slow);
  }
}

/** What says which connections. */
export interface Where {
  readonly config?: string | undefined;
  readonly paste?: boolean | undefined;
  readonly sandbox?: string | undefined;
  readonly store?: string | undefined;
}

/** The connections at this desk. */
export class Local {
  readonly settings: Settings;
  readonly store: string;

  constructor(where: Where, sandbox: Sandbox) {
    this.settings = new Settings(where.config, sandbox.url, where.paste);
    const file = sandbox.url === undefined ? "connections.db" : "sandbox.db";
    const kept = sandbox.folder ?? dataFolder();
    this.store = where.store || process.env[STORE] || (sandbox.folder === undefined ? this.settings.store : undefined) || join(kept, file);
    if (where.store !== undefined && isDatabase(where.store) && new URL(where.store).password !== "") {
      throw trouble("password_shown", "store");
    }
  }

  /** Makes store and sealing key where they are not there yet, if it is to. */
  async connections(makes: boolean, logger: typeof QUIET | undefined = QUIET): Promise<Connections> {
    const { clients } = this.settings;
    if (clients.size === 0) throw trouble("no_client", "configuration");
    const store = await openStore(this.store);
    const keys = await sealingKeys(this.store, store, makes);
    return new Connections({ clients: Object.fromEntries(clients), store, keys, logger });
  }
}

/** The sandbox, if one is wanted. */
export interface Sandbox {
  readonly url: string | undefined;
  /** Where what is about it alone is kept, if it ends with this command. */
  readonly folder: string | undefined;
  end(): void;
}

/** One that is named is asked whether it is there, if anything is going to be sent. */
export async function sandboxed({ sandbox }: Where, asks = true): Promise<Sandbox> {
  const wanted = sandbox ?? process.env["VENUEKEY_SANDBOX_URL"];
  const [folder, end] = [undefined, () => {}];
  if (!wanted) return { url: undefined, folder, end };
  if (wanted !== START) {
    if (!/^https?:\/\//.test(wanted)) {
      throw trouble("sandbox_unavailable", "sandbox", { error: `'${wanted}' is not an http address` });
    }
    if (asks && !(await answers(wanted))) throw trouble("sandbox_unavailable", "sandbox", { error: `no sandbox answers at ${wanted}` });
    return { url: wanted, folder, end };
  }
  return (await answers(RUNNING_SANDBOX)) ? { url: RUNNING_SANDBOX, folder, end } : started();
}

async function answers(url: string): Promise<boolean> {
  try {
    const reply = await fetch(new URL("/_sandbox/health", url), { signal: AbortSignal.timeout(ANSWER_MS) });
    return ((await reply.json()) as { status?: unknown }).status === "ok";
  } catch {
    return false;
  }
}

/** The program `venuekey-sandbox`, at a free port; it knows a free port of ours, too. What it knows ends with it. */
async function started(): Promise<Sandbox> {
  const port = await freePort();
  const uris = Object.keys(ENVIRONMENTS).map((venue) => [venue, `http://127.0.0.1:${port}/callback/${venue}`] as const);
  for (const [venue, uri] of uris) process.env[`VENUEKEY_${venue.toUpperCase()}_REDIRECT_URI`] = uri;
  const options = uris.map(([venue, uri]) => `--redirect-uri=${venue}=${uri}`);
  const child = spawn("venuekey-sandbox", ["--port=0", ...options], { stdio: ["ignore", "pipe", "ignore"] });
  const error = "none is running on port 8700, and venuekey-sandbox is not installed";
  const failed = once(child, "error").then(() => Promise.reject(trouble("sandbox_unavailable", "sandbox", { error })));
  const line = async () => {
    for await (const each of createInterface({ input: child.stdout! })) if (each.includes(" listening on ")) return each.split(/\s+/).at(-1)!;
    throw trouble("sandbox_unavailable", "sandbox", { error: "it did not start" });
  };
  const url = await Promise.race([line(), failed]);
  const folder = mkdtempSync(join(tmpdir(), "venuekey-"));
  return {
    url,
    folder,
    end() {
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
