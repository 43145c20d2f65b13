import { webcrypto } from "node:crypto";
import { brotliDecompressSync } from "node:zlib";
import { useRandom } from "./platform.js";
import { packed } from "./wasm-inline.js";
import * as wasm from "./wasm.js";

// Synchronously, when the package is imported or required: nothing to wait for. And from a script, not a file, because no
// bundler for Node brings a file along.
wasm.initSync({ module: new WebAssembly.Module(brotliDecompressSync(Buffer.from(packed, "base64")) as BufferSource) });
useRandom(webcrypto);

/** In Node there is nothing to do: importing the package has done it. */
export function init(_source?: unknown): Promise<void> {
  return Promise.resolve();
}
