import assert from "node:assert/strict";
import { FULL, nextOf, NOW, rowOf } from "./conformance-rows.js";
import type { Suite } from "./conformance-suite.js";

const HOUR_MS = 3_600_000;

/** One row at a time. */
export function saves({ subject, add }: Suite): void {
  add("a row comes back as it was saved: every field, Unicode, what could be SQL, half a megabyte", async (store, place) => {
    assert.equal(await store.load(FULL.id), undefined);
    assert.equal(await store.save(FULL), true);
    assert.deepEqual(await store.load(FULL.id), { row: FULL });
    const other = await subject.openStore(place);
    assert.deepEqual(await other.load(FULL.id), { row: FULL });
    await other.close();
  });

  add("what a row no longer has is gone", async (store) => {
    await store.save(FULL);
    const bare = { ...rowOf(1), revision: 2 };
    assert.equal(await store.save(bare), true);
    assert.deepEqual(await store.load(bare.id), { row: bare });
  });

  add("numbers are kept up to the greatest that is exact", async (store) => {
    const row = rowOf(1, { dueAtMs: Number.MAX_SAFE_INTEGER, leaseUntilMs: Number.MAX_SAFE_INTEGER });
    await store.save(row);
    assert.deepEqual(await store.load(row.id), { row });
    assert.equal(await store.nextDue(), Number.MAX_SAFE_INTEGER);
  });

  add("a save wins where it follows the stored revision, and nowhere else", async (store) => {
    const first = rowOf(1, { sealed: "first" });
    assert.equal(await store.save(nextOf(first)), false, "there is no row to follow");
    assert.equal(await store.load(first.id), undefined);
    assert.equal(await store.save(first), true);
    for (const revision of [1, 3, 4]) {
      assert.equal(await store.save({ ...first, revision, sealed: "lost" }), false, `revision ${revision} after 1`);
    }
    assert.deepEqual(await store.load(first.id), { row: first });
    const second = nextOf(first, { sealed: "second" });
    assert.equal(await store.save(second), true);
    assert.equal(await store.save(second), false, "the same again");
    assert.equal(await store.save({ ...first, sealed: "lost" }), false, "an older one");
    assert.deepEqual(await store.load(first.id), { row: second });
  });

  add("a save touches no other row", async (store) => {
    const [one, two] = [rowOf(1), rowOf(2, { sealed: "other" })];
    await store.save(one);
    await store.save(two);
    await store.save(nextOf(one, { sealed: "new" }));
    assert.deepEqual(await store.load(two.id), { row: two });
  });

  add("a row is deleted at its revision, and one that is gone stays so", async (store) => {
    const [row, other] = [rowOf(1), rowOf(2)];
    await store.save(row);
    await store.save(other);
    await store.save(nextOf(row));
    assert.equal(await store.delete(row.id, 1), false, "a stale revision");
    assert.equal(await store.delete(row.id, 3), false);
    assert.deepEqual(await store.load(row.id), { row: nextOf(row) });
    assert.equal(await store.delete(row.id, 2), true);
    assert.equal(await store.load(row.id), undefined);
    assert.equal(await store.delete(row.id, 2), true, "gone already");
    assert.equal(await store.save(nextOf(row, { revision: 3 })), false, "a late save does not bring it back");
    assert.deepEqual(await store.load(other.id), { row: other });
    assert.equal(await store.save(row), true, "the id may be used anew");
  });

  add("a quarantined row is out of what is due, and otherwise as it was", async (store) => {
    const row = nextOf(FULL, { revision: 1, dueAtMs: NOW });
    await store.save(row);
    assert.equal(await store.quarantine(row.id, 2, "seal_invalid"), false, "another revision");
    assert.deepEqual(await store.load(row.id), { row });
    assert.equal(await store.quarantine(row.id, 1, "seal_invalid"), true);
    const quarantined = { row: { ...row, status: "quarantined" }, quarantined: "seal_invalid" };
    assert.deepEqual(await store.load(row.id), quarantined);
    assert.deepEqual(await store.due(NOW, 9), []);
    assert.equal(await store.nextDue(), undefined);
    assert.equal(await store.save(row), false);
    assert.deepEqual(await store.load(row.id), quarantined, "a lost save changes nothing");
    assert.equal(await store.save(nextOf(row)), true);
    assert.deepEqual(await store.due(NOW, 9), [{ row: nextOf(row) }], "a won save ends it");
  });

  add("the last use is kept by the hour, beside the row", async (store) => {
    const row = rowOf(1);
    await store.touch(row.id, NOW);
    assert.equal(await store.load(row.id), undefined, "a touch makes no row");
    await store.save(row);
    const used = async () => (await store.load(row.id))?.lastUsedAtMs;
    await store.touch(row.id, NOW);
    assert.equal(await used(), NOW);
    await store.touch(row.id, NOW + HOUR_MS - 1);
    assert.equal(await used(), NOW, "not an hour later");
    await store.touch(row.id, NOW - HOUR_MS);
    assert.equal(await used(), NOW, "earlier");
    await store.touch(row.id, NOW + HOUR_MS);
    assert.equal(await used(), NOW + HOUR_MS);
    assert.equal(await store.save(nextOf(row)), true, "the revision is as it was");
    assert.deepEqual(await store.load(row.id), { row: nextOf(row), lastUsedAtMs: NOW + HOUR_MS }, "a save leaves it");
  });

  add("a counter starts at its floor, never goes back, and stands alone", async (store) => {
    assert.equal(await store.bump("nonce/1", 0, 100), 100);
    assert.equal(await store.bump("nonce/1", 0, 1), 101);
    assert.equal(await store.bump("nonce/1", NOW, 100), NOW + 100, "the floor is above");
    assert.equal(await store.bump("nonce/1", NOW, 1), NOW + 101, "the floor is below");
    assert.equal(await store.bump("nonce/1", 0, 0), NOW + 101);
    assert.equal(await store.bump("nonce/2", NOW, 1), NOW + 1);
    assert.equal(await store.bump("nonce/1' OR 1=1 --", 0, 1), 1);
  });
}
