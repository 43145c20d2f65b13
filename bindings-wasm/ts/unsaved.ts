import { hide } from "./errors.js";
import type { Step } from "./flow.js";
import { pageOf } from "./pages.js";
import type { SharedTokens } from "./tokens.js";

/**
 * `save` threw, so nothing was done: the `cause` is its error. Give `step` to `drive` again once the store is back, and
 * keep this error until then: a reply that can't be had again may be inside.
 */
export class SaveFailed extends Error {
  declare readonly name: "SaveFailed";
  /** The step that waits to be stored. */
  declare readonly step: Step;
  /** Its page: what to do now. */
  readonly docUrl = pageOf("save_failed");

  /** @internal */
  constructor(step: Step, cause: unknown) {
    const goesOn = "nothing was done after it, and drive(error.step, …) goes on";
    super(`save did not store the flow; ${goesOn}; see ${pageOf("save_failed")}`, { cause });
    hide(this, "step", step);
  }
}

hide(SaveFailed.prototype, "name", "SaveFailed");

/**
 * A refresh has brought new tokens, and they could not be stored: the `cause` is why. Give `shared` to `keepTokens` once
 * the store is back, and keep this error until then: the venue will not send this pair again.
 */
export class TokensUnsaved extends Error {
  declare readonly name: "TokensUnsaved";
  /** The tokens, with the new pair. */
  declare readonly shared: SharedTokens;
  /** Its page: what to do now. */
  readonly docUrl = pageOf("tokens_unsaved");

  /** @internal */
  constructor(shared: SharedTokens, cause: unknown) {
    const kept = "new tokens are not stored; keepTokens(client, error.shared, …) stores them";
    super(`${kept}; see ${pageOf("tokens_unsaved")}`, { cause });
    hide(this, "shared", shared);
  }
}

hide(TokensUnsaved.prototype, "name", "TokensUnsaved");
