import type { TestAPI } from "vitest";
import type { RunningSandbox, Sandbox } from "./index.js";

/**
 * Vitest's `test` with a sandbox in it: one for each file, fresh in each test, which fails if it sends what no documentation
 * covers. `test.extend({ sandboxOptions: ["--seed=7"] })` gives options, `allowViolations: true` lets the tests send anything.
 */
export const test: TestAPI<{
  sandbox: Sandbox;
  sandboxProcess: RunningSandbox;
  sandboxOptions: readonly string[];
  allowViolations: boolean;
}>;
export const it: typeof test;
