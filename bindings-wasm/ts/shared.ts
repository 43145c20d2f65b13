// What both entry points have in common. A file of which all is public stands as a whole.
export * from "./budget.js";
export * from "./call.js";
export type { Ambient, AnyClient, BeginOptions, PublicClientConfig, RestoreOptions, Started } from "./client.js";
export type * from "./codes.js";
export * from "./constants.js";
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
export * from "./fresh.js";
export * from "./http.js";
export type * from "./names.js";
export * from "./nonces.js";
export type * from "./queries.js";
export { AccountRead, type Page } from "./reads.js";
export type * from "./records.js";
export type { FetchSenderOptions, Send, SendOptions } from "./send.js";
export * from "./sign.js";
export * from "./store.js";
export * from "./tokens.js";
export * from "./unsaved.js";
export * from "./values.js";
export * from "./watch.js";
