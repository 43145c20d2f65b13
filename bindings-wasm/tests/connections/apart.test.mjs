// Rows that can't be opened: what is the row's damage, and what may be this process's own fault.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, SealingKeys } from "venuekey/server";
import { consented, hooked, newStore, OWNER, world, worked } from "./support.mjs";

/** The row, edited by hand. */
async function damage({ store }, id) {
  const { row } = await store.load(id);
  await store.save({ ...row, revision: row.revision + 1 });
}

test("wrong bytes under a known key id quarantine nothing, and the log says what to look at", async () => {
  const of = world();
  const ids = [(await consented(of)).id, (await consented(of)).id];
  const wrong = of.another({ keys: new SealingKeys([["2026-11", new Uint8Array(32)]]) });
  await worked(of, wrong);
  for (const id of ids) {
    assert.equal((await of.store.load(id)).quarantined, undefined);
    const why = "no row of sealing key '2026-11' could be opened here: is the key right?";
    assert.ok(of.logged.includes(`warn connection ${id}: this process can't read it (${why}), left alone`), of.logged.join("\n"));
    await assert.rejects(wrong.disconnect(id), { code: "seal_invalid" });
  }
  await assert.rejects(wrong.forget(OWNER), { code: "seal_invalid" });
  await worked(of);
  for (const id of ids) assert.equal((await of.connections.status(id)).status, "connected");
});

test("damage is known once another row of its key was opened", async () => {
  const of = world();
  const { id } = await consented(of);
  await damage(of, id);
  const fresh = of.another();
  await fresh.runOnce();
  assert.equal((await of.store.load(id)).quarantined, undefined);
  await consented(of);
  await fresh.runOnce();
  assert.equal((await of.store.load(id)).quarantined, "seal_invalid");
});

test("a client of another venue under the row's name quarantines nothing", async () => {
  const of = world();
  const { id } = await consented(of);
  const config = { environment: "global", clientId: "demo", clientSecret: "canary-client-secret", redirectUri: "https://partner.example/cb" };
  const other = of.another({ clients: { bybit: new Client({ venue: "whitebit", ...config }) } });
  await other.begin("bybit", { owner: OWNER, goal: "api_key" }).then((begun) => other.status(begun.id));
  await other.runOnce();
  assert.equal((await of.store.load(id)).quarantined, undefined);
  assert.match(of.logged.join("\n"), /this process can't read it \(client 'bybit' is of whitebit global\), left alone/);
});

for (const end of ["disconnect", "forget"]) {
  test(`${end} removes a damaged row that no worker has quarantined yet`, async () => {
    const calls = [];
    const store = hooked(newStore(), {
      quarantine: (call, ...given) => (calls.push(["quarantine", ...given]), call()),
      delete: (call, ...given) => (calls.push(["delete", ...given]), call()),
    });
    const of = world({ store });
    const { id } = await consented(of);
    await damage(of, id);
    const { revision } = (await of.store.load(id)).row;
    const view = end === "disconnect" ? await of.connections.disconnect(id, { owner: OWNER }) : (await of.connections.forget(OWNER))[0];
    assert.deepEqual([view.id, view.status, view.error.code], [id, "quarantined", "seal_invalid"]);
    assert.deepEqual(calls, [["quarantine", id, revision, "seal_invalid"], ["delete", id, revision]]);
    assert.equal(await of.store.load(id), undefined);
  });
}

test("what is no id is not found, and the store is not asked", async () => {
  const of = world({ store: hooked(newStore(), { load: () => assert.fail("the store is asked") }) });
  for (const id of ["", "7", "\0", "g".repeat(32), "0".repeat(33), `${"0".repeat(32)}\n`]) {
    for (const call of ["status", "disconnect", "account", "release"]) {
      await assert.rejects(of.connections[call](id), { name: "ConnectionNotFound" }, `${call} ${JSON.stringify(id)}`);
    }
  }
});

for (const nowMs of [1_790_000_000_000.5, "1790000000000", 1_790_000_000_000n, null, NaN]) {
  test(`a store's clock that gives ${typeof nowMs} ${nowMs} is told so, and no row is damaged by it`, async () => {
    const base = newStore();
    const { id } = await consented(world({ store: base }));
    const message = /what the store's nowMs returns must be/;
    const of = world({ clock: undefined, store: hooked(base, { nowMs: async () => nowMs }) });
    await assert.rejects(of.connections.runOnce(), { code: "invalid_argument", message });
    await assert.rejects(of.connections.disconnect(id), { code: "invalid_argument", message });
    const run = of.connections.run();
    await new Promise((resolve) => setTimeout(resolve, 20));
    of.connections.stop();
    await run;
    assert.match(of.logged.join("\n"), message);
    assert.equal((await base.load(id)).quarantined, undefined);
  });
}

test("a store whose lists are none is told which call it is", async () => {
  for (const method of ["due", "find"]) {
    const of = world({ store: hooked(newStore(), { [method]: async () => {} }) });
    const error = { name: "TypeError", message: `the store's ${method} must return an array of rows; received undefined` };
    if (method === "due") await assert.rejects(of.connections.runOnce(), error);
    else await assert.rejects(of.connections.find(OWNER), error);
    if (method === "find") await assert.rejects(of.connections.account({ owner: OWNER }), error);
  }
});
