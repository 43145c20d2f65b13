// What a window keeps across the exchange's page, in its own sessionStorage: no other tab has it, and it is gone with the
// window.
import type { Snapshot } from "venuekey/parts";
import { VENUES, type Venue } from "./venues";

export interface Callback {
  readonly venue: Venue;
  readonly url: string;
}

/** A flow that this page has begun by itself. Its text holds the verifier: a secret until the hand-off. */
export interface Begun {
  readonly venue: Venue;
  readonly expiresAtMs: number | undefined;
  readonly text: string;
}

function read<T>(storage: Storage, key: string): T | undefined {
  return JSON.parse(storage.getItem(key) ?? "null") ?? undefined;
}

/**
 * Takes the callback off the address bar and out of the history. Until it is delivered it is kept here, so that
 * reloading loses nothing.
 */
export function takeCallback(): Callback | undefined {
  const [, first, name, ...rest] = location.pathname.split("/");
  const venue = VENUES.find((venue) => venue === name);
  // Bybit puts a slash before the question mark.
  if (first === "callback" && venue && rest.join("") === "") {
    const url = location.pathname + location.search;
    sessionStorage.setItem("callback", JSON.stringify({ venue, url } satisfies Callback));
  }
  // The app has one page.
  if (location.href !== `${location.origin}/`) history.replaceState(null, "", "/");
  return read(sessionStorage, "callback");
}

export function begun(venue: Venue): Begun | undefined {
  const kept = read<Begun>(sessionStorage, "begun");
  return kept?.venue === venue ? kept : undefined;
}

/** Of a window that may be another than this one. */
export function keepBegun(storage: Storage, venue: Venue, snapshot: Snapshot): void {
  const { expiresAtMs } = snapshot;
  storage.setItem("begun", JSON.stringify({ venue, expiresAtMs, text: snapshot.expose() } satisfies Begun));
}

/** Whether this window still waits for the exchange's answer to what the page has begun. */
export function isWaiting(venue: Venue): boolean {
  return (begun(venue)?.expiresAtMs ?? 0) > Date.now();
}

/** Forgets what was under way in a window; a new one begins with a copy of its opener's. */
export function forgetUnderWay(storage: Storage = sessionStorage): void {
  storage.removeItem("begun");
  forgetCallback(storage);
}

export function forgetCallback(storage: Storage = sessionStorage): void {
  storage.removeItem("callback");
}

/** A window that we have opened for the exchange may close when it is back. */
export function markAsPopup(storage: Storage): void {
  storage.setItem("popup", "yes");
}

export function isPopup(): boolean {
  return sessionStorage.getItem("popup") === "yes";
}
