// The rows that the conformance suite saves.
import { ENVIRONMENTS } from "../venues.js";
import type { ConnectionRow } from "./row.js";

const [[VENUE, [ENVIRONMENT]]] = Object.entries(ENVIRONMENTS) as [[ConnectionRow["venue"], [ConnectionRow["environment"]]]];

export const NOW = 1_790_000_000_000;

/** A row to add; each number gives another id. */
export function rowOf(number: number, fields: Partial<ConnectionRow> = {}): ConnectionRow {
  return {
    id: number.toString(16).padStart(32, "0"),
    owner: "user-1",
    client: "main",
    venue: VENUE,
    environment: ENVIRONMENT,
    status: "working",
    revision: 1,
    sealingKeyId: "key-1",
    sealed: "0",
    ...fields,
  };
}

/** The same row, to follow it. */
export function nextOf(row: ConnectionRow, fields: Partial<ConnectionRow> = {}): ConnectionRow {
  return { ...row, revision: row.revision + 1, ...fields };
}

/** With every field, and text that quoting, encoding or shortening would change. */
export const FULL: ConnectionRow = rowOf(1, {
  owner: "Zoë '); DROP TABLE venuekey_connections; -- 🦄 \\ \" %s ? $1",
  label: "Größe: 大 \u{1F511} ﷽",
  status: "connected",
  intent: "disconnect",
  dueAtMs: NOW,
  leaseHolder: "worker-1",
  leaseUntilMs: NOW + 45_000,
  accountHash: "0123456789abcdef0123456789abcdef",
  sealed: `${"A".repeat(512 * 1024 - 1)}z`,
});
