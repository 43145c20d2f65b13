// The clients of the command line: of the environment, a file, or the sandbox. No secret comes by argument.
//
// The file is TOML, of which this reads tables with texts: what stands there must be the same for the command in Python, and
// neither needs a library for it.
import { readFileSync } from "node:fs";
import type { AnyClient } from "../client.js";
import { Client as PublicClient } from "../public-client.js";
import { Client } from "../server-client.js";
import { camelCase } from "../spelling.js";
import { isVenuekeyError } from "./check-clients.js";
import type { Finding } from "../connections/finding.js";
import { found, told } from "./findings.js";
import { configFile } from "./home.js";
import { Trouble } from "../connections/trouble.js";
import { trouble } from "./trouble.js";

type Given = Record<string, string>;

/** By default. */
const ENVIRONMENTS: Readonly<Given> = { whitebit: "global", bybit: "mainnet" };
/** Bybit's public client: it needs no registration, and so no configuration. */
export const AGENT = "bybit-agent";
const AGENT_SETTINGS = { venue: "bybit", client_id: "ai-agent", redirect_uri: "http://127.0.0.1:9876/callback" };
const AGENT_PAGES: Readonly<Given> = {
  mainnet: "https://www.bybit.com/oauth/callback",
  testnet: "https://testnet.bybit.com/oauth/callback",
};
const SETTINGS = [
  "venue", "environment", "client_id", "client_secret", "redirect_uri", "authorize_base", "api_base", "rest_base", "locale", "scope",
  "user_agent",
];
const TABLE = /^\[([A-Za-z0-9_-]+)\]\s*(?:#.*)?$/;
const ENTRY = /^([A-Za-z0-9_-]+)\s*=\s*(?:"([^"\\]*)"|'([^']*)')\s*(?:#.*)?$/;

/** What is known of each client, and which of them can be made. */
export class Settings {
  readonly clients = new Map<string, AnyClient>();
  readonly redirectUris = new Map<string, string>();
  readonly findings: Finding[] = [];
  readonly store: string | undefined;

  constructor(path: string | undefined, sandbox: string | undefined, pastes = false) {
    const tables = read(path ?? process.env["VENUEKEY_CONFIG"]);
    this.store = tables.get("")?.["store"];
    for (const name of new Set([...Object.keys(ENVIRONMENTS), AGENT, ...[...tables.keys()].filter(Boolean)])) {
      const given = { ...(name === AGENT ? AGENT_SETTINGS : {}), ...tables.get(name), ...ofEnvironment(name) };
      const wanted = sandbox === undefined ? given : ofSandbox(name, given, sandbox);
      if (Object.keys(wanted).length > 0) this.#add(name, wanted, pastes);
    }
  }

  #add(name: string, given: Given, pastes: boolean): void {
    const [about, prefix] = [`client ${name}`, prefixOf(name)];
    const venue = (given["venue"] ??= name);
    const environment = (given["environment"] ??= ENVIRONMENTS[venue] ?? "");
    const isPublic = given["client_secret"] === undefined && given["client_id"] === AGENT_SETTINGS.client_id;
    if (isPublic && pastes) given["redirect_uri"] = AGENT_PAGES[environment] ?? AGENT_PAGES["mainnet"]!;
    const redirectUri = given["redirect_uri"];
    if (given["client_secret"] === undefined && !isPublic) {
      this.findings.push(found("client_secret_missing", about, { variable: `${prefix}CLIENT_SECRET` }));
    } else if (redirectUri === undefined) {
      this.findings.push(found("redirect_uri_missing", about, { variable: `${prefix}REDIRECT_URI` }));
    } else {
      const config = Object.fromEntries(Object.entries(given).map(([setting, value]) => [camelCase(setting), value])) as never;
      try {
        this.clients.set(name, isPublic ? new PublicClient(config) : new Client(config));
        this.redirectUris.set(name, redirectUri);
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
    throw why === undefined ? trouble("no_client", `client ${name}`) : new Trouble(why);
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
  const environment = given["environment"] ?? ENVIRONMENTS[venue]!;
  const base = `${sandbox.replace(/\/+$/, "")}/${venue}/${environment}`;
  const redirect = given["redirect_uri"] ?? `http://127.0.0.1:8000/callback/${venue}`;
  const own = { venue, environment, authorize_base: base, api_base: base, redirect_uri: redirect };
  if (given["client_id"] === AGENT_SETTINGS.client_id) return { ...own, client_id: given["client_id"] };
  return { ...own, client_id: `demo-${venue}`, client_secret: `demo-${venue}-secret` };
}

function read(path: string | undefined): Map<string, Given> {
  const file = path || configFile();
  let error: string;
  try {
    return parsed(readFileSync(file, "utf8"));
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === "ENOENT" && !path) return new Map();
    error = code === "ENOENT" ? `there is no file ${file}` : `${file}: ${code ?? (thrown as Error).message}`;
  }
  throw trouble("config_invalid", "configuration", { error });
}

/**
 * Tables and their texts; what stands before the first table is in the table "".
 * @throws Error its line, and never what stands there.
 */
function parsed(text: string): Map<string, Given> {
  let table: Given = {};
  let known = ["store"];
  const tables = new Map([["", table]]);
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const [line, at] = [raw.trim(), `line ${index + 1}`];
    if (line === "" || line.startsWith("#")) continue;
    const [, name] = TABLE.exec(line) ?? [];
    const [, setting, basic, literal] = ENTRY.exec(line) ?? [];
    if (name !== undefined) {
      if (tables.has(name)) throw new Error(`${at}: the table is there already`);
      [table, known] = [{}, SETTINGS];
      tables.set(name, table);
    } else if (setting === undefined) throw new Error(`${at}: expected [name], or name = "text"`);
    else if (!known.includes(setting)) throw new Error(`${at}: ${setting} is none of ${known.join(", ")}`);
    else table[setting] = basic ?? literal ?? "";
  }
  return tables;
}
