import assert from "node:assert/strict";
import { FULL, nextOf, NOW, rowOf } from "./conformance-rows.js";
import type { Suite } from "./conformance-suite.js";
import type { Stored } from "./store.js";

const ids = (found: readonly Stored[]): string[] => found.map(({ row }) => row.id);

/** Looking for rows. */
export function lookups({ add }: Suite): void {
  add("rows are due by the clock that is given, those due longest first, up to the limit", async (store) => {
    assert.equal(await store.nextDue(), undefined);
    const [late, early, later, never] = [1, 2, 3, 4].map((number) => rowOf(number));
    assert.ok(late && early && later && never);
    await store.save({ ...late, dueAtMs: NOW });
    await store.save({ ...early, dueAtMs: NOW - 5000 });
    await store.save({ ...later, dueAtMs: NOW + 1 });
    await store.save(never);
    assert.deepEqual(ids(await store.due(NOW, 9)), [early.id, late.id]);
    assert.deepEqual(ids(await store.due(NOW, 1)), [early.id]);
    assert.deepEqual(ids(await store.due(NOW - 5001, 9)), []);
    assert.equal(await store.nextDue(), NOW - 5000);
    await store.save(nextOf({ ...early, dueAtMs: NOW + 9 }));
    assert.equal(await store.nextDue(), NOW);
    assert.deepEqual(await store.due(NOW, 9), [{ row: { ...late, dueAtMs: NOW } }]);
  });

  add("a worker whose clock is two minutes ahead sees the row two minutes before, leased or not", async (store) => {
    const row = rowOf(1, { dueAtMs: NOW, leaseHolder: "worker-1", leaseUntilMs: NOW + 45_000 });
    await store.save(row);
    const real = NOW - 60_000;
    assert.deepEqual(await store.due(real, 9), []);
    assert.deepEqual(await store.due(real + 120_000, 9), [{ row }]);
  });

  add("an owner's rows are found by the exact name", async (store) => {
    const names = ["user", "User", "user ", "user%", "us_r", "", FULL.owner];
    for (const [index, owner] of names.entries()) await store.save(rowOf(index + 1, { owner }));
    await store.save(rowOf(0xff, { owner: "user", status: "ended" }));
    for (const [index, owner] of names.entries()) {
      const expected = owner === "user" ? [rowOf(1).id, rowOf(0xff).id] : [rowOf(index + 1).id];
      assert.deepEqual(ids(await store.find(owner)), expected, owner);
    }
    assert.deepEqual(await store.find("' OR '1'='1"), []);
    assert.deepEqual(await store.find(FULL.owner), [{ row: rowOf(names.length, { owner: FULL.owner }) }]);
  });

  add("another row with the same account is found, unless it has ended", async (store) => {
    const row = rowOf(1, { accountHash: "a" });
    await store.save(row);
    await store.save(rowOf(2));
    assert.equal(await store.findAccount(["a"], row.id), false, "the row itself");
    assert.equal(await store.findAccount(["a"], rowOf(2).id), true);
    assert.equal(await store.findAccount(["b", "a"], rowOf(2).id), true, "by an older key");
    assert.equal(await store.findAccount(["b"], rowOf(2).id), false);
    assert.equal(await store.findAccount([], rowOf(2).id), false);
    await store.quarantine(row.id, 1, "seal_invalid");
    assert.equal(await store.findAccount(["a"], rowOf(2).id), true, "nobody knows what a quarantined one holds");
    await store.save(nextOf(row, { status: "ended" }));
    assert.equal(await store.findAccount(["a"], rowOf(2).id), false);
  });

  add("of rows that end together none finds another", async (store) => {
    let [one, other] = [rowOf(1, { accountHash: "a" }), rowOf(2, { accountHash: "a" })];
    for (const row of [one, other]) await store.save(row);
    for (const intent of ["disconnect", "disconnect_and_delete_key", "forget"] as const) {
      one = nextOf(one, { intent });
      await store.save(one);
      assert.equal(await store.findAccount(["a"], other.id), false, intent);
      assert.equal(await store.findAccount(["a"], one.id), true, "the other one works");
    }
    other = nextOf(other, { intent: "forget" });
    await store.save(other);
    assert.equal(await store.findAccount(["a"], one.id), false);
  });

  add("rows that another key has sealed are found page by page", async (store) => {
    for (const number of [1, 2, 3, 4]) await store.save(rowOf(number, { sealingKeyId: number === 2 ? "new" : "old" }));
    assert.deepEqual(await store.rowsSealedByOthers("new", 2), [rowOf(1).id, rowOf(3).id]);
    assert.deepEqual(await store.rowsSealedByOthers("new", 2, rowOf(3).id), [rowOf(4).id]);
    assert.deepEqual(await store.rowsSealedByOthers("new", 2, rowOf(4).id), []);
    assert.deepEqual(await store.rowsSealedByOthers("old", 9), [rowOf(2).id]);
  });

  add("the newest look of any worker counts", async (store) => {
    assert.equal(await store.lastSeen(), undefined);
    await store.seen("worker-1", NOW);
    await store.seen("worker-2", NOW - 5);
    assert.equal(await store.lastSeen(), NOW);
    await store.seen("worker-2", NOW + 5);
    assert.equal(await store.lastSeen(), NOW + 5);
  });

  add("the store's clock, where there is one, does not go back", async (store) => {
    const first = await store.nowMs();
    const second = await store.nowMs();
    assert.equal(typeof second, typeof first);
    if (first === undefined || second === undefined) return;
    assert.ok(Number.isSafeInteger(first) && second >= first);
  });
}
