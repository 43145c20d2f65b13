// What the doctor says: one finding for each thing it has looked at.
import type { Finding } from "../connections/finding.js";
import type { VenuekeyError } from "../errors.js";
import { pageOf } from "../pages.js";
import { BY_KIND, TEXTS } from "./texts.js";

/** What fills in a finding's text. */
export type Values = Readonly<Record<string, string | number>>;

const DOCTOR = pageOf("").replace("errors/.md", "doctor.md#");

export type Code = keyof typeof TEXTS;

/** `[row|rows]`: the first where `count` (or `days`) is 1. */
function filled(text: string, values: Values): string {
  const isOne = (values["count"] ?? values["days"]) === 1;
  const chosen = text.replace(/\[([^|\]]*)\|([^\]]*)\]/g, (_, one: string, more: string) => (isOne ? one : more));
  return chosen.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}

export function found(code: Code, about: string, values: Values = {}, connectionId?: string): Finding {
  const [level, text, todo] = TEXTS[code];
  const docUrl = DOCTOR + code;
  return Object.freeze({ code, level, about, text: filled(text, values), todo: filled(todo, values), docUrl, connectionId });
}

/** What an error says, which never quotes the venue. */
export function fromError(error: VenuekeyError, about: string, level: Finding["level"] = "fail", connectionId?: string): Finding {
  const { code, docUrl, kind } = error;
  return Object.freeze({ code, level, about, text: told(error), todo: BY_KIND[kind] ?? "", docUrl, connectionId });
}

/** Without its code and its page, which stand beside it. */
export function told({ code, docUrl, message }: VenuekeyError): string {
  const [head, tail] = [`${code}: `, `; see ${docUrl}`];
  const text = message.startsWith(head) ? message.slice(head.length) : message;
  return text.endsWith(tail) ? text.slice(0, -tail.length) : text;
}
