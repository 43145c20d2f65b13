// A process of the conformance suite: it imports the subject, opens the store at a place, does a job and tells its result.
import type { Job, ToChild, ToParent } from "./conformance-processes.js";
import { nextOf } from "./conformance-rows.js";
import type { ConformanceSubject } from "./conformance-suite.js";
import type { Store } from "./store.js";

const [subjectUrl = "", place = "", jobText = ""] = process.argv.slice(2);
const job = JSON.parse(jobText) as Job;
const tell = (message: ToParent): void => void process.send?.(message);
const told = (wanted: ToChild): Promise<void> =>
  new Promise((resolve) => {
    process.on("message", (message) => {
      if (message === wanted) resolve();
    });
  });

// Both may come at once.
const [go, stop] = [told("go"), told("stop")];

async function increment(store: Store, id: string, times: number): Promise<number> {
  let lost = 0;
  for (let won = 0; won < times; ) {
    const stored = await store.load(id);
    if (stored === undefined) throw new Error("the row is gone");
    const next = { ...nextOf(stored.row), sealed: `${Number(stored.row.sealed) + 1}` };
    if (await store.save(next)) won += 1;
    else lost += 1;
  }
  return lost;
}

async function work(store: Store): Promise<unknown> {
  switch (job.name) {
    case "open":
      return store.save(job.row);
    case "increment":
      return increment(store, job.id, job.times);
    case "race": {
      const won: boolean[] = [];
      for (const row of job.rows) won.push(await store.save({ ...row, leaseHolder: job.holder }));
      return won;
    }
    case "bump": {
      const values: number[] = [];
      for (let left = job.times; left > 0; left--) values.push(await store.bump(job.counter, job.floor, job.by));
      return values;
    }
    case "save-until-killed":
      for (let row = job.row; ; row = nextOf(row)) {
        if (!(await store.save(row))) throw new Error("nobody else saves this row");
        tell({ saved: row.revision, bumped: await store.bump(row.id, 0, 1) });
      }
    case "save-until-told": {
      let isOver = false;
      void stop.then(() => (isOver = true));
      for (let row = job.row; !isOver; row = nextOf(row)) await store.save(row);
      return true;
    }
  }
}

const { openStore } = (await import(subjectUrl)) as ConformanceSubject;
const isOpening = job.name === "open";
let store = isOpening ? undefined : await openStore(place);
await store?.nextDue();
tell({ ready: true });
await go;
try {
  store ??= await openStore(place);
  tell({ done: await work(store) });
} finally {
  await store?.close();
  process.disconnect();
}
