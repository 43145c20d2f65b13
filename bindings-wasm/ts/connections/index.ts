// Connections as one row each, with one worker: the everyday package, in Node.
import { setMaxListeners } from "node:events";
import { hostname } from "node:os";
import { fetchSender } from "../send-node.js";
import { useHost } from "./host.js";

export { connectLocal, type ConnectLocalOptions } from "./connect-local.js";
export { diagnose, type DiagnoseOptions } from "./diagnose.js";
export type { Finding } from "./finding.js";
export { Trouble } from "./trouble.js";
export { init } from "../load-node.js";
export * from "./everything.js";
export { fetchSender };

useHost({
  name: () => `${hostname().slice(0, 30)}-${process.pid}`,
  sender: fetchSender,
  concurrency: 8,
  allowListeners: (signal) => setMaxListeners(0, signal),
});
