// The sandbox under test, on a port of its own.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { startAndReadLine } from "./process.mjs";

/** `redirects` and `names`: pairs of venue and registered address, or name of the partner. */
export async function startSandbox(redirects, names) {
  const program = process.env.VENUEKEY_SANDBOX;
  assert.ok(program, "VENUEKEY_SANDBOX must be the path of the sandbox's program.");
  const flags = (name, pairs) => pairs.flatMap(([venue, value]) => [name, `${venue}=${value}`]);
  const partner = [...flags("--redirect-uri", redirects), ...flags("--client-name", names)];
  const isReady = (line) => line.includes(" listening on ");
  const { line, stop } = await startAndReadLine(program, ["--port", "0", ...partner], { isReady });
  const url = line.match(/http:\/\/\S+/)?.[0];
  assert.ok(url, `The sandbox's first line has its address: ${line}`);

  async function admin(method, path, body) {
    const reply = await fetch(`${url}/_sandbox/${path}`, {
      method,
      headers: body ? { "content-type": "application/json" } : {},
      body: body && JSON.stringify(body),
    });
    const answer = await reply.json();
    assert.equal(reply.status, 200, `${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }

  return {
    url,
    stop,
    reset: () => admin("POST", "reset"),
    knobs: (patch) => admin("PATCH", "knobs", patch),
    userActs: (venue, action) => admin("POST", `user/${venue.name}/${venue.environment}/action`, { action }),
    fault: (order) => admin("POST", "faults", order),
    /** Returns once the requests have come that the ordered faults are for: a browser's own word is that it will send. */
    faultsAreTaken: async () => {
      while ((await admin("GET", "faults")).length > 0) await sleep(20);
    },
    /** Asks for patience at this endpoint until what it returns is called: who waits for it is at work that long. */
    keepsWaiting: async (endpoint) => {
      await admin("POST", "faults", { endpoint, fault: "rate_limit", count: 1_000_000 });
      return () => admin("DELETE", "faults");
    },
    state: () => admin("GET", "state"),
    stateWithValues: () => admin("GET", "state?values=true"),
    requestsWithValues: async () => {
      const records = [];
      for (let more = true; more; ) {
        const page = await admin("GET", `requests?values=true&after=${records.at(-1)?.seq ?? 0}`);
        records.push(...page.requests);
        more = page.more;
      }
      return records;
    },
    violations: async () => (await admin("GET", "violations")).violations,
  };
}
