import type { Store } from "./store.js";

/** What a module exports that says how to make the store. The suite imports it, and so does each process that it starts. */
export interface ConformanceSubject {
  /** A new place without rows, as text that other processes understand: a path, a URL. */
  makePlace(): string | Promise<string>;
  /** The store at that place, which may be made for the first time. */
  openStore(place: string): Store | Promise<Store>;
  /** Called once the test has ended and its stores are closed. */
  removePlace?(place: string): void | Promise<void>;
  /** Lets each save fail of this process's stores at that place, those that are open already too, until `mendPlace`. */
  breakPlace?(place: string): void | Promise<void>;
  mendPlace?(place: string): void | Promise<void>;
  /** Whether a save wakes those who wait in other processes too. */
  readonly wakesProcesses?: boolean;
}

/** What the parts of the suite get. */
export interface Suite {
  readonly subject: ConformanceSubject;
  /** The subject's address, for other processes. */
  readonly url: string;
  /** A test with a place of its own and the store there. */
  add(name: string, run: (store: Store, place: string) => Promise<void>): void;
}
