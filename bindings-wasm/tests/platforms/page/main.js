import { check } from "../check.js";

globalThis.result = check().catch((error) => ({ error: String(error) }));
