// What the page says by itself. The backend has words of its own for where an account stands.
import { Refused } from "./api";
import { TITLE, type Venue } from "./venues";

const BY_CODE: Record<string, string> = {
  redirect_not_supported:
    "{venue} does not send people back to a web page that asks by itself. Our server can ask in its place.",
  callback_timeout: "You came back from {venue} too late. Nothing was done; connect again.",
  hand_off_expired: "You came back from {venue} too late. Nothing was done; connect again.",
  nothing_waits:
    "Nothing here waits for {venue}. It may be done already, you may have waited too long, or you began in another " +
    "browser: go on there, or connect again.",
};
const BY_KIND: Record<string, string> = {
  unavailable: "Something else is going on at {venue} just now. Nothing is lost; try again in a moment.",
  denied: "You said no at {venue}. Nothing was shared. If you change your mind, connect again.",
  rejected:
    "This was not the answer from {venue} that we wait for, so nothing was done. Go on in the window in which you " +
    "began last, or connect again.",
};
const ELSE = "That did not work, and nothing was done. Try again; if it happens twice, please tell us.";

function fill(text: string, venue: Venue): string {
  return text.replaceAll("{venue}", TITLE[venue]);
}

/** What the backend's refusals and venuekey's errors have; an error without was no answer at all. */
export interface Problem {
  readonly kind?: string;
  readonly code?: string;
}

export function whatHappened(error: unknown, venue: Venue): string {
  const { kind, code = "" } = error as Problem;
  if (kind === undefined || kind === "") return "Our server did not answer. Nothing is lost; try again.";
  const nothingWaits = error instanceof Refused && error.status === 404;
  return fill(BY_CODE[nothingWaits ? "nothing_waits" : code] ?? BY_KIND[kind] ?? ELSE, venue);
}

const SAID = {
  loading: "One moment …",
  none: "Not connected. {venue} will ask you before anything happens.",
  connected: "Connected.",
  opening: "Opening {venue} …",
  delivering: "Back from {venue}. One moment …",
  blocked: "Your browser did not open a window for {venue}.",
  waiting:
    "Waiting for you at {venue}. Come back here when you have finished there. If you have closed its page, open it " +
    "again or stop waiting.",
  forgetting: "We forget the key here. At {venue} it stays until you delete it yourself, in your API settings there.",
};

export function say(what: keyof typeof SAID, venue: Venue): string {
  return fill(SAID[what], venue);
}

/** A button for each recovery of venuekey's. */
export const RECOVER: Record<string, string> = {
  poll_longer: "Keep looking",
  try_again: "Try again",
  ask_again: "Ask for the key again",
  delete_key: "Delete the key",
};

export const UNREACHABLE = "Our server does not answer just now. This page keeps trying.";
