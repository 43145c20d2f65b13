// What the command line prints: tables for a person, JSON for a program.
import type { ConnectionView } from "../connections/view.js";
import { snakeCase } from "../spelling.js";
import type { Finding } from "../connections/finding.js";

type Clients = Pick<ReadonlySet<string>, "has">;

const COLOURS = { ok: 32, warn: 33, fail: 31 };
const NAMES = [
  "id", "owner", "client", "label", "venue", "environment", "goal", "status", "begunAtMs", "attempt", "expiresAtMs", "choices", "error",
  "recovery", "replacesKey", "wait", "uid", "keyId", "key", "scope", "keyLeft", "intent", "dueAtMs", "noWorker", "trail",
] as const;

function out(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** With the names that the command has in every language. */
export function asJson(value: unknown): void {
  out(JSON.stringify(plain(value), null, process.stdout.isTTY === true ? 2 : undefined));
}

function plain(value: unknown): unknown {
  if (value === undefined) return null;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [snakeCase(name), plain(each)]));
}

/** All of it but `authorizeUrl`. */
export function viewed(view: ConnectionView): Record<string, unknown> {
  const { attempt, choices, error, key, trail, wait } = view;
  return {
    ...Object.fromEntries(NAMES.map((name) => [name, view[name]])),
    attempt: attempt && { number: attempt.number, status: attempt.status, expiresAtMs: attempt.expiresAtMs, request: attempt.request },
    key: key && {
      id: key.id, ending: key.ending, subMemberId: key.subMemberId, ips: key.ips, isReadOnly: key.isReadOnly, endsAtMs: key.endsAtMs,
      permissions: key.permissions?.map(({ name, title, granted, withheld }) => ({ name, title, granted, withheld })),
    },
    choices: choices && {
      subaccounts: choices.subaccounts.map(({ id, nickname }) => ({ id, nickname })),
      mayCreate: choices.mayCreate,
      creationInDoubt: choices.creationInDoubt,
    },
    error: error && { code: error.code, kind: error.kind, hint: error.hint },
    wait: wait && { reason: wait.reason, attempts: wait.attempts, untilMs: wait.untilMs, givesUpAtMs: wait.givesUpAtMs },
    trail: trail.map(({ atMs, what, code }) => ({ atMs, what, code })),
  };
}

function table(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const row of rows) out(row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd());
}

export function showFindings(findings: readonly Finding[]): void {
  for (const { about, code, docUrl, level, text, todo } of findings) {
    out(`${coloured(level)}  ${printable(about)}: ${printable(text)}`);
    if (level !== "ok") out(`      ${code}: ${printable(todo)}\n      ${docUrl}`);
  }
}

/** Two lines: what is wrong, and what helps. */
export function failure({ about, code, docUrl, text, todo }: Finding): void {
  const of = about === "venuekey" ? "" : `${printable(about)}: `;
  process.stderr.write(`venuekey: ${code}: ${of}${printable(text)}\n  ${printable(todo)}${todo === "" ? "" : "; "}${docUrl}\n`);
}

/** Where its client is not configured, nothing is wrong with the row: this process can't open it. */
function state(view: ConnectionView, clients: Clients): readonly [status: string, why: string] {
  const { client, error, noWorker, status, wait } = view;
  if (!clients.has(client)) return ["unknown", printable(`no client '${client}' is configured`)];
  return [status, error?.code ?? (noWorker ? "no worker" : (wait?.reason ?? ""))];
}

export function showConnections(views: readonly ConnectionView[], clients: Clients): void {
  const rows = views.map((view) => {
    const names = [view.client, view.owner, view.label ?? ""].map(printable);
    return [view.id, ...names, ...state(view, clients)];
  });
  table([["ID", "CLIENT", "OWNER", "LABEL", "STATUS", ""], ...rows]);
}

export function showConnection(view: ConnectionView, clients: Clients): void {
  const { trail, ...rest } = plain(viewed(view)) as Record<string, unknown>;
  if (!clients.has(view.client)) [rest["status"], rest["error"]] = state(view, clients);
  table(
    Object.entries(rest)
      .filter(([, value]) => value !== null && value !== false)
      .map(([name, value]) => [name, printable(words(value))]),
  );
  for (const { at_ms: atMs, code, what } of trail as { at_ms: number; what: string; code: string | null }[]) {
    out(`  ${time(atMs)}  ${what}${code === null ? "" : ` (${code})`}`);
  }
}

/** Labels are the user's own: nothing in them moves a cursor. */
function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
}

function words(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  return entries.map(([name, each]) => `${name}: ${words(each)}`).join(", ");
}

function time(atMs: number): string {
  return new Date(atMs).toISOString().replace("T", " ").slice(0, 19);
}

function coloured(level: Finding["level"]): string {
  const text = level.padEnd(4);
  return process.stdout.isTTY !== true || "NO_COLOR" in process.env ? text : `\u001b[${COLOURS[level]}m${text}\u001b[0m`;
}
