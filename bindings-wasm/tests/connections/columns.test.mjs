// The columns that a store looks rows up by are hints: whoever edits one spoils that row's at most, and decides nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import Database from "better-sqlite3";
import { consented, newPlace, newStore, OWNER, worked, world } from "./support.mjs";

async function connected(of) {
  const { id } = await consented(of);
  await worked(of);
  return id;
}

function edited(place, id, column, value) {
  const db = new Database(place);
  db.prepare(`UPDATE venuekey_connections SET ${column} = ? WHERE id = ?`).run(value, id);
  db.close();
}

for (const [column, name] of [
  ["label", "label"],
  ["status", "status"],
  ["intent", "intent"],
  ["due_at_ms", "dueAtMs"],
  ["lease_holder", "leaseHolder"],
  ["lease_until_ms", "leaseUntilMs"],
  ["account_hash", "accountHash"],
]) {
  test(`a wrong type in ${column} is told of and written anew`, async () => {
    const place = newPlace();
    const of = world({ store: newStore(place) });
    const { connections } = of;
    const id = await connected(of);
    edited(place, id, column, column.endsWith("_ms") ? "soon" : Buffer.from([255]));
    for (const view of [await connections.status(id), ...(await connections.find(OWNER))]) {
      assert.equal(view.status, "quarantined");
      assert.match(view.error.hint, new RegExp(`the column ${name} has the wrong type`));
    }
    assert.equal((await connections.account({ owner: OWNER })).id, id);
    await connections.runOnce();
    assert.equal((await connections.release(id)).status, "connected");
    assert.equal((await connections.status(id)).status, "connected");
  });
}

test("text is due never", async () => {
  const place = newPlace();
  const store = newStore(place);
  const of = world({ store });
  edited(place, await connected(of), "due_at_ms", "soon");
  assert.equal(await store.nextDue(), undefined);
  assert.equal(await of.connections.runOnce(), undefined);
});

test("an account is found by what is sealed", async () => {
  const place = newPlace();
  const of = world({ store: newStore(place) });
  const { connections } = of;
  const id = await connected(of);
  edited(place, id, "status", "ended");
  assert.equal((await connections.account({ owner: OWNER })).id, id);
  const bad = await connected(of);
  edited(place, bad, "sealed", "x");
  assert.equal((await connections.account({ owner: OWNER })).id, id, "one that can't be opened hides no other");
});

test("options that a call does not have are refused", async () => {
  const of = world();
  const { connections } = of;
  const id = await connected(of);
  for (const [call, hint] of [
    [() => connections.begin("bybit", { owner: OWNER, goal: "api_key", lable: "a" }), /options has no lable: it takes goal, owner, label, /],
    [() => connections.disconnect(id, { deletesKey: true }), /options has no deletesKey: it takes owner, deleteKey/],
    [() => connections.status(id, { user: OWNER }), /options has no user: it takes owner/],
    [() => connections.reconnect(id, { expectedUID: "1" }), /options has no expectedUID: it takes owner, callbackTimeoutS/],
    [() => connections.runOnce({ deadline: 1 }), /options has no deadline: it takes deadlineMs, holder, signal/],
    [() => connections.account({ owner: OWNER, venu: "bybit" }), /has no venu: it takes owner, venue/],
  ]) {
    await assert.rejects(call, ({ code, hint: told }) => code === "invalid_argument" && hint.test(told), String(call));
  }
  assert.throws(() => world({ concurency: 2 }), { code: "invalid_argument" });
});
