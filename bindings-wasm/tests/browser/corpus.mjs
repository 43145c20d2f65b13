// The corpus, replayed in a page or a module worker; the result goes where the test looks for it.
import { replay } from "/tests/replay/replay.mjs";
import { ConnectionDriver } from "/venuekey/connection-driver.js";
import { Client as PublicClient } from "/venuekey/index-web.js";
// No browser build has a client with a secret: this is the entry point of servers elsewhere, for the corpus's sake.
import * as parts from "/venuekey/parts-web.js";
import * as venuekey from "/venuekey/server-web.js";

async function run() {
  let early;
  try {
    new venuekey.Secret("too early");
  } catch (error) {
    early = error.message;
  }
  await Promise.all([venuekey.init(), venuekey.init()]);
  const failures = [];
  const { cases, count } = await (await fetch("/corpus.json")).json();
  let replayed = 0;
  for (const [name, given] of cases) {
    try {
      await replay({ ...parts, ...venuekey, PublicClient, ConnectionDriver }, name, given);
      replayed += 1;
    } catch (error) {
      failures.push(`${name}: ${error.stack}`);
    }
  }
  return { early, replayed, count, failures };
}

const result = run().catch((error) => ({ failures: [error.stack] }));
if (typeof window === "undefined") result.then((value) => postMessage(value));
else globalThis.result = result;
