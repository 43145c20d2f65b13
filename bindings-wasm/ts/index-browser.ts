import { Client as WholeClient } from "./public-client.js";
import type { Opaque } from "./opaque.js";
import type { PublicClientConfig } from "./venue.js";

export { Secret } from "./base.js";
export { NoResponse, VenuekeyError } from "./errors.js";
export { init } from "./load-browser.js";
export type { KeyRequest } from "./model.js";
export type { FetchSenderOptions, Send } from "./send.js";
export { fetchSender } from "./send-web.js";
export type { PublicClientConfig } from "./venue.js";

/** What connects: all that a page does at a venue. The rest of a client's calls are those of `venuekey/full`. */
export type Client = Pick<
  WholeClient,
  | keyof Opaque
  | "authorizeBase"
  | "begin"
  | "environment"
  | "redirectUri"
  | "restore"
  | "supports"
  | "takesPastedCode"
  | "venue"
>;
export const Client: new (config: PublicClientConfig) => Client = WholeClient;
