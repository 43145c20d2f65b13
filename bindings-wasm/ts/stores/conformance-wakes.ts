import assert from "node:assert/strict";
import { withProcesses } from "./conformance-processes.js";
import { nextOf, NOW, rowOf } from "./conformance-rows.js";
import type { Suite } from "./conformance-suite.js";
import type { Store } from "./store.js";

/** The last resort of a store that does not wake: nothing takes so long. */
const LONG_MS = 60_000;

/** A wait may end early: after this, earlier wake-ups have been consumed. */
async function calm(store: Store): Promise<void> {
  for (let left = 100; left > 0; left--) if (!(await store.wait(1))) return;
  assert.fail("every wait is woken, though nobody wakes");
}

/** Waking those who wait. */
export function wakes({ subject, url, add }: Suite): void {
  add("a save that makes a row due wakes all who wait", async (store) => {
    await calm(store);
    const row = rowOf(1, { dueAtMs: NOW });
    const waits = [store.wait(LONG_MS), store.wait(LONG_MS)];
    await store.save(row);
    assert.deepEqual(await Promise.all(waits), [true, true]);
    await calm(store);
    await store.save(nextOf(row));
    assert.equal(await store.wait(LONG_MS), true, "it came while nobody waited");
  });

  add("a wake ends a wait, and so do the timeout, the signal and the end", async (store) => {
    await calm(store);
    const woken = store.wait(LONG_MS);
    await store.wake();
    assert.equal(await woken, true);
    await calm(store);
    const abort = new AbortController();
    const aborted = store.wait(LONG_MS, abort.signal);
    abort.abort();
    assert.equal(await aborted, false);
    assert.equal(await store.wait(LONG_MS, abort.signal), false);
    const closed = store.wait(LONG_MS);
    await store.close();
    assert.equal(await closed, false);
    assert.equal(await store.wait(LONG_MS), false);
  });

  if (subject.wakesProcesses !== true) return;
  add("a save of another process wakes too", async (store, place) => {
    await calm(store);
    await withProcesses(url, place, [{ name: "save-until-told", row: rowOf(1, { dueAtMs: NOW }) }], async ([process]) => {
      // The first may end for no reason.
      for (let times = 3; times > 0; times--) assert.equal(await store.wait(LONG_MS), true);
      process?.tell("stop");
      await process?.done();
    });
  });
}
