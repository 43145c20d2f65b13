// Connections in SQLite, by the suite that ships, and what only a file does.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { conformance } from "venuekey/stores/conformance";
import { SQLiteStore, StoreError } from "venuekey/stores/sqlite";
import { DRIVER, driver, makePlace, removePlace } from "./sqlite-subject.mjs";
import { row, withMigration } from "./tables.mjs";

await conformance(test, new URL("sqlite-subject.mjs", import.meta.url));

const here = fileURLToPath(new URL(".", import.meta.url));

function withPlace(name, run) {
  test(name, async () => {
    const place = makePlace();
    try {
      await run(place);
    } finally {
      removePlace(place);
    }
  });
}

async function using(path, run, options = { driver }) {
  const store = new SQLiteStore(path, options);
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

function ask(place, query) {
  const db = driver(place);
  try {
    return db.prepare(query).all().map((found) => ({ ...found }));
  } finally {
    db.close();
  }
}

/** sqlite.org/howtocorrupt.html, 2.2: without it, another process that ends takes the write-ahead log for nobody's. */
test("a second store in the process costs the first one no lock", { skip: process.platform !== "linux" }, async () => {
  const place = makePlace();
  // By the bytes that readers lock (SHARED_FIRST in sqlite3.c), not by the inode, which is another one in a container's layers.
  const locks = () => {
    const ours = ([, , , , pid, , from]) => pid === `${process.pid}` && from === "1073741826";
    return readFileSync("/proc/locks", "utf8").split("\n").map((line) => line.split(/\s+/)).filter(ours).length;
  };
  await using(place, async (store) => {
    const before = locks();
    await store.save(row());
    assert.equal(locks(), before + 1);
    await using(place, async (other) => {
      await other.nextDue();
      assert.equal(locks(), before + 1);
    });
  });
  removePlace(place);
});

withPlace("a save, a bump and a deletion have reached the disk when they resolve", async (place) => {
  const shim = join(dirname(place), "syncs.so");
  execFileSync("cc", ["-shared", "-fPIC", "-o", shim, join(here, "syncs.c")]);
  const child = spawn(process.execPath, [join(here, "saves.mjs"), place], {
    env: { ...process.env, LD_PRELOAD: shim },
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const lines = (await text(child.stdio[3])).trim().split("\n");
  // Of what is between a call and its end.
  const calls = lines.join(" ").match(/begin \w+( sync)* end \w+/g);
  assert.equal(calls?.length, 8, lines.join(" "));
  for (const call of calls) assert.match(call, call.includes("load") ? /^begin load end load$/ : / sync /, call);
});

withPlace("the file is its owner's alone, and what was overwritten is not in it", async (place) => {
  await using(place, async (store) => {
    // More than a page, which is free then.
    await store.save(row({ sealed: "hidden-sealed".repeat(4000) }));
    await store.save(row({ revision: 2, sealed: "other" }));
    const files = readdirSync(dirname(place));
    assert.deepEqual(files.sort(), ["connections.db", "connections.db-shm", "connections.db-wal"]);
    for (const file of files) assert.equal(statSync(join(dirname(place), file)).mode & 0o777, 0o600, file);
  });
  assert.doesNotMatch(readFileSync(place, "latin1"), /hidden-sealed/);
});

withPlace("another process's transaction is waited for, and this process goes on meanwhile", async (place) => {
  await using(place, async (store) => {
    await store.save(row());
    const other = driver(place);
    other.exec("BEGIN IMMEDIATE");
    let isSaved = false;
    const saving = store.save(row({ revision: 2 })).then((won) => (isSaved = won));
    for (let turns = 5; turns > 0; turns--) assert.ok(await store.load(row().id));
    assert.equal(isSaved, false);
    other.exec("COMMIT");
    other.close();
    assert.equal(await saving, true);
  });
});

withPlace("a path may be a file's URL; the driver need not be said", async (place) => {
  await using(pathToFileURL(place), (store) => store.save(row()), {});
  assert.deepEqual(ask(place, "SELECT id, revision FROM venuekey_connections"), [{ id: row().id, revision: 1 }]);
  const absent = DRIVER === "better-sqlite3" ? "node:sqlite" : "better-sqlite3";
  const said = { name: "StoreError", message: new RegExp(`^the store's open failed: no driver can be loaded \\(${absent}: `) };
  await using(place, (store) => assert.rejects(store.load("x"), said), { driver: absent });
});

test("what is no file is refused", () => {
  for (const path of ["", ":memory:"]) assert.throws(() => new SQLiteStore(path), TypeError);
});

withPlace("a folder that is not there, a file that is no database", async (place) => {
  await using(join(place, "a/b"), (store) => assert.rejects(store.load("x"), /^StoreError: the store's load failed: Error \(ENOENT\)$/));
  writeFileSync(place, "no database, whatever its name says; ".repeat(99));
  await using(place, (store) => assert.rejects(store.load("x"), /^StoreError: the store's load failed: \w+ \(SQLITE_NOTADB\)$/));
});

withPlace("a store whose file can't be opened yet works once it can", async (place) => {
  const path = join(dirname(place), "later", "connections.db");
  await using(path, async (store) => {
    await assert.rejects(store.save(row()), StoreError);
    mkdirSync(dirname(path));
    assert.equal(await store.save(row()), true);
  });
});

withPlace("a link to a file that is not there yet", async (place) => {
  const behind = join(dirname(place), "behind.db");
  symlinkSync(behind, place);
  await using(place, (store) => store.save(row()));
  assert.equal(statSync(behind).mode & 0o777, 0o600);
});

withPlace("a file that may only be read is refused by its error", async (place) => {
  await using(place, (store) => store.save(row()));
  chmodSync(place, 0o400);
  chmodSync(dirname(place), 0o755);
  // Root may write everywhere.
  const program = [join(here, "read-only.mjs"), place];
  const told = execFileSync(process.execPath, program, { encoding: "utf8" });
  assert.match(told, /^StoreError: the store's save failed: \w+ \(SQLITE_CANTOPEN\)\n$/);
});

withPlace("an integer past what a number holds, bytes and empty text are no numbers, and keep no other row from being read", async (place) => {
  await using(place, async (store) => {
    const ids = ["a", "b", "c", "d"];
    for (const id of ids) await store.save(row({ id, dueAtMs: 1 }));
    const db = driver(place);
    for (const [id, value] of [["a", "9223372036854775807"], ["b", "x'31'"], ["c", "''"]]) {
      db.exec(`UPDATE venuekey_connections SET revision = ${value}, lease_until_ms = ${value} WHERE id = '${id}'`);
    }
    db.exec("INSERT INTO venuekey_connections SELECT x'ff', owner, client, label, venue, environment, status, intent, due_at_ms, lease_holder, lease_until_ms, revision, sealing_key_id, account_hash, sealed, last_used_at_ms, quarantined FROM venuekey_connections WHERE id = 'd'");
    db.close();
    const found = await store.due(1, 9);
    assert.deepEqual(found.map((stored) => Number.isSafeInteger(stored.row.revision)), [false, false, false, true, true]);
    assert.equal(found[3].row.revision, 1);
    assert.deepEqual(await store.rowsSealedByOthers("another", 9), ids);
  });
});

withPlace("prefixes keep stores apart", async (place) => {
  await using(place, (store) => store.save(row()));
  const options = { driver, prefix: "other_" };
  await using(place, async (store) => assert.equal(await store.load(row().id), undefined), options);
  for (const prefix of ["", "a b", "A", "1a", "a;", "a".repeat(32)]) assert.throws(() => new SQLiteStore(place, { prefix }), TypeError);
});

const ADDED = ["ALTER TABLE {0}connections ADD COLUMN colour TEXT"];

withPlace("an older schema is brought up to date", async (place) => {
  await using(place, (store) => store.save(row()));
  await withMigration(ADDED, async () => {
    for (let times = 2; times > 0; times--) await using(place, async (store) => assert.deepEqual((await store.load(row().id))?.row, row()));
  });
  assert.deepEqual(ask(place, "SELECT id, colour FROM venuekey_connections"), [{ id: row().id, colour: null }]);
  assert.deepEqual(ask(place, "SELECT version FROM venuekey_schema"), [{ version: 2 }]);
});

withPlace("a migration that fails leaves all as it was", async (place) => {
  await using(place, (store) => store.save(row()));
  const before = ask(place, "SELECT * FROM sqlite_master");
  await withMigration([...ADDED, "ALTER TABLE nonsense"], () => using(place, (store) => assert.rejects(store.load("x"), StoreError)));
  assert.deepEqual(ask(place, "SELECT * FROM sqlite_master"), before);
  assert.deepEqual(ask(place, "SELECT version FROM venuekey_schema"), [{ version: 1 }]);
});

withPlace("a newer schema is refused and left alone", async (place) => {
  await withMigration(ADDED, () => using(place, (store) => store.save(row())));
  const before = readFileSync(place);
  const said = /^StoreError: the store's open failed: its schema is version 2, and this release knows 1 at most$/;
  await using(place, (store) => assert.rejects(store.save(row({ revision: 2 })), said));
  assert.deepEqual(readFileSync(place), before);
});
