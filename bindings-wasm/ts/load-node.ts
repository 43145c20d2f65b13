import { builtin } from "./builtin-node.js";
import { useRandom } from "./platform.js";
import { packed } from "./wasm-inline.js";
import * as wasm from "./wasm.js";

// Synchronously, when the first call comes: nothing to wait for, and no compiler in the start of a program that calls nothing.
// From a script, not a file, because no bundler for Node brings a file along.
wasm.loadWhenCalled(() => {
  const bytes = builtin("node:zlib").brotliDecompressSync(Buffer.from(packed, "base64"));
  return wasm.initSync({ module: new WebAssembly.Module(bytes as BufferSource) });
});
useRandom({ getRandomValues: (array) => builtin("node:crypto").webcrypto.getRandomValues(array) });

/** In Node there is nothing to do: the first call does it. */
export function init(_source?: unknown): Promise<void> {
  return Promise.resolve();
}
