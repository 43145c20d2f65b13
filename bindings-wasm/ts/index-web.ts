export * from "./everyday.js";
export { init } from "./load-web.js";
export { Client } from "./public-client.js";
export { fetchSender } from "./send-web.js";
export type { PublicClientConfig } from "./venue.js";
