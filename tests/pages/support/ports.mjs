// Ports that nobody else gets.
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** Below the numbers that the system gives out by itself: nobody gets it by chance while no server of ours has it. */
export async function freePort() {
  const port = randomInt(20_000, 32_768);
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    if (error.code !== "EADDRINUSE") throw error;
    return freePort();
  }
  await once(server.close(), "close");
  return port;
}
