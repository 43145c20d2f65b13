import type { WasmSource } from "./loading.js";

/** `venuekey/venuekey.wasm`, `venuekey/connect.wasm`: what the platform makes of the file, for `init`. */
declare const wasm: WasmSource;
export default wasm;
