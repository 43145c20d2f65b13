// Connections as one row each, with one worker: the everyday package, where there is only what the web has.
import { fetchSender } from "../send-web.js";
import { useHost } from "./host.js";

export { init } from "../load-web.js";
export * from "./everything.js";
export { fetchSender };

// Cloudflare lets six requests be out at the same time. One that waits for its turn there runs out of time all the same, and
// then nobody knows whether it was sent; so sessions have room beside the worker.
useHost({ name: () => "worker", sender: fetchSender, concurrency: 4, allowListeners() {} });
