import type { ErrorCode } from "./codes.js";
import type { ErrorKind } from "./names.js";
import * as wasm from "./wasm.js";

// Core's numbers, written down so that they can be read before `init`; a test compares them.

/** What `Flow.choose` takes for "make a new account"; no id of the venue's. */
export const CREATE_SUBACCOUNT = "create";
/** The largest reply that is read, in bytes. */
export const MAX_BODY_BYTES = 1_048_576;
/** The largest cursor that is taken back, in bytes. */
export const MAX_CURSOR_BYTES = 131_072;
/** The largest snapshot, in bytes. */
export const MAX_SNAPSHOT_BYTES = 262_144;
/** The longest token that is taken, in bytes. */
export const MAX_TOKEN_BYTES = 8_192;
/** The snapshot version this release writes, and the newest it reads. */
export const SNAPSHOT_VERSION = 1;
/** Of this package. */
export const VERSION = "0.1.0";

/** Every error code there is, with its kind. */
export function errorCodes(): readonly (readonly [code: ErrorCode, kind: ErrorKind])[] {
  return wasm.constants().errorCodes;
}
