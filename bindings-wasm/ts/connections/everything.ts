// What both of connections' entries have. No store is loaded by it.
export * from "../everyday.js";
export { Client } from "../server-client.js";
export type { ClientConfig } from "../venue.js";
export { Account, type AccountOptions, type TokenAccess } from "./account.js";
export { Connections } from "./connections.js";
export { AmbiguousAccount, ConnectionNotFound, StoreBusy } from "./errors.js";
export { History, type HistoryOptions, type Progress, type SpanOptions, type TransactionsOptions } from "./history.js";
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
export type { ConnectionView, Event, TakenHandOff } from "./view.js";
