import assert from "node:assert/strict";
import { results, withProcesses } from "./conformance-processes.js";
import { nextOf, NOW, rowOf } from "./conformance-rows.js";
import type { Suite } from "./conformance-suite.js";

const PROCESSES = [1, 2, 3, 4];
const TIMES = 25;

/** Several processes at once. */
export function contention({ subject, url, add }: Suite): void {
  add("processes that open a new place at the same time all save", async () => {
    // A place that nobody has opened yet.
    const place = await subject.makePlace();
    try {
      const jobs = PROCESSES.map((number) => ({ name: "open", row: rowOf(number) }) as const);
      assert.deepEqual(await results(url, place, jobs), PROCESSES.map(() => true));
      const store = await subject.openStore(place);
      for (const number of PROCESSES) assert.deepEqual(await store.load(rowOf(number).id), { row: rowOf(number) });
      await store.close();
    } finally {
      await subject.removePlace?.(place);
    }
  });

  add("no update of any process is lost", async (store, place) => {
    const row = rowOf(1);
    await store.save(row);
    await results(url, place, PROCESSES.map(() => ({ name: "increment", id: row.id, times: TIMES })));
    const expected = PROCESSES.length * TIMES;
    assert.deepEqual(await store.load(row.id), { row: { ...row, revision: 1 + expected, sealed: `${expected}` } });
  });

  add("of processes that save the same next revision, one wins the lease", async (store, place) => {
    const fresh = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => rowOf(number));
    const held = fresh.slice(0, 4);
    for (const row of held) await store.save(row);
    const rows = [...held.map((row) => nextOf(row)), ...fresh.slice(4)];
    const holders = PROCESSES.map((number) => `worker-${number}`);
    const jobs = holders.map((holder) => ({ name: "race", rows, holder }) as const);
    const won = (await results(url, place, jobs)) as boolean[][];
    for (const [index, row] of rows.entries()) {
      const winners = holders.filter((_, process) => won[process]?.[index]);
      assert.equal(winners.length, 1, `winners of row ${index + 1}`);
      assert.deepEqual(await store.load(row.id), { row: { ...row, leaseHolder: winners[0] } });
    }
  });

  add("a counter gives no value to two processes, and none below the floor", async (store, place) => {
    const job = { name: "bump", counter: "nonce/1", floor: NOW, by: 10, times: TIMES } as const;
    const values = (await results(url, place, PROCESSES.map(() => job))) as number[][];
    for (const own of values) assert.deepEqual(own, [...own].sort((a, b) => a - b), "each process sees it rise");
    const expected = Array.from({ length: PROCESSES.length * TIMES }, (_, index) => NOW + 10 * (index + 1));
    assert.deepEqual(values.flat().sort((a, b) => a - b), expected);
    assert.equal(await store.bump("nonce/1", 0, 0), expected.at(-1));
  });

  add("what a killed process was told is stored is there, and nobody waits for it", async (store, place) => {
    const row = rowOf(1);
    const told = { saved: 0, bumped: 0 };
    await withProcesses(url, place, [{ name: "save-until-killed", row }], async ([process]) => {
      assert.ok(process);
      while (told.saved < TIMES) Object.assign(told, await process.next());
      await process.kill();
    });
    const stored = await store.load(row.id);
    assert.ok(stored && stored.row.revision >= told.saved, `revision ${stored?.row.revision}, told ${told.saved}`);
    assert.ok((await store.bump(row.id, 0, 1)) > told.bumped);
    assert.equal(await store.save(nextOf(stored.row)), true);
  });
}
