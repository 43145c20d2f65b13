import wasm from "venuekey/connect.wasm";
import { check } from "../check.js";

globalThis.result = check(wasm).catch((error) => ({ error: String(error) }));
