export { init } from "./load-web.js";
export { fetchSender } from "./send-web.js";
export { Client } from "./server-client.js";
export * from "./shared.js";
export type { ClientConfig } from "./venue.js";
