export * from "./everyday.js";
export { init } from "./load-node.js";
export { fetchSender } from "./send-node.js";
export { Client } from "./server-client.js";
export type { ClientConfig } from "./venue.js";
