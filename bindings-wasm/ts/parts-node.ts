export { init } from "./load-node.js";
export * from "./parts.js";
