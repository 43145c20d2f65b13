// Connections as one row each, with one worker: the everyday package, where there is only what the web has.
import { fetchSender } from "../send-web.js";
import { useHost } from "./host.js";

export { init } from "../load-web.js";
export * from "./everything.js";
export { fetchSender };

useHost({ name: () => "worker", sender: fetchSender, allowListeners() {} });
