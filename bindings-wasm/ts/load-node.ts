import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { useRandom } from "./platform.js";
import * as wasm from "./wasm.js";

// Synchronously, when the package is imported or required: nothing to wait for.
wasm.initSync({ module: new WebAssembly.Module(readFileSync(new URL("./venuekey.wasm", import.meta.url))) });
useRandom(webcrypto);

/** In Node there is nothing to do: importing the package has done it. */
export function init(_source?: unknown): Promise<void> {
  return Promise.resolve();
}
