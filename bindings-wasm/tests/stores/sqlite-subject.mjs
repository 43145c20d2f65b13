import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SQLiteStore } from "venuekey/stores/sqlite";

export const DRIVER = process.env.VENUEKEY_SQLITE ?? "better-sqlite3";

const Database = DRIVER === "node:sqlite" ? (await import(DRIVER)).DatabaseSync : (await import(DRIVER)).default;

const full = new Set();
const opened = [];

function limit(db, path) {
  // It is never less than what there is.
  db.exec(`PRAGMA max_page_count = ${full.has(path) ? 1 : 0xfffffffe}`);
}

/** The driver, with a disk that can be full. */
export function driver(path) {
  const db = new Database(path);
  opened.push([db, path]);
  limit(db, path);
  return db;
}

function limitAll(place) {
  for (const [db, path] of opened) if (path === place && (db.isOpen ?? db.open)) limit(db, path);
}

export const makePlace = () => join(mkdtempSync(join(tmpdir(), "venuekey-store-")), "connections.db");
export const removePlace = (place) => rmSync(dirname(place), { recursive: true });
export const openStore = (place) => new SQLiteStore(place, { driver });
export function breakPlace(place) {
  full.add(place);
  limitAll(place);
}
export function mendPlace(place) {
  full.delete(place);
  limitAll(place);
}
