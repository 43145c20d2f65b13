// One operation, many times over, for ../bench.py: each line on standard input is `NAME COUNT`, and the answer is nanoseconds
// of the processor for each time.
import { createInterface } from "node:readline";
import { operations as ours } from "./ours.mjs";
import { operations as theirs } from "./peers.mjs";

const ready = {};
for await (const line of createInterface({ input: process.stdin })) {
  const [name, count] = line.split(" ");
  const operation = (ready[name] ??= { ...ours, ...theirs }[name]());
  const began = process.cpuUsage();
  for (let turn = 0; turn < Number(count); turn += 1) {
    const result = operation();
    if (result instanceof Promise) await result;
  }
  const { user, system } = process.cpuUsage(began);
  console.log(((user + system) * 1000) / Number(count));
}
