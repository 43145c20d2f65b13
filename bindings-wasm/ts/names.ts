/** An exchange. */
export type Venue = "whitebit" | "bybit";
/** Which of an exchange's worlds. WhiteBIT: `global`, `eu`; Bybit: `mainnet`, `testnet`. */
export type VenueEnvironment = "global" | "eu" | "mainnet" | "testnet";
/** A venue and one of its own environments, checked together. */
export type VenueAndEnvironment =
  | { readonly venue: "whitebit"; readonly environment: "global" | "eu" }
  | { readonly venue: "bybit"; readonly environment: "mainnet" | "testnet" };
/** What a connection is for: a key that the app keeps, or tokens that read the account. */
export type Goal = "account_tokens" | "api_key";
export type FlowOperation =
  | "account_tokens"
  | "api_key"
  | "refresh_tokens"
  | "check_key"
  | "delete_key"
  | "reissue_key"
  | "switch_subaccount";
export type FlowStatus = "awaiting_callback" | "ready" | "awaiting_choice" | "in_flight" | "waiting" | "done" | "failed";
export type ResponseType = "code" | "token";
/** What to do when the once-only secret is lost although this flow had asked for it. */
export type LostSecretPolicy = "report" | "delete_and_report";
/**
 * How a body at WhiteBIT spells what is not ASCII: not at all, as it is in UTF-8, or as JSON's escapes. The venue compares
 * the body with its own spelling, and no document says which that is: try one with a request that changes nothing. Bybit
 * takes any UTF-8.
 */
export type NonAscii = "refuse" | "utf8" | "escape";
export type HttpMethod = "GET" | "POST" | "DELETE";
/** What sending a request twice would do: `safe` nothing, `never` harm; `once_only`: the reply can be had once. */
export type Replay = "safe" | "never" | "once_only";
export type WaitReason = "key_not_ready" | "secret_locked" | "rate_limited" | "venue_trouble" | "refresh_unanswered";
/** How a failed flow can go on, by `Flow.recover`. */
export type Recovery = "poll_longer" | "try_again" | "choose_again" | "ask_again" | "delete_key";
/** What to do now: connect; tell the user that there is a key; ask them to delete a disabled key that is in the way. */
export type KeyDecision = "start_flow" | "already_active" | "delete_in_dashboard";
/**
 * What a look at a key is for. `inactivity`: WhiteBIT disables or deletes a key after 14 days without API activity (we
 * infer that the probe counts as activity, no document says so). `revocation`: nothing runs out, but a key can be gone
 * without notice. `expiry`: it ends at `KeyWatch.endsAtMs`, so ask the user to connect again before.
 */
export type CheckReason = "inactivity" | "revocation" | "expiry";
/**
 * What the caller does next: `misuse` fix code or configuration, `denied` the user said no, `rejected` a security check
 * failed, `user_action` the user must do something at the venue, `reauthorize` start again, `unavailable` later (see
 * `retryAfterMs`), `protocol` the venue's reply could not be understood.
 */
export type ErrorKind =
  | "misuse"
  | "denied"
  | "rejected"
  | "user_action"
  | "reauthorize"
  | "unavailable"
  | "protocol";
/** What is read of an account. */
export type ReadKind = "transactions" | "converts" | "orders" | "deals" | "main_balances" | "spot_balances";
