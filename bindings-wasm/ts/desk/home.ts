// Where a program at the desk keeps its connections: an SQLite file in the user's own folder, and its sealing key.
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { SealingKeys } from "../base.js";
import type { Store } from "../stores/store.js";
import type { Finding } from "../connections/finding.js";
import { found } from "./findings.js";
import { Trouble } from "../connections/trouble.js";
import { trouble } from "./trouble.js";

export const STORE = "VENUEKEY_STORE";
const KEY = "VENUEKEY_SEALING_KEY";
const KEY_ID = "local";

/** As the platform has it: `$XDG_DATA_HOME/venuekey`, `~/Library/Application Support/venuekey`, `%LOCALAPPDATA%`. */
export function dataFolder(): string {
  const { LOCALAPPDATA, XDG_DATA_HOME } = process.env;
  if (process.platform === "win32") return join(LOCALAPPDATA || join(homedir(), "AppData/Local"), "venuekey");
  if (process.platform === "darwin") return join(homedir(), "Library/Application Support/venuekey");
  return join(XDG_DATA_HOME || join(homedir(), ".local/share"), "venuekey");
}

export function configFile(): string {
  if (process.platform === "win32" || process.platform === "darwin") return join(dataFolder(), "config.json");
  return join(process.env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "venuekey/config.json");
}

export function isDatabase(store: string): boolean {
  return /^postgres(ql)?:/.test(store);
}

export function isThere(store: string): boolean {
  return isDatabase(store) || existsSync(store);
}

function isFolder(store: string): boolean {
  return !isDatabase(store) && statSync(store, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The file, which is made where it is not there, or a PostgreSQL database. */
export async function openStore(store: string): Promise<Store> {
  if (isFolder(store)) throw trouble("store_unreachable", "store", { error: `${store} is a folder; name a file in it` });
  if (isDatabase(store)) {
    const { PostgresStore } = await import("../stores/postgres.js");
    return new PostgresStore(store);
  }
  try {
    mkdirSync(dirname(store), { recursive: true, mode: 0o700 });
  } catch {
    // What is wrong with the folder, the store says.
  }
  const { SQLiteStore } = await import("../stores/sqlite.js");
  return new SQLiteStore(store);
}

/** Beside the store's file. */
export function keyFile(store: string): string {
  return isDatabase(store) ? join(dataFolder(), "connections.key") : `${store.replace(/\.[^./\\]*$/, "")}.key`;
}

/**
 * Those of the environment, else those of the file, which is made for the store's first row; who only looks goes without a
 * file.
 * @throws Trouble there are rows and no key, or what is there is no key.
 */
export async function sealingKeys(store: string, opened: Store, makes = true): Promise<SealingKeys> {
  const given = process.env[KEY];
  // Opens it: what is wrong with the store is told first.
  const [row] = await opened.rowsSealedByOthers("", 1);
  if (given) return parsed(given, KEY);
  const path = keyFile(store);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw trouble("sealing_key_invalid", "sealing", { path });
    if (row !== undefined) throw trouble("sealing_key_missing", "sealing", { path });
    text = makes ? made(path) : fresh();
  }
  return parsed(text, path);
}

/** Where others may read the key. */
export function exposed(store: string): Finding[] {
  const path = keyFile(store);
  if (process.platform === "win32" || process.env[KEY] || !existsSync(path)) return [];
  return (statSync(path).mode & 0o077) === 0 ? [] : [found("sealing_key_exposed", "sealing", { path })];
}

/** `id:hex`, the newest first; without an id it is the one key there ever was. */
function parsed(text: string, path: string): SealingKeys {
  const keys = text.split(/\s+/).filter(Boolean).map((each) => {
    const [, id = KEY_ID, key = ""] = /^(?:(.+):)?([0-9a-f]{64})$/i.exec(each) ?? [];
    return [id, Buffer.from(key, "hex")] as const;
  });
  try {
    if (keys.length > 0 && keys.every(([, key]) => key.length === 32)) return new SealingKeys(keys.map(([id, key]) => [id, key]));
  } catch (error) {
    if (error instanceof Trouble) throw error;
  }
  throw trouble("sealing_key_invalid", "sealing", { path });
}

function fresh(): string {
  return `${KEY_ID}:${randomBytes(32).toString("hex")}\n`;
}

/** A new key, whole or not there at all; if another process was first, its key. */
function made(path: string): string {
  const beside = `${path}.${randomBytes(4).toString("hex")}`;
  const text = fresh();
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const file = openSync(beside, "wx", 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (!placed(beside, path)) return readFileSync(path, "utf8");
    sync(dirname(path));
    return text;
  } catch (error) {
    throw trouble("sealing_key_unwritable", "sealing", { path, error: (error as NodeJS.ErrnoException).code ?? "an error" });
  } finally {
    rmSync(beside, { force: true });
  }
}

/** Unlike a rename, a link does not replace what is there; not every file system has them. */
function placed(beside: string, path: string): boolean {
  try {
    linkSync(beside, path);
  } catch {
    if (existsSync(path)) return false;
    renameSync(beside, path);
  }
  return true;
}

/** Or the name is lost in a crash, and with it every row. */
function sync(folder: string): void {
  try {
    const handle = openSync(folder, "r");
    fsyncSync(handle);
    closeSync(handle);
  } catch {
    // Windows opens no folders.
  }
}
