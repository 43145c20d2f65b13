export { init } from "./load-web.js";
export * from "./parts.js";
