// `venuekey/stores/conformance`: what decides whether something is a store.
import { contention } from "./conformance-contention.js";
import { failures } from "./conformance-failures.js";
import { lookups } from "./conformance-lookups.js";
import { saves } from "./conformance-saves.js";
import type { ConformanceSubject, Suite } from "./conformance-suite.js";
import { wakes } from "./conformance-wakes.js";

export type { ConformanceSubject } from "./conformance-suite.js";
export type { ConnectionRow } from "./row.js";
export type { Store, Stored } from "./store.js";

/** `test` of `node:test`, or of another runner. */
export type Test = (name: string, run: () => Promise<void>) => unknown;

/**
 * Declares the tests of a store. Some start processes of their own, so it is given by the address of a module:
 *
 * ```js
 * import { test } from "node:test";
 * import { conformance } from "venuekey/stores/conformance";
 *
 * await conformance(test, new URL("./my-store.js", import.meta.url)); // exports makePlace and openStore
 * ```
 */
export async function conformance(test: Test, module: URL | string): Promise<void> {
  const url = String(module);
  const subject = (await import(url)) as ConformanceSubject;
  const suite: Suite = {
    subject,
    url,
    add(name, run) {
      test(name, async () => {
        const place = await subject.makePlace();
        try {
          const store = await subject.openStore(place);
          try {
            await run(store, place);
          } finally {
            await store.close();
          }
        } finally {
          await subject.removePlace?.(place);
        }
      });
    },
  };
  for (const part of [saves, lookups, contention, wakes, failures]) part(suite);
}
