import { VenuekeyError } from "../errors.js";

/** Nobody wants to wait for so long. */
export function tooLong(waitMs: number): VenuekeyError {
  const hint = "the venue's limits allow no request within patienceMs";
  const seconds = Math.ceil(waitMs / 1000);
  return new VenuekeyError(`rate_limited: ask again later (try again in ${seconds} s); ${hint}`, "unavailable", "rate_limited", {
    retry_after_ms: waitMs,
    hint,
  });
}
