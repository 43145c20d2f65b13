// What Node has and the web has not; index.ts and index-web.ts say which it is.
import type { Send } from "../send.js";

export interface Host {
  /** Of this process, as a worker's name begins. */
  name(): string;
  /** What sends where the app brings no sender. */
  sender(): Send;
  /** So many connections does a worker work at. */
  readonly concurrency: number;
  /** Of a signal to which each job listens. */
  allowListeners(signal: AbortSignal): void;
}

export let host: Host;

export function useHost(given: Host): void {
  host = given;
}
