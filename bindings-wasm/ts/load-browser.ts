import { start, type WasmSource } from "./loading.js";

export type { WasmSource } from "./loading.js";

/**
 * Loads the compiled half, once: call and await it before anything else; what comes second waits for the first. Without
 * an argument it is fetched from beside this module, which browsers and bundlers (Vite, webpack, Rollup) find by
 * themselves; otherwise give its address, or what the platform has made of `venuekey/connect.wasm`.
 *
 * It is the half that connects. An app that also imports `venuekey/full` has the whole one loaded in its place.
 */
export function init(source?: WasmSource | PromiseLike<WasmSource>): Promise<void> {
  return start(source, () => new URL("./connect.wasm", import.meta.url));
}
