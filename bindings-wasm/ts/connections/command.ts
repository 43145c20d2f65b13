#!/usr/bin/env node
// `npx venuekey`: connect, status, call, doctor, and the worker as a process of its own. docs/cli.md has all of it.
import { parseArgs, type ParseArgsConfig } from "node:util";
import { Misuse, START } from "../desk/apps.js";
import { call, connect, doctor, type Given, status, worker } from "../desk/commands.js";
import { asJson, failure } from "../desk/output.js";
import { VERSION } from "../constants.js";
import { findingOf } from "../desk/trouble.js";
import { USAGE } from "../desk/usage.js";
// What Node has, for the connections that these make.
import "./index.js";

const [FAILED, MISUSED, INTERRUPTED] = [1, 2, 130];
const TEXT = { type: "string" } as const;
const FLAG = { type: "boolean" } as const;
const WHERE = { sandbox: TEXT, store: TEXT, config: TEXT };
const COMMANDS = {
  connect: {
    run: connect,
    takes: [1, 1],
    options: { ...WHERE, json: FLAG, goal: TEXT, label: TEXT, owner: TEXT, again: FLAG, paste: FLAG, "no-browser": FLAG },
  },
  status: { run: status, takes: [0, 1], options: { ...WHERE, json: FLAG, app: TEXT } },
  call: { run: call, takes: [3, 4], options: { ...WHERE, json: FLAG, app: TEXT, patience: TEXT } },
  doctor: { run: doctor, takes: [0, 0], options: { ...WHERE, json: FLAG, app: TEXT, offline: FLAG, probes: TEXT } },
  worker: { run: worker, takes: [0, 1], options: { ...WHERE, holder: TEXT, once: FLAG } },
} as const;
type Name = keyof typeof COMMANDS;

function misused(message: string, name = ""): never {
  process.stderr.write(`${message}${message === "" ? "" : "\n\n"}${USAGE[name]}`);
  process.exit(MISUSED);
}

/** An option whose value may be left out is none of `parseArgs`. */
function withSandbox(args: readonly string[]): string[] {
  return args.flatMap((each, index) => {
    if (each === "--sandbox") return /^https?:/.test(args[index + 1] ?? "") ? [] : [`--sandbox=${START}`];
    return args[index - 1] === "--sandbox" && /^https?:/.test(each) ? [`--sandbox=${each}`] : [each];
  });
}

function parsed(name: Name, args: readonly string[]): { values: Given & { help?: boolean }; positionals: string[] } {
  const options = { ...COMMANDS[name].options, help: { type: "boolean", short: "h" } } as NonNullable<ParseArgsConfig["options"]>;
  try {
    return parseArgs({ args: withSandbox(args), options, allowPositionals: true }) as ReturnType<typeof parsed>;
  } catch (error) {
    return misused((error as Error).message, name);
  }
}

/** The process ends with this code once its output is written. */
function ends(code: number): void {
  process.exitCode = code;
  process.stdout.write("", () => process.exit(code));
}

const [name = "", ...rest] = process.argv.slice(2);
if (name === "--help" || name === "-h") {
  process.stdout.write(USAGE[""]!);
  process.exit(0);
}
if (name === "--version") {
  process.stdout.write(`venuekey ${VERSION}\n`);
  process.exit(0);
}
if (!Object.hasOwn(COMMANDS, name)) misused(name === "" ? "" : `there is no command ${JSON.stringify(name)}`);
const command = COMMANDS[name as Name];
const { positionals, values } = parsed(name as Name, rest);
if (values.help === true) {
  process.stdout.write(USAGE[name]!);
  process.exit(0);
}
const [least, most] = command.takes;
if (positionals.length < least || positionals.length > most) misused("", name);
if (values.store === "") misused("--store is empty", name);
if (values.goal !== undefined && !["api_key", "account_tokens"].includes(values.goal)) misused("--goal is api_key or account_tokens", name);
// Whoever reads has had enough.
process.stdout.on("error", () => process.exit(FAILED));
// A worker ends politely by itself, and so does what connects once its own worker is running.
if (name !== "worker") process.once("SIGINT", () => setTimeout(() => interrupted(), name === "connect" ? 60_000 : 0).unref());

function interrupted(): void {
  process.stderr.write("\nStopped. Nothing is lost: run it again to continue.\n");
  process.exit(INTERRUPTED);
}

try {
  ends(await command.run(values, positionals));
} catch (error) {
  const finding = findingOf(error);
  if (error instanceof Misuse) {
    process.stderr.write(`venuekey: ${error.message}\n`);
    process.exit(MISUSED);
  }
  if (error instanceof Error && error.name === "AbortError") interrupted();
  if (finding === undefined) throw error;
  // A worker's log is all it says.
  if (values.json === true) asJson({ error: finding });
  failure(finding);
  ends(FAILED);
}
