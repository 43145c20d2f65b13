// Checked by tsc, never run: the stores' types, without those of their drivers.
import { test } from "node:test";
import { type ConnectionRow, type Store, StoreError, type Stored } from "venuekey/stores";
import { conformance, type ConformanceSubject } from "venuekey/stores/conformance";
import { DurableObjectStore, type DurableStorage } from "venuekey/stores/durable-objects";
import { PostgresStore, StoreError as PostgresError } from "venuekey/stores/postgres";
import { type SQLiteDatabase, SQLiteStore } from "venuekey/stores/sqlite";

export const stores: readonly Store[] = [
  new SQLiteStore("connections.db"),
  new SQLiteStore(new URL("file:///connections.db"), { prefix: "app_", driver: "node:sqlite" }),
  new SQLiteStore("connections.db", { driver: (path): SQLiteDatabase => opened(path) }),
  new PostgresStore("postgresql://127.0.0.1/app", { maxConnections: 2 }),
  new PostgresStore({ host: "127.0.0.1", password: () => "secret" }),
  new DurableObjectStore(storage, { prefix: "app_" }),
];
declare const storage: DurableStorage;
declare function opened(path: string): SQLiteDatabase;

export async function look(store: Store, row: ConnectionRow): Promise<Stored | undefined> {
  try {
    const won: boolean = await store.save({ ...row, revision: row.revision + 1 });
    return won ? await store.load(row.id) : (await store.due(1, 1))[0];
  } catch (error) {
    if (error instanceof StoreError && error instanceof PostgresError) error.operation satisfies string;
    throw error;
  }
}

export const subject: ConformanceSubject = { makePlace: () => "place", openStore: (place) => new SQLiteStore(place) };
await conformance(test, new URL("subject.js", import.meta.url));

// @ts-expect-error: there is no such driver.
new SQLiteStore("connections.db", { driver: "sqlite3" });
