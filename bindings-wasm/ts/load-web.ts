import { needsWhole, start, type WasmSource } from "./loading.js";

export type { WasmSource } from "./loading.js";

const address = () => new URL("./venuekey.wasm", import.meta.url);
needsWhole(address);

/**
 * Loads the compiled half, once: call and await it before anything else; what comes second waits for the first. Without
 * an argument it is fetched from beside this module, which browsers and bundlers (Vite, webpack, Rollup) find by
 * themselves; otherwise give its address, or what the platform has made of `venuekey/venuekey.wasm`.
 */
export function init(source?: WasmSource | PromiseLike<WasmSource>): Promise<void> {
  return start(source, address);
}
