// Whether the store works, and why not.
import type { Store, StoreError } from "../stores/store.js";
import type { Finding } from "../connections/finding.js";
import { type Code, found } from "./findings.js";

/** A counter of the doctor's own: raising it by nothing is a write that harms nobody. */
const COUNTER = "doctor";
const APART_MS = 30_000;

// By the drivers' own names, in Python and in Node; the first that fits.
const NAMES: readonly (readonly [RegExp, Code])[] = [
  [/schema is version/, "store_schema_newer"],
  [/SQLITE_READONLY|READONLY|ReadOnly|\(25006\)/, "store_read_only"],
  [/SQLITE_FULL|DiskFull|\(53100\)|ENOSPC/, "store_full"],
  [/SQLITE_BUSY|SQLITE_LOCKED|LockNotAvailable|\(55P03\)/, "store_locked"],
  [/SQLITE_CORRUPT|SQLITE_NOTADB|DataCorrupted|\(XX00[12]\)/, "store_damaged"],
  [/SQLITE_CANTOPEN|ENOENT|EACCES|EPERM|EISDIR|ENOTDIR/, "store_unreachable"],
  [/ECONN|ENOTFOUND|ETIMEDOUT|\((?:08\w{3}|57P0\d|28\w{3}|3D000)\)|[Cc]onnect|timeout|conninfo/, "store_unreachable"],
];

export async function checkStore(store: Store, name: string): Promise<Finding[]> {
  let ofStore: number | undefined;
  try {
    await store.nextDue();
    await store.bump(COUNTER, 0, 0);
    ofStore = await store.nowMs();
  } catch (error) {
    return [ofStoreError(error)];
  }
  const findings = [found("store_ok", "store", { store: name })];
  const aheadMs = ofStore === undefined ? 0 : ofStore - Date.now();
  if (Math.abs(aheadMs) >= APART_MS) {
    const direction = aheadMs > 0 ? "ahead of" : "behind";
    findings.push(found("store_clock_apart", "store", { seconds: Math.round(Math.abs(aheadMs) / 1000), direction }));
  }
  return findings;
}

export function isStoreError(error: unknown): error is StoreError {
  return error instanceof Error && error.name === "StoreError" && "operation" in error;
}

/** @throws the error itself, where it is not a store's. */
export function ofStoreError(error: unknown): Finding {
  if (!isStoreError(error)) throw error;
  const code = NAMES.find(([pattern]) => pattern.test(error.error))?.[1] ?? "store_fails";
  return found(code, "store", { error: `${error.operation}: ${error.error}` });
}
