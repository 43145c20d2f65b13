#!/usr/bin/env node
// `npx venuekey worker ./app.mjs`: the worker as a process of its own.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { Connections } from "./connections.js";

const USAGE = `usage: venuekey worker ./app.mjs[:connections] [--holder NAME] [--once]

Does what is due, until SIGTERM or SIGINT. The module exports Connections by that name, "connections" or "default" where
none is given.

  --holder NAME  the worker's name; no two at work share one
  --once         does what is due now, and ends
`;
const BRAND = Symbol.for("venuekey.connections");

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

function parsed() {
  try {
    const options = { holder: { type: "string" }, once: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${USAGE}`);
  }
}

/** A Windows path may have a colon too. */
function split(app: string): [path: string, name: string | undefined] {
  const found = /^(.{2,}):([A-Za-z_$][\w$]*)$/.exec(app);
  return found === null ? [app, undefined] : [found[1]!, found[2]];
}

function isConnections(value: unknown): value is Connections {
  return typeof value === "object" && value !== null && BRAND in value;
}

async function connectionsOf(app: string): Promise<Connections> {
  const [path, name] = split(app);
  const module = (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>;
  const names = name === undefined ? ["connections", "default"] : [name];
  // What a CommonJS module exports is all in its default.
  const exported = names.flatMap((each) => [module[each], Object(module["default"])[each] as unknown]);
  return exported.find(isConnections) ?? fail(`${app}: it exports no Connections as ${names.join(" or ")}`);
}

const { values, positionals } = parsed();
if (values.help === true) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const [command, app] = positionals;
if (command !== "worker" || app === undefined || positionals.length > 2) fail(USAGE);
const connections = await connectionsOf(app);
const { holder } = values;
if (values.once === true) {
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => connections.stop());
  await connections.runOnce({ holder });
} else {
  await connections.run({ holder });
}
// Nothing is in flight by now, and the module may hold the process open.
process.exit(0);
