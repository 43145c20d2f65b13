// Connections as one row each, with one worker: the everyday package. Node's own, and no store is loaded by it.
import "../load-node.js";

export * from "../everyday.js";
export { fetchSender } from "../send-node.js";
export { Client } from "../server-client.js";
export type { ClientConfig } from "../venue.js";
export { Account, type AccountOptions, type TokenAccess } from "./account.js";
export { Connections } from "./connections.js";
export { connectLocal, type ConnectLocalOptions } from "./connect-local.js";
export { diagnose, type DiagnoseOptions } from "./diagnose.js";
export { AmbiguousAccount, ConnectionNotFound, StoreBusy } from "./errors.js";
export type { Finding } from "./finding.js";
export type { Logger } from "./log.js";
export type {
  BeginOptions,
  ConnectionsOptions,
  ConsentOptions,
  HandOffOptions,
  ImportOptions,
  Owned,
  ReconnectOptions,
  RunOptions,
} from "./options.js";
export { Trouble } from "./trouble.js";
export type { ConnectionView, Event } from "./view.js";
