/** `venuekey/venuekey.wasm?module`, as Next writes it: the compiled module, for `init`. */
declare const wasm: WebAssembly.Module;
export default wasm;
