/**
 * Which process runs a flow, and whether that process still lives.
 *
 * A lease ends by itself unless its holder renews it; that alone is enough. Besides, each process holds SQLite's lock on a
 * file under its own name, which ends with the process, however it ends: so a successor need not wait until the lease
 * runs out. The lock is SQLite's because Node has none of its own.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import Database from "libsql";
import { isBusy } from "./errors.js";

/** A lease's length. Its holder renews it three times in that span. */
export const LEASE_MS = 60_000;

/** When a lease that is taken or renewed now ends. Real time, whatever the flows' clock says. */
export function leaseUntilMs() {
  return Date.now() + LEASE_MS;
}

/** This process as the holder of leases. */
export class Owner {
  /** @param {string} folder */
  constructor(folder) {
    mkdirSync(folder, { mode: 0o700, recursive: true });
    this.name = `${process.pid}-${randomBytes(6).toString("hex")}`;
    this.folder = folder;
    this.lock = lock(this.#path(this.name));
  }

  /** Whether the process of that name is known to have ended. @param {string} name */
  isGone(name) {
    if (name === this.name) return false;
    const path = this.#path(name);
    if (!existsSync(path)) return true;
    const held = lock(path);
    held?.close();
    if (held !== undefined) rmSync(path, { force: true });
    return held !== undefined;
  }

  release() {
    this.lock?.close();
    rmSync(this.#path(this.name), { force: true });
  }

  /** @param {string} name */
  #path(name) {
    return `${this.folder}/${name}.lock`;
  }
}

/** The file, locked as long as it is open; absent where another process has it. @param {string} path */
function lock(path) {
  const file = new Database(path);
  try {
    file.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
    return file;
  } catch (error) {
    file.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}
