// All checks of one `Connections`, in the order in which one would fix them.
import * as check from "../check.js";
import type { Connections } from "./connections.js";
import type { Signing } from "./signing.js";
import { checkClient } from "../desk/check-clients.js";
import { checkKeys } from "../desk/check-keys.js";
import { Census } from "../desk/check-rows.js";
import { checkStore, ofStoreError } from "../desk/check-store.js";
import { checkVenues } from "../desk/check-venue.js";
import type { Finding } from "./finding.js";

const PROBES = 3;
/** If the venue can't be asked, no key is asked about. */
const UNREACHED = ["name_not_found", "tls_failed", "proxy_refused", "venue_unreachable", "venue_maintenance"];
const INSIDE = Symbol.for("venuekey.connections");

export interface DiagnoseOptions {
  /** Sends nothing. */
  readonly offline?: boolean | undefined;
  /** How many keys of each client the venue is asked about; 3 if left out. Asking counts as a use of the key. */
  readonly probes?: number | undefined;
}

/** What a `Connections` is made of, whichever copy of the package has made it. */
export function insideOf(connections: Connections): Signing {
  return (connections as unknown as { readonly [INSIDE]: Signing })[INSIDE];
}

/**
 * Looks at clients, venues, store, sealing keys, rows and workers, and says what is wrong. It changes nothing: at the venue
 * it asks for the time, opens the consent page, and signs one read-only question for a few keys.
 * @returns one finding for each thing it has looked at, `level` `ok` if it is well.
 */
export async function diagnose(connections: Connections, options: DiagnoseOptions = {}): Promise<Finding[]> {
  const { offline = false, probes = PROBES } = check.options(options, ["offline", "probes"]);
  const signing = insideOf(connections);
  const { rows, hands } = signing.runner;
  const findings = [...rows.clients].flatMap(([name, client]) => checkClient(name, client));
  if (!offline) findings.push(...(await checkVenues(rows.clients, hands.send, () => rows.time.sure())));
  const [ofStore, ...more] = await checkStore(rows.store, rows.store.constructor.name);
  findings.push(ofStore!, ...more);
  const isReadable = ofStore!.level === "ok" || ["store_read_only", "store_full"].includes(ofStore!.code);
  if (!isReadable) return findings;
  try {
    const census = await Census.of(rows);
    findings.push(...census.sealing(), ...census.rows(), ...(await census.workers()), ...census.connections());
    if (ofStore!.level === "ok" && !offline && !findings.some(({ code }) => UNREACHED.includes(code))) {
      findings.push(...(await checkKeys(census.opened, signing, probes)));
    }
  } catch (error) {
    findings.push(ofStoreError(error));
  }
  return findings;
}
