import * as check from "./check.js";
import { VenuekeyError } from "./errors.js";
import type { Flow, Step } from "./flow.js";
import type { AccountTokensOutcome, ApiKeyOutcome, HandOffOutcome, KeyCheckedOutcome } from "./model.js";
import type { KeyDeletedOutcome, Outcome, TokensRefreshedOutcome } from "./model.js";
import type { FlowOperation } from "./names.js";
import { shown } from "./opaque.js";
import * as wasm from "./wasm.js";

/** What an operation can bring; `Key` is what a connection for a key brings to this kind of client. */
export type OutcomeOf<Operation extends FlowOperation, Key extends Outcome = ApiKeyOutcome | HandOffOutcome> = {
  readonly api_key: Key;
  readonly account_tokens: AccountTokensOutcome;
  readonly refresh_tokens: TokensRefreshedOutcome;
  readonly check_key: KeyCheckedOutcome;
  readonly delete_key: KeyDeletedOutcome;
  readonly reissue_key: ApiKeyOutcome;
  readonly switch_subaccount: ApiKeyOutcome;
}[Operation];

/** What a flow from the store is known to be for. */
export interface RestoreOptions<Operation extends FlowOperation = FlowOperation> {
  /** Refuses a flow for anything else, and types what it brings. */
  readonly operation?: Operation | undefined;
}

/** @internal The step that the compiled half made; an error in it knows its flow. */
export function step<Is extends Step>(made: unknown): Is {
  const seen = shown<Is>(made);
  if (seen.name === "failed") VenuekeyError.ended(seen.error, seen.flow, seen.recovery);
  return seen;
}

/** @internal The flow, where it is for what is wanted. */
export function forOperation<Brings extends Outcome>(handle: wasm.Flow, options: RestoreOptions): Flow<Brings> {
  const wanted = check.optionalText(check.record(options, "options").operation, "operation");
  if (wanted === undefined || wanted === handle.operation) return shown(handle);
  throw wasm.invalid_argument(`operation must be one of: ${handle.operation} (what this flow is for)`);
}
