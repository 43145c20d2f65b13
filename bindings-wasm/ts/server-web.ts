export * from "./everyday.js";
export { init } from "./load-web.js";
export { fetchSender } from "./send-web.js";
export { Client } from "./server-client.js";
export type { ClientConfig } from "./venue.js";
