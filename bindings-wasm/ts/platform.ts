/** Fills the array from the platform's random source; `load-node.ts` supplies one if there is no global. */
export let random = <T extends Uint8Array | Uint32Array>(array: T): T => globalThis.crypto.getRandomValues(array as never);

export function useRandom(source: { getRandomValues(array: never): unknown }): void {
  random = (array) => source.getRandomValues(array as never) as typeof array;
}
