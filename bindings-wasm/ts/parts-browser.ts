export { init } from "./load-browser.js";
export * from "./parts.js";
