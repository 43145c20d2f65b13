import { VenuekeyError } from "../errors.js";
import { pageOf } from "../pages.js";

/** Nobody wants to wait for so long. */
export function tooLong(waitMs: number): VenuekeyError {
  const hint = "the venue's limits let nothing through for longer than patienceMs";
  const said = `rate_limited: ask again later (try again in ${Math.ceil(waitMs / 1000)} s); ${hint}`;
  const message = `${said}; see ${pageOf("rate_limited")}`;
  return new VenuekeyError(message, "unavailable", "rate_limited", { retry_after_ms: waitMs, hint });
}
