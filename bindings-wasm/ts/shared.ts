// What both entry points have in common.
export { type Preflight, RateBudget, type Reservation } from "./budget.js";
export { call, type CallOptions, records, type RecordsOptions } from "./call.js";
export type { Ambient, AnyClient, BeginOptions, PublicClientConfig, RestoreOptions, Started } from "./client.js";
export type { ErrorCode, KnownErrorCode } from "./codes.js";
export {
  CREATE_SUBACCOUNT,
  errorCodes,
  MAX_BODY_BYTES,
  MAX_CURSOR_BYTES,
  MAX_SNAPSHOT_BYTES,
  MAX_TOKEN_BYTES,
  SNAPSHOT_VERSION,
  VERSION,
} from "./constants.js";
export { type Clock, drive, type DriveOptions, type Save, type Sleep } from "./drive.js";
export { NoResponse, VenuekeyError } from "./errors.js";
export {
  type AtTime,
  type AuthorizeStep,
  type ChooseStep,
  type DoneStep,
  type FailedStep,
  Flow,
  type NoReply,
  type Outcome,
  type OutcomeOf,
  type SaveStep,
  type SendStep,
  Snapshot,
  type Step,
  type Subaccount,
  type WaitStep,
} from "./flow.js";
export { freshTokens, type FreshTokensOptions, keepTokens, type Load, type TokenStore } from "./fresh.js";
export { HttpRequest, HttpResponse, type RateLimit } from "./http.js";
export type * from "./names.js";
export { type AtVenueTime, Nonces } from "./nonces.js";
export type * from "./queries.js";
export { AccountRead, type Page } from "./reads.js";
export type * from "./records.js";
export type { FetchSenderOptions, Send, SendOptions } from "./send.js";
export {
  type BatchItem,
  type ClockOffset,
  type GrantedPermission,
  KeyProof,
  type Parameter,
  type Parameters,
  type PublicKeyAnswer,
  PublicKeyProbe,
  SignedReply,
  Signer,
  type SignerConfig,
  type SignerOptions,
  type WithNonce,
} from "./sign.js";
export { MemoryStore } from "./store.js";
export {
  type Reauthorize,
  type RefreshTokens,
  SharedTokens,
  type TokenPlan,
  type UseTokens,
  type WaitUntil,
} from "./tokens.js";
export { SaveFailed, TokensUnsaved } from "./unsaved.js";
export {
  ApiKey,
  codeChallengeS256,
  HandOff,
  KeyStatus,
  type PermissionGroup,
  type PermissionUrl,
  SealingKeys,
  Secret,
  Tokens,
  type TokensOptions,
} from "./values.js";
export { type KeyCheck, type KeyVerdict, KeyWatch, type KeyWatchOptions } from "./watch.js";
