import wasm from "venuekey/venuekey.wasm";
import { check } from "../check.js";

globalThis.result = check(wasm).catch((error) => ({ error: String(error) }));
