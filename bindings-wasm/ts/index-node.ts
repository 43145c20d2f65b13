export * from "./everyday.js";
export { init } from "./load-node.js";
export { Client } from "./public-client.js";
export { fetchSender } from "./send-node.js";
export type { PublicClientConfig } from "./venue.js";
