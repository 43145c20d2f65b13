// What a window keeps across the exchange's page, in its own sessionStorage: no other tab has it, and it is gone with the
// window.
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

export interface Kept {
  readonly callback?: Callback | undefined;
  readonly begun?: Begun | undefined;
  /** Whether we have opened the window for the exchange: then it may close when it is back. */
  readonly isPopup?: boolean;
}

export function kept(storage: Storage = sessionStorage): Kept {
  return JSON.parse(storage.getItem("kept") ?? "{}");
}

/** Of a window that may be another than this one; a new one begins with a copy of its opener's. */
export function keep(changed: Kept, storage: Storage = sessionStorage): void {
  storage.setItem("kept", JSON.stringify({ ...kept(storage), ...changed }));
}

export const NOTHING_UNDER_WAY: Kept = { begun: undefined, callback: undefined };

/**
 * Takes the callback off the address bar and out of the history. Until it is delivered it is kept here, so that
 * reloading loses nothing.
 */
export function takeCallback(): Callback | undefined {
  const [, first, name, ...rest] = location.pathname.split("/");
  const venue = VENUES.find((venue) => venue === name);
  // Bybit puts a slash before the question mark.
  if (first === "callback" && venue && rest.join("") === "") keep({ callback: { venue, url: location.pathname + location.search } });
  // The app has one page.
  if (location.href !== `${location.origin}/`) history.replaceState(null, "", "/");
  return kept().callback;
}

export function begun(venue: Venue): Begun | undefined {
  const { begun } = kept();
  return begun?.venue === venue ? begun : undefined;
}
