export { init } from "./load-web.js";
export { Client } from "./public-client.js";
export { fetchSender } from "./send-web.js";
export * from "./shared.js";
