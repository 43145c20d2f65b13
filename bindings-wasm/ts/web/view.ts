// A view as JSON. The API is one in every language, so its names are too.
import type { ConnectionView } from "../connections/view.js";
import { snakeCase } from "../spelling.js";

const NAMES = [
  "id", "client", "label", "venue", "environment", "goal", "status", "begunAtMs", "attempt", "expiresAtMs", "choices", "error",
  "recovery", "replacesKey", "wait", "uid", "keyId", "key", "scope", "keyLeft", "intent", "dueAtMs", "noWorker", "trail",
] as const;

/** What JSON has of it, by names that are the same in every language; what is not there is `null`. */
function plain<T extends object>(of: T, names: readonly (keyof T & string)[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [snakeCase(name), of[name] ?? null]));
}

/** All of a view but `authorizeUrl`, and `owner`: the app's own name for the user can be what logs them in. */
export function asDict(view: ConnectionView): Record<string, unknown> {
  const { attempt, choices, error, key, wait, trail } = view;
  return {
    ...plain(view, NAMES),
    attempt: attempt === undefined ? null : plain(attempt, ["number", "status", "expiresAtMs", "request"]),
    choices: choices === undefined ? null : {
      subaccounts: choices.subaccounts.map((each) => plain(each, ["id", "nickname"])),
      ...plain(choices, ["mayCreate", "creationInDoubt"]),
    },
    error: error === undefined ? null : plain(error, ["code", "kind", "docUrl", "hint"]),
    key: key === undefined ? null : {
      ...plain(key, ["id", "ending", "subMemberId", "ips", "isReadOnly", "endsAtMs"]),
      permissions: key.permissions?.map((each) => plain(each, ["name", "title", "granted", "withheld"])) ?? null,
    },
    wait: wait === undefined ? null : plain(wait, ["reason", "attempts", "untilMs", "givesUpAtMs"]),
    trail: trail.map((each) => plain(each, ["atMs", "what", "code"])),
  };
}
