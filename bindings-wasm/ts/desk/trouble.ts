// What goes wrong at the desk and is nobody's defect: told as a finding, without a trace.
import type { Finding } from "../connections/finding.js";
import { Trouble } from "../connections/trouble.js";
import { isVenuekeyError } from "./check-clients.js";
import { isStoreError, ofStoreError } from "./check-store.js";
import { pageOf } from "../pages.js";
import { type Code, found, fromError, type Values } from "./findings.js";
import { AT_DESK } from "./texts.js";

const OTHERS: Readonly<Record<string, readonly [code: string, todo: string]>> = {
  ConnectionNotFound: ["connection_not_found", "`venuekey status` lists what there is"],
  AmbiguousAccount: ["ambiguous_account", "name one by its id: `venuekey status` lists them"],
  StoreBusy: ["store_busy", "run it again"],
  NoResponse: ["no_response", "if the request changes something, check its outcome at the venue"],
};

export function trouble(code: Code, about: string, values: Values = {}): Trouble {
  return new Trouble(found(code, about, values));
}

/** For what was to be expected; `undefined` for a defect. */
export function findingOf(error: unknown): Finding | undefined {
  if (error instanceof Trouble) return error.finding;
  if (isStoreError(error)) return ofStoreError(error);
  if (isVenuekeyError(error)) return { ...fromError(error, error.venue ?? "venuekey"), todo: AT_DESK[error.kind] ?? "" };
  if (!(error instanceof Error)) return undefined;
  const other = OTHERS[error.name];
  if (other === undefined) return undefined;
  const [code, todo] = other;
  return { code, level: "fail", about: "venuekey", text: error.message, todo, docUrl: pageOf(code), connectionId: undefined };
}
