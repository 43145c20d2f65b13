import type { WasmSource } from "./load-web.js";

/** `venuekey/venuekey.wasm`: what the platform makes of the file, for `init`. */
declare const wasm: WasmSource;
export default wasm;
