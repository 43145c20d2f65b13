import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { received } from "../received.js";
import { invalid_argument } from "../wasm.js";

/** No two workers share a name: the host, the process, and what no process had before. */
export function newHolder(): string {
  const host = hostname().replace(/[^\w.-]/g, "_").slice(0, 30);
  return `${host}-${process.pid}-${randomBytes(4).toString("hex")}`;
}

/** A driver's own, so that no two leases are alike: the worker's name, cut to 40 bytes, and what no other driver has. */
export function driverHolder(name: string): string {
  let cut = name.slice(0, 40);
  while (Buffer.byteLength(cut) > 40 || /\p{Surrogate}/u.test(cut)) cut = cut.slice(0, -1);
  return `${cut}-${randomBytes(6).toString("hex")}`;
}

export function checkedHolder(holder: string | undefined): string {
  if (holder === undefined) return newHolder();
  const bytes = typeof holder === "string" ? Buffer.byteLength(holder) : 0;
  if (bytes >= 1 && bytes <= 64 && !/\p{Surrogate}/u.test(holder)) return holder;
  throw invalid_argument(`holder must be a name of 1 to 64 bytes; ${received(holder)}`);
}
