import { random } from "../platform.js";
import { received } from "../received.js";
import { invalid_argument } from "../wasm.js";
import { host } from "./host.js";

function randomHex(bytes: number): string {
  return Array.from(random(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** No two workers share a name: the host, the process, and what no process had before. */
export function newHolder(): string {
  return `${host.name().replace(/[^\w.-]/g, "_").slice(0, 40)}-${randomHex(4)}`;
}

/** A driver's own, so that no two leases are alike: the worker's name, cut to 40 bytes, and what no other driver has. */
export function driverHolder(name: string): string {
  let cut = name.slice(0, 40);
  while (byteLength(cut) > 40 || /\p{Surrogate}/u.test(cut)) cut = cut.slice(0, -1);
  return `${cut}-${randomHex(6)}`;
}

export function checkedHolder(holder: string | undefined): string {
  if (holder === undefined) return newHolder();
  const bytes = typeof holder === "string" ? byteLength(holder) : 0;
  if (bytes >= 1 && bytes <= 64 && !/\p{Surrogate}/u.test(holder)) return holder;
  throw invalid_argument(`holder must be a name of 1 to 64 bytes; ${received(holder)}`);
}
