/**
 * What users read: plain words for each state, error and recovery.
 *
 * @import { VenuekeyError } from "venuekey/server"
 * @import { ErrorKind, Recovery } from "venuekey/parts"
 */

/** @type {Record<string, string>} */
const TITLES = { whitebit: "WhiteBIT", bybit: "Bybit" };
/** @type {Record<string, string>} */
const PROGRESS = {
  "send exchange_code": "Exchanging {venue}'s one-time code for access.",
  "send refresh_tokens": "Renewing access at {venue}.",
  "send check_key": "Asking {venue} about your key.",
  "send fetch_secret": "Fetching the key's secret from {venue}. It can be read only once.",
  "send fetch_api_key": "Fetching your API key from {venue}.",
  "send read_uid": "Asking {venue} which account this is.",
  "send delete_key": "Asking {venue} to delete the key.",
  "wait key_not_ready": "Waiting for {venue} to create the key. If it still asks you for something, finish there.",
  "wait secret_locked": "{venue} keeps the key locked for a moment. This can take some minutes; nothing is wrong.",
  "wait rate_limited": "{venue} asks us to slow down. We try again shortly.",
  "wait venue_trouble": "{venue} did not answer properly. We try again shortly.",
};
const WORKING = "Working on it.";
export const PENDING =
  "Waiting for you at {venue}. Come back here when you have finished there. " +
  "If you said no there or closed its page, we may not be told: start again or stop waiting.";
export const BROKEN = "What was stored of this connection cannot be read any more. Start again.";
export const ACCESS_ENDED = "Our access to your account at {venue} has ended. Connect again.";

// One entry for each code that has something better to say than its kind.
/** @type {Record<string, string>} */
const BY_CODE = {
  callback_timeout: "You did not come back from {venue} in time, or {venue} did not let you through.",
  key_not_ready:
    "{venue} has not created the key yet. You may still have to confirm it there, or you already have a key for this app " +
    "and {venue} allows only one.",
  key_disabled: "A disabled key for this app is in the way. Delete it in your API settings at {venue}, then go on.",
  delete_key_in_dashboard:
    "The key exists, but its secret was lost on the way and cannot be read again. " +
    "The key has to be deleted before you can connect again.",
  secret_taken_elsewhere:
    "The key's secret was already read before we asked. If you did not connect from another window, delete the key in " +
    "your API settings at {venue}.",
  secret_lost: "The key's secret was lost on the way, so we deleted the key. You can connect again now.",
  outcome_unknown:
    "{venue}'s answer never reached us, so we cannot know whether it acted. Repeating the request blindly could do harm, " +
    "so we did not.",
  key_unconfirmed: "{venue}'s answer never reached us, so we cannot know whether it made a key.",
  account_not_eligible: "{venue} gives no key to this account as it is. Look there for what it asks of you first.",
  key_gone: "The key no longer exists at {venue}.",
  code_rejected: "{venue} did not accept the one-time code that it gave you.",
  secret_locked: "{venue} kept the key locked for longer than it should.",
  rate_limited: "{venue} still asks us to slow down.",
};
/** @type {Record<ErrorKind, [happened: string, next: string]>} */
const BY_KIND = {
  misuse: [
    "This app is not set up correctly for {venue}. It is not your fault; please tell us.",
    "There is nothing you can do. Nothing was changed at {venue}.",
  ],
  denied: ["You said no at {venue}. Nothing was shared.", "If you change your mind, start again."],
  rejected: ["A security check failed, so nothing was done.", "Start again."],
  user_action: ["{venue} needs something from you first.", "Do that at {venue}, then go on here."],
  reauthorize: [
    "{venue} no longer accepts the permission that you gave.",
    "Start again. If {venue} then says that a key for this app exists, delete it there first.",
  ],
  unavailable: ["{venue} is not available right now.", "Try again in a while."],
  protocol: [
    "{venue} answered in a way that we do not understand. Please tell us.",
    "You can start again; if it happens twice, wait for us to look at it.",
  ],
};
/** @type {Record<Recovery, string>} */
const BY_RECOVERY = {
  choose_again: "Choose an account once more.",
  poll_longer: "If you have confirmed the key at {venue}, let us look for it once more.",
  try_again: "We can do the same again; that does no harm.",
  ask_again: "We can ask for the key again. {venue} may give the same key, or replace it by a new one.",
  delete_key: "We can delete the key for you, as long as {venue} accepts our access. Then connect again.",
};

/** @param {string} text @param {string} venue */
export function named(text, venue) {
  return text.replaceAll("{venue}", TITLES[venue] ?? venue);
}

/** @param {string} venue @param {string} progress */
export function progress(venue, progress) {
  return named(PROGRESS[progress] ?? WORKING, venue);
}

/** @param {VenuekeyError} error */
export function whatHappened(error) {
  return BY_CODE[error.code] ?? BY_KIND[error.kind][0];
}

/** @param {ErrorKind} kind @param {Recovery} [recovery] */
export function whatNext(kind, recovery) {
  return recovery ? BY_RECOVERY[recovery] : BY_KIND[kind][1];
}
