// Connections in PostgreSQL, by the suite that ships, and what only a server does.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { conformance } from "venuekey/stores/conformance";
import { PostgresStore, StoreError } from "venuekey/stores/postgres";
import { makePlace } from "./postgres-subject.mjs";
import { end, tell } from "./server.mjs";
import { row, withMigration } from "./tables.mjs";

const LONG_MS = 300_000;
// By what a connection to a server that has crashed is told to have failed: which of them, the network says.
const LOST = /^StoreError: the store's load failed: \w+ \((ECONNREFUSED|ECONNRESET|57P0\d|Connection terminated.*|Client .* is not queryable)\)$/;

after(end);
// Elsewhere than in CI there may be none.
if (process.env.CI !== "true") {
  await tell("create").catch(() => {
    console.error("the tests of PostgresStore are skipped");
    process.exit();
  });
}
await conformance(test, new URL("postgres-subject.mjs", import.meta.url));

async function using(url, run, options) {
  const store = new PostgresStore(url, options);
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

async function ask(url, query) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(query)).rows;
  } finally {
    await client.end();
  }
}

const calm = async (store) => {
  while (await store.wait(1));
};

test("what is stored when a call resolves outlives the server's crash, and the store its connections", async () => {
  await using(await makePlace(), async (store) => {
    for (const revision of [1, 2, 3]) {
      assert.equal(await store.save(row({ revision })), true);
      assert.equal(await store.bump("nonce/1", 0, 1), revision);
      await tell("stop");
      // Whatever fails here, the tests that follow have a server.
      await assert.rejects(store.load(row().id), LOST).finally(() => tell("start"));
      assert.deepEqual((await store.load(row().id))?.row, row({ revision }));
    }
  });
});

test("who listens hears of a server that came back", async () => {
  const url = await makePlace();
  await using(url, (worker) =>
    using(url, async (web) => {
      assert.equal(await worker.wait(LONG_MS), true, "it listens");
      await calm(worker);
      const waiting = worker.wait(LONG_MS);
      await tell("stop");
      assert.equal(await waiting, true, "something may have been said");
      await calm(worker);
      const again = worker.wait(LONG_MS);
      // It is told that it could not listen.
      await worker.load(row().id).catch(() => {});
      await tell("start");
      assert.equal(await again, true, "it listens again");
      await calm(worker);
      const heard = worker.wait(LONG_MS);
      await web.save(row({ dueAtMs: 1 }));
      assert.equal(await heard, true);
    }),
  );
});

test("closed, it keeps no process alive, and none from its end", async () => {
  const program = `
    import { PostgresStore } from "venuekey/stores/postgres";
    const store = new PostgresStore(process.argv[1]);
    await store.load("a");
    await store.wait(${LONG_MS}); // woken as soon as it listens
    await store.close();
    console.log("closed");
  `;
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const ran = spawnSync(process.execPath, ["--input-type=module", "--eval", program, await makePlace()], { cwd, encoding: "utf8" });
  assert.deepEqual([ran.status, ran.stdout, ran.stderr], [0, "closed\n", ""]);
});

test("a connection that the server ends is replaced, and ends no process", async () => {
  const url = await makePlace();
  await using(url, async (store) => {
    await store.wait(LONG_MS);
    await store.save(row());
    await ask(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
    // Whether this call meets the dead connection is the network's to say.
    await store.load(row().id).catch((error) => assert.ok(error instanceof StoreError));
    assert.equal(await store.save(row({ revision: 2 })), true);
  });
});

test("more calls than connections take turns", async () => {
  const url = await makePlace();
  const options = { maxConnections: 2 };
  const run = async (store) => {
    const values = await Promise.all(Array.from({ length: 60 }, () => store.bump("nonce/1", 0, 1)));
    assert.deepEqual(values.sort((a, b) => a - b), Array.from({ length: 60 }, (_, index) => index + 1));
    const [{ count }] = await ask(url, "SELECT count(*)::int FROM pg_stat_activity WHERE query = 'COMMIT'");
    assert.ok(count >= 1 && count <= 2, `${count} connections`);
  };
  await using(url, run, options);
});

test("the server's clock counts", async () => {
  const url = await makePlace();
  await using(url, async (store) => {
    const [now, [{ ms }]] = [await store.nowMs(), await ask(url, "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms")];
    assert.ok(now <= ms && now > ms - LONG_MS);
  });
});

test("a database where nothing may be written says so, and tells no password", async () => {
  const url = await makePlace();
  await using(url, (store) => store.save(row()));
  const readOnly = `${url}%20-cdefault_transaction_read_only%3Don`;
  await using(readOnly, async (store) => {
    assert.deepEqual((await store.load(row().id))?.row, row());
    await assert.rejects(store.save(row({ revision: 2 })), /^StoreError: the store's save failed: \w+ \(25006\)$/);
  });
  const wrong = new URL(url);
  wrong.password = "canary-password";
  await using(wrong.href, (store) => assert.rejects(store.load("x"), /^StoreError: the store's open failed: \w+ \(28P01\)$/));
  await using({ ...pgConfig(url), port: 1 }, (store) => assert.rejects(store.load("x"), /open failed: \w+ \(ECONNREFUSED\)$/));
});

function pgConfig(url) {
  const { hostname, username, password, searchParams } = new URL(url);
  return { host: hostname, user: username, password, database: "postgres", options: searchParams.get("options") };
}

const ADDED = ["ALTER TABLE {0}connections ADD COLUMN colour TEXT"];
const COLUMNS = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 2";

test("an older schema is brought up to date by one of several, and a newer one refused and left alone", async () => {
  const url = await makePlace();
  await using(url, (store) => store.save(row()));
  await withMigration(ADDED, async () => {
    const loads = [1, 2, 3].map(() => using(url, (store) => store.load(row().id)));
    for (const stored of await Promise.all(loads)) assert.deepEqual(stored?.row, row());
  });
  assert.deepEqual(await ask(url, "SELECT id, colour FROM venuekey_connections"), [{ id: row().id, colour: null }]);
  assert.deepEqual(await ask(url, "SELECT version FROM venuekey_schema"), [{ version: 2 }]);
  const said = /^StoreError: the store's open failed: its schema is version 2, and this release knows 1 at most$/;
  await using(url, (store) => assert.rejects(store.save(row({ revision: 2 })), said));
  assert.deepEqual(await ask(url, "SELECT revision FROM venuekey_connections"), [{ revision: "1" }]);
});

test("a migration that fails leaves all as it was", async () => {
  const url = await makePlace();
  await using(url, (store) => store.save(row()));
  const before = await ask(url, COLUMNS);
  await withMigration([...ADDED, "ALTER TABLE nonsense ADD x TEXT"], () =>
    using(url, (store) => assert.rejects(store.load("x"), /open failed: \w+ \(42P01\)$/)),
  );
  assert.deepEqual(await ask(url, COLUMNS), before);
});

test("prefixes keep stores apart", async () => {
  const url = await makePlace();
  await using(url, (store) => store.save(row()));
  await using(url, async (store) => assert.equal(await store.load(row().id), undefined), { prefix: "other_" });
});
