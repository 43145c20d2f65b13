// Whether the venue takes stored keys: a signed question that changes nothing, for a few of them.
import type { Connection } from "../connection.js";
import type { Signing } from "../connections/signing.js";
import type { KeyProof } from "../model.js";
import { isVenuekeyError } from "./check-clients.js";
import { aboutOf } from "./check-rows.js";
import { isStoreError } from "./check-store.js";
import { hostOf, lost } from "./check-venue.js";
import type { Finding } from "../connections/finding.js";
import { found, fromError } from "./findings.js";

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;
const PATIENCE_MS = 10_000;

/** `most` of each client. */
export async function checkKeys(opened: readonly Connection[], signing: Signing, most: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  const done = new Map<string, number>();
  for (const connection of opened) {
    const { clientName, id, status } = connection;
    const asked = done.get(clientName) ?? 0;
    const signer = status === "connected" && asked < most ? connection.signer() : undefined;
    if (signer === undefined) continue;
    done.set(clientName, asked + 1);
    const { nonceMs } = await signing.number(connection, signer, true, PATIENCE_MS);
    const request = signer.probe({ nonceMs });
    try {
      const proof = signer.receiveProbe(await signing.runner.hands.send(request, {}));
      findings.push(proven(connection, proof, signing.runner.rows.time.at()));
    } catch (error) {
      if (isStoreError(error)) throw error;
      if (isVenuekeyError(error)) findings.push(fromError(error, aboutOf(connection), "fail", id));
      else findings.push(lost(error, aboutOf(connection), hostOf(request.url)));
    }
  }
  return findings;
}

function proven(connection: Connection, proof: KeyProof, nowMs: number): Finding {
  const about = aboutOf(connection);
  const days = proof.expiresAtMs === undefined ? Infinity : Math.floor((proof.expiresAtMs - nowMs) / DAY_MS);
  if (days < SOON_DAYS) return found("key_expires_soon", about, { days: Math.max(0, days) }, connection.id);
  const granted = proof.isPermitted ? "" : ", though the user has granted it nothing";
  const bound = proof.ips.length > 0 && !proof.ips.includes("*") ? `; it is bound to ${proof.ips.join(", ")}` : "";
  return found("key_ok", about, { permissions: granted + bound }, connection.id);
}
