// The clients of the command line: of the environment, a JSON file, or the sandbox. No secret comes by argument.
import { readFileSync } from "node:fs";
import type { AnyClient } from "../client.js";
import { Client as PublicClient } from "../public-client.js";
import { Client } from "../server-client.js";
import { camelCase } from "../spelling.js";
import { ENVIRONMENTS } from "../venues.js";
import { isVenuekeyError } from "./check-clients.js";
import type { Finding } from "../connections/finding.js";
import { found, told } from "./findings.js";
import { configFile } from "./home.js";
import { Trouble } from "../connections/trouble.js";
import { AGENT, AGENT_PAGES } from "./texts.js";
import { trouble } from "./trouble.js";

type Given = Record<string, string>;

const { name: AGENT_NAME, ...AGENT_SETTINGS } = AGENT;
const SETTINGS = [
  "venue", "environment", "client_id", "client_secret", "redirect_uri", "authorize_base", "api_base", "rest_base", "locale", "scope",
  "user_agent",
];

/** What is known of each client, and which of them can be made. */
export class Settings {
  readonly clients = new Map<string, AnyClient>();
  readonly findings: Finding[] = [];
  readonly store: string | undefined;

  constructor(path: string | undefined, sandbox: string | undefined, pastes = false) {
    const { store, clients } = read(path ?? process.env["VENUEKEY_CONFIG"]);
    this.store = store;
    for (const name of new Set([...Object.keys(ENVIRONMENTS), AGENT_NAME, ...Object.keys(clients)])) {
      const given = { ...(name === AGENT_NAME ? AGENT_SETTINGS : {}), ...clients[name], ...ofEnvironment(name) };
      const wanted = sandbox === undefined ? given : ofSandbox(name, given, sandbox);
      if (Object.keys(wanted).length > 0) this.#add(name, wanted, pastes);
    }
  }

  #add(name: string, given: Given, pastes: boolean): void {
    const [about, prefix] = [`client ${name}`, prefixOf(name)];
    const venue = (given["venue"] ??= name);
    const environment = (given["environment"] ??= ENVIRONMENTS[venue]?.[0] ?? "");
    const isPublic = given["client_secret"] === undefined && given["client_id"] === AGENT.client_id;
    if (isPublic && pastes) given["redirect_uri"] = AGENT_PAGES[environment] ?? AGENT_PAGES[ENVIRONMENTS[AGENT.venue]![0]]!;
    if (given["client_secret"] === undefined && !isPublic) {
      this.findings.push(found("client_secret_missing", about, { variable: `${prefix}CLIENT_SECRET` }));
    } else if (given["redirect_uri"] === undefined) {
      this.findings.push(found("redirect_uri_missing", about, { variable: `${prefix}REDIRECT_URI` }));
    } else {
      const config = Object.fromEntries(Object.entries(given).map(([setting, value]) => [camelCase(setting), value])) as never;
      try {
        this.clients.set(name, isPublic ? new PublicClient(config) : new Client(config));
      } catch (error) {
        if (!isVenuekeyError(error)) throw error;
        this.findings.push(found("client_invalid", about, { error: told(error) }));
      }
    }
  }

  /** @throws Trouble there is none by that name, or it can't be made. */
  client(name: string): AnyClient {
    const client = this.clients.get(name);
    if (client !== undefined) return client;
    const why = this.findings.find(({ about }) => about === `client ${name}`);
    if (why !== undefined) throw new Trouble(why);
    if (Object.hasOwn(ENVIRONMENTS, name)) throw trouble("no_client", `client ${name}`);
    throw trouble("client_not_found", `client ${name}`, { names: [...this.clients.keys()].join(", ") });
  }
}

function prefixOf(name: string): string {
  return `VENUEKEY_${name.toUpperCase().replaceAll("-", "_")}_`;
}

function ofEnvironment(name: string): Given {
  const values = SETTINGS.map((setting) => [setting, process.env[prefixOf(name) + setting.toUpperCase()] ?? ""]);
  return Object.fromEntries(values.filter(([, value]) => value !== "")) as Given;
}

/** The sandbox's own client, which every sandbox knows, whatever is configured for the venue itself. */
function ofSandbox(name: string, given: Given, sandbox: string): Given {
  const venue = given["venue"] ?? name;
  if (!(venue in ENVIRONMENTS)) return given;
  const environment = given["environment"] ?? ENVIRONMENTS[venue]![0];
  const base = `${sandbox.replace(/\/+$/, "")}/${venue}/${environment}`;
  const redirect = given["redirect_uri"] ?? `http://127.0.0.1:8000/callback/${venue}`;
  const own = { venue, environment, authorize_base: base, api_base: base, redirect_uri: redirect };
  if (given["client_id"] === AGENT.client_id) return { ...own, client_id: given["client_id"] };
  return { ...own, client_id: `demo-${venue}`, client_secret: `demo-${venue}-secret` };
}

interface Configured {
  readonly store?: string | undefined;
  /** The settings of each. */
  readonly clients: Readonly<Record<string, Given>>;
}

function read(path: string | undefined): Configured {
  const file = path || configFile();
  let error: string;
  try {
    return parsed(readFileSync(file));
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === "ENOENT" && !path) return { clients: {} };
    error = code === "ENOENT" ? `there is no file ${file}` : `${file}: ${code ?? (thrown as Error).message}`;
  }
  throw trouble("config_invalid", "configuration", { error });
}

/** @throws Error what is wrong, and never what stands there. */
function parsed(text: Uint8Array): Configured {
  let given: unknown;
  try {
    given = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch {
    // The engine's own message quotes the text.
    throw new Error("it is not valid JSON");
  }
  const { store = "", clients = {} } = known(given, "it", ["store", "clients"]);
  const settings = Object.entries(known(clients, "clients")).map(([name, each]) => [name, known(each, name, SETTINGS)] as const);
  for (const [name, each] of [["it", { store }] as const, ...settings]) {
    for (const [setting, value] of Object.entries(each)) {
      if (typeof value !== "string") throw new Error(`${setting} of ${name} must be text`);
    }
  }
  return { store: (store as string) || undefined, clients: Object.fromEntries(settings) as Record<string, Given> };
}

function known(given: unknown, name: string, names?: readonly string[]): Record<string, unknown> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw new Error(`${name} must be a JSON object`);
  for (const each of Object.keys(given)) {
    if (names?.includes(each) === false) throw new Error(`${name} has '${each}', which is not one of ${names.join(", ")}`);
  }
  return given as Record<string, unknown>;
}
