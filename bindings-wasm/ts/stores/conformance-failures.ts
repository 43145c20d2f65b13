import assert from "node:assert/strict";
import { inspect } from "node:util";
import { nextOf, NOW, rowOf } from "./conformance-rows.js";
import type { Suite } from "./conformance-suite.js";

const HIDDEN = { owner: "hidden-owner", label: "hidden-label", sealed: "hidden-sealed" };

/** An error that names the call, and nothing of any row. */
async function fails(operation: string, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof Error, "what is thrown is an error");
    assert.equal(error.name, "StoreError");
    assert.match(error.message, new RegExp(`\\b(${operation}|open)\\b`));
    assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /hidden-/);
    return true;
  });
}

/** What a store does that can't. */
export function failures({ subject, add }: Suite): void {
  add("a row that is no row is refused, and nothing stored", async (store) => {
    const { sealed: _, ...rest } = rowOf(1, HIDDEN);
    await assert.rejects(store.save(rest as never));
    await assert.rejects(store.save({ ...rest, sealed: HIDDEN.sealed, revision: 1.5 }));
    assert.equal(await store.load(rowOf(1).id), undefined);
  });

  add("a closed store fails", async (store) => {
    const row = rowOf(1, HIDDEN);
    await store.save(row);
    await store.close();
    await store.close();
    await fails("load", store.load(row.id));
    await fails("save", store.save(nextOf(row)));
    await fails("bump", store.bump("nonce/1", 0, 1));
    await store.touch(row.id, NOW);
    await store.wake();
  });

  if (subject.breakPlace === undefined) return;
  add("a save that can't be stored fails, and once the store is back it is as before", async (store, place) => {
    const row = rowOf(1, HIDDEN);
    await store.save(row);
    await subject.breakPlace?.(place);
    const large = nextOf(row, { sealed: HIDDEN.sealed.repeat(40_000) });
    await fails("save", store.save(large));
    await fails("save", store.save({ ...large, id: rowOf(2).id, revision: 1 }));
    await store.touch(row.id, NOW);
    await store.wake();
    await subject.mendPlace?.(place);
    const stored = await store.load(row.id);
    assert.ok(stored);
    assert.deepEqual(stored.row, row, "nothing was stored");
    assert.equal(await store.save(large), true);
    assert.deepEqual((await store.load(row.id))?.row, large);
  });
}
