// The columns that a store looks rows up by are hints: whoever edits one spoils that row's at most, and decides nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import Database from "better-sqlite3";
import { consented, hooked, newPlace, newStore, OWNER, worked, world } from "./support.mjs";

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

// By what is no text or no whole number, the store can't be told which row is meant.
for (const [column, values] of [
  ["revision", ["'text'", "''", "x''", "x'31'", "'0x1'", "1.5", "-1", "1152921504606846976"]],
  ["id", ["x''", "x'ff'", "NULL"]],
]) {
  for (const value of values) {
    test(`rows with ${value} as their ${column} stop nobody, and are told of once`, async () => {
      const place = newPlace();
      let looks = 0;
      const due = (call) => ((looks += 1), assert.ok(looks < 100, "it looks again and again"), call());
      const of = world({ store: hooked(newStore(place), { due }), concurrency: 1 });
      const { connections } = of;
      await connected(of);
      const bad = [];
      for (let number = 0; number < 3; number += 1) bad.push((await consented(of)).id);
      const db = new Database(place);
      // They stand before whoever is due now; of the same bytes there can be one.
      for (const id of bad) {
        db.prepare("UPDATE venuekey_connections SET due_at_ms = 1 WHERE id = ?").run(id);
        db.prepare(`UPDATE OR IGNORE venuekey_connections SET ${column} = ${value} WHERE id = ?`).run(id);
        if (column === "id" && value !== "NULL") break;
      }
      db.close();
      const good = await consented(of);
      for (let turns = 0; turns < 3; turns += 1) await connections.runOnce();
      assert.equal((await connections.status(good.id, { owner: OWNER })).status, "connected");
      const errors = of.logged.filter((line) => line.startsWith("error")).map((line) => line.replace(/; see .*/, ""));
      const why = "it can't be opened (seal_invalid), nor quarantined, since its revision isn't a whole number, left alone";
      const told = bad.map((id) => `error connection ${id}: ${why}`);
      const nameless = ["error a row whose id isn't text: it can't be opened (seal_invalid), nor quarantined, left alone"];
      assert.deepEqual(errors.sort(), column === "id" ? nameless : told.sort());
      const views = (await connections.find(OWNER)).filter(({ status }) => status === "quarantined");
      assert.ok(views.length > 0);
      for (const view of views) {
        assert.match(view.error.hint, new RegExp(`^the column ${column} has the wrong type: correct it in the database`));
        assert.deepEqual([typeof view.id, view.id === ""], ["string", column === "id"]);
      }
      // The others go, and it says what is wrong with these.
      await assert.rejects(connections.forget(OWNER), { code: "seal_invalid", message: new RegExp(`the column ${column} has`) });
      assert.equal((await connections.status(good.id)).intent, "forget");
      if (column === "revision") await assert.rejects(connections.disconnect(bad[0]), { code: "seal_invalid" });
      assert.equal(await connections.reseal(), 0);
    });
  }
}

test("an owner's only row, whose id is no text, is told so", async () => {
  const place = newPlace();
  const of = world({ store: newStore(place) });
  edited(place, await connected(of), "id", Buffer.from([255]));
  await assert.rejects(of.connections.account({ owner: OWNER }), { code: "seal_invalid", message: /the column id has the wrong type/ });
});

for (const value of [1.5, -1, 1e300, "soon"]) {
  test(`${value} as the time of the last use is none`, async () => {
    const place = newPlace();
    const of = world({ store: newStore(place) });
    const id = await connected(of);
    edited(place, id, "last_used_at_ms", value);
    assert.equal((await of.connections.status(id)).status, "connected");
    assert.equal((await of.store.load(id)).lastUsedAtMs, undefined);
  });
}

test("bytes in place of a client's name are damage, whichever process looks", async () => {
  const place = newPlace();
  const of = world({ store: newStore(place) });
  const { id } = await consented(of);
  edited(place, id, "client", Buffer.from("canary"));
  await of.connections.runOnce();
  assert.equal((await of.store.load(id)).quarantined, "seal_invalid");
  assert.doesNotMatch(of.logged.join("\n"), /canary/);
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
