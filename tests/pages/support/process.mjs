// Children that never outlive the test process, however it ends.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const children = new Set();

process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});
for (const [signal, number] of [["SIGINT", 2], ["SIGTERM", 15], ["SIGHUP", 1]]) {
  process.on(signal, () => process.exit(128 + number));
}

/** Starts a program and waits for the first line it prints. */
export async function startAndReadLine(program, args) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  const ended = new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(`ended with ${signal ?? code}`));
  }).finally(() => children.delete(child));
  const complaints = [];
  createInterface({ input: child.stderr }).on("line", (line) => complaints.push(line));
  const line = await Promise.race([
    new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve)),
    ended.then((how) => Promise.reject(new Error(`${program}: ${how}\n${complaints.join("\n")}`))),
  ]);
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  return { line, stop };
}
