// The store of a Durable Object as the conformance suite sees it: each object is a place, each client has its own store there.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { StoreError } from "venuekey/stores";

const here = fileURLToPath(new URL(".", import.meta.url));

let running;
export async function started() {
  running ??= (async () => {
    // Only where it runs: the suite's other processes are clients.
    const [{ build, start }, { freePort }] = await Promise.all([import("../workerd.mjs"), import("../../journeys/sandbox.mjs")]);
    const folder = await mkdtemp(join(here, "../built-"));
    await build(folder, join(here, "store-worker.js"), { objects: "Place" });
    return { folder, start, workerd: await start(folder, `127.0.0.1:${await freePort()}`) };
  })();
  return running;
}

export async function end() {
  if (running === undefined) return;
  const { folder, workerd } = await running;
  await workerd.kill();
  await rm(folder, { recursive: true });
}

/** As a crash of the machine's process, and what comes after it at the same address. */
export async function crash() {
  const now = await started();
  await now.workerd.kill();
  now.workerd = await now.start(now.folder, new URL(now.workerd.url).host);
}

async function ask(place, given, options = {}) {
  return fetch(place, { method: "POST", body: JSON.stringify(given), ...options });
}

async function answer(reply) {
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${reply.status} ${text}`);
  const { value, error } = JSON.parse(text);
  if (error?.name === "StoreError") throw new StoreError(error.operation, error.driver);
  if (error !== undefined) throw new TypeError(error.message);
  return value;
}

const METHODS = [
  "load", "save", "due", "nextDue", "find", "findAccount", "delete", "bump", "touch", "quarantine", "rowsSealedByOthers", "nowMs",
  "wake", "seen", "lastSeen", "close",
];

export const makePlace = async () => `${(await started()).workerd.url}/${randomUUID()}`;

export function openStore(place) {
  const client = randomUUID();
  // A call begins in the object once the waits before it have begun there.
  let begun = Promise.resolve();
  const store = {
    async wait(timeoutMs, signal) {
      if (signal?.aborted) return false;
      const asked = begun.then(() => ask(place, [client, "wait", timeoutMs], { signal }));
      begun = asked.catch(() => {});
      try {
        return await answer(await asked);
      } catch (error) {
        if (signal?.aborted) return false;
        throw error;
      }
    },
  };
  for (const method of METHODS) store[method] = (...args) => begun.then(() => ask(place, [client, method, ...args])).then(answer);
  return store;
}

export const tell = async (place, ...given) => answer(await ask(place, ["", ...given]));
export const breakPlace = (place) => tell(place, "break");
export const mendPlace = (place) => tell(place, "mend");
