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

const PATIENCE_MS = 180_000;

/** Starts a program and waits for the first line it prints that `isReady`. It is read on, so that it never blocks. */
export async function startAndReadLine(program, args, { env = process.env, isReady = () => true } = {}) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env });
  children.add(child);
  const ended = new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(`ended with ${signal ?? code}`));
  }).finally(() => children.delete(child));
  const lines = [];
  const ready = new Promise((resolve) => {
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on("line", (line) => {
        lines.push(line);
        if (isReady(line)) resolve(line);
      });
    }
  });
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, "not ready in time");
  });
  const failed = Promise.race([ended, late]).then((how) => {
    throw new Error(`${program}: ${how}\n${lines.join("\n")}`);
  });
  const line = await Promise.race([ready, failed]).finally(() => clearTimeout(timer));
  const stop = async (signal = "SIGKILL") => {
    child.kill(signal);
    await ended;
  };
  return { line, lines, stop };
}
