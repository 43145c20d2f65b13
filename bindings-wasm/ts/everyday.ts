// What every entry point has.
export { SealingKeys, Secret } from "./base.js";
export { NoResponse, VenuekeyError } from "./errors.js";
export type { KeyRequest, SignedReply } from "./model.js";
export type { FetchSenderOptions, Send } from "./send.js";
