// What no entry offers, and the tests look into.
export { ConnectionDriver } from "./connection-driver.js";
export { MIGRATIONS } from "./stores/tables.js";
export * as wasm from "./wasm.js";
