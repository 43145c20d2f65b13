// Connections in Durable Objects, by the suite that ships, in workerd; and what only an object does.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { conformance } from "venuekey/stores/conformance";
import { row } from "../stores/tables.mjs";
import { crash, end, makePlace, openStore, started, tell } from "./durable-objects/subject.mjs";
import { until } from "./workerd.mjs";

const { id: ID } = row();

after(end);
await conformance(test, new URL("durable-objects/subject.mjs", import.meta.url));

/** A place whose alarm works. */
async function working() {
  const place = await makePlace();
  await tell(place, "sql", "CREATE TABLE worked (at_ms INTEGER)");
  return place;
}

const worked = async (place) => (await tell(place, "sql", "SELECT at_ms FROM worked"))[0].map(({ at_ms }) => at_ms);

test("what is stored when a call resolves outlives the platform's crash", async () => {
  const place = await makePlace();
  for (const revision of [1, 2, 3]) {
    const store = openStore(place);
    assert.equal(await store.save(row({ revision })), true);
    assert.equal(await store.bump("nonce/1", 0, 1), revision);
    await crash();
    assert.deepEqual((await store.load(ID)).row, row({ revision }));
    assert.equal(await store.bump("nonce/1", 0, 0), revision);
  }
});

test("a crash in the middle of saving loses nothing that was told", async () => {
  const place = await makePlace();
  const store = openStore(place);
  let told = 0;
  const saving = (async () => {
    for (let revision = 1; ; revision++) {
      if (!(await store.save(row({ revision })))) throw new Error("nobody else saves this row");
      told = revision;
    }
  })().catch((error) => error);
  await until(() => told >= 25);
  await crash();
  await saving;
  const stored = await store.load(ID);
  assert.ok(stored.row.revision >= told, `revision ${stored.row.revision}, told ${told}`);
  assert.equal(await store.save(row({ revision: stored.row.revision + 1 })), true);
});

test("a row that is due rings the object's alarm, and no later row does", async () => {
  const place = await working();
  const store = openStore(place);
  const [now, late, later] = [Date.now(), Date.now() + 3_600_000, Date.now() + 7_200_000];
  const id = (digit) => ID.replace("0", digit);
  await store.save(row({ dueAtMs: later }));
  assert.equal(await tell(place, "getAlarm"), later);
  await store.save(row({ id: id("1"), dueAtMs: late }));
  assert.equal(await tell(place, "getAlarm"), late);
  await store.save(row({ id: id("2"), dueAtMs: now }));
  await until(async () => (await store.load(id("2"))).row.status === "connected");
  await until(async () => (await tell(place, "getAlarm")) === late);
  assert.deepEqual([(await store.load(ID)).row.status, (await store.load(id("1"))).row.status], ["working", "working"]);
});

for (const due of ["-1", "0", "1.5"]) {
  test(`a row that somebody has made due at ${due} keeps no other from its alarm`, async () => {
    const place = await working();
    const store = openStore(place);
    const other = ID.replace("0", "1");
    await store.save(row({ dueAtMs: Date.now() + 3_600_000 }));
    await tell(place, "sql", `UPDATE venuekey_connections SET due_at_ms = ${due}`);
    await store.save(row({ id: other, dueAtMs: Date.now() }));
    await until(async () => (await store.load(other)).row.status === "connected");
  });
}

test("what is saved when the alarm has looked for the last time is not forgotten", async () => {
  const place = await working();
  const store = openStore(place);
  const other = ID.replace("0", "1");
  await store.save(row({ id: other, owner: "late" }));
  await tell(place, "sql", "CREATE TABLE late (x)");
  await store.save(row({ dueAtMs: Date.now() }));
  await until(async () => (await store.load(other)).row.status === "connected");
});

test("the alarm outlives a crash, and rings for what came due meanwhile", async () => {
  const place = await working();
  const store = openStore(place);
  await store.save(row({ dueAtMs: Date.now() + 300 }));
  await crash();
  await until(async () => (await openStore(place).load(ID)).row.status === "connected");
});

test("an alarm whose work fails comes back by itself", async () => {
  const place = await working();
  const store = openStore(place);
  await tell(place, "sql", "CREATE TABLE failing (x)");
  await store.save(row({ dueAtMs: Date.now() }));
  await until(async () => (await store.load(ID)).row.status === "connected");
  assert.ok((await worked(place)).length >= 2);
  // The platform did not see it fail: it would try again six times, and write down the message.
  assert.doesNotMatch((await started()).workerd.said(), /hidden-/);
});

test("a failure is told by its name", async () => {
  const place = await makePlace();
  const store = openStore(place);
  await store.save(row());
  await tell(place, "break");
  const failed = { name: "StoreError", message: "the store's save failed: Error (SQLITE_CONSTRAINT)" };
  await assert.rejects(store.save(row({ revision: 2 })), failed);
});

test("tables of a newer release are left alone", async () => {
  const place = await makePlace();
  await openStore(place).save(row());
  await tell(place, "sql", "UPDATE venuekey_schema SET version = 99");
  await assert.rejects(openStore(place).load(ID), /its schema is version 99, and this release knows 1 at most/);
});
