/** What to do with a value of these classes, if another one is meant. */
const ADVICE: Record<string, string> = {
  Promise: "await it first",
  URL: "give its href",
  AbortController: "give its signal",
  Response: "make one: new HttpResponse(reply.status, new Uint8Array(await reply.arrayBuffer()), reply.headers)",
  Flow: "give what its resume() returns, or its snapshot() to a store",
};

/** What was given instead: what it is, and never what it holds. */
export function received(value: unknown): string {
  if (value === null || value === undefined) return `received ${value}`;
  if (typeof value !== "object") return `received type ${typeof value}`;
  const name = isThenable(value) ? "Promise" : value.constructor?.name || "Object";
  const advice = Object.hasOwn(ADVICE, name) ? ` (${ADVICE[name]})` : "";
  return `received an instance of ${name}${advice}`;
}

/** Whether it has no class of its own, in any realm: an edge runtime's `Object` need not be the one that made it. */
export function isPlain(value: object): boolean {
  const above: unknown = Object.getPrototypeOf(value);
  return above === null || Object.getPrototypeOf(above) === null;
}

export function isThenable(value: object): boolean {
  return typeof (value as { readonly then?: unknown }).then === "function";
}
