// Vitest's `test` with a sandbox in it.
import { test as base } from "vitest";
import program from "./program.js";

/**
 * One sandbox for each file, fresh in each test, which fails if it sends what no documentation covers. Its fixtures
 * `sandboxOptions` and `allowViolations` are there to be overridden: `test.extend({ sandboxOptions: ["--seed=7"] })`.
 */
export const test = base.extend({
  sandboxOptions: [[], { scope: "file", injected: true }],
  allowViolations: [false, { injected: true }],
  sandboxProcess: [
    async ({ sandboxOptions }, use) => {
      const sandbox = await program.start({ options: sandboxOptions });
      await use(sandbox);
      await sandbox.stop();
    },
    { scope: "file" },
  ],
  sandbox: async ({ sandboxProcess, allowViolations }, use) => {
    await sandboxProcess.reset();
    await use(sandboxProcess);
    if (!allowViolations) await sandboxProcess.assertNoViolations();
  },
});
export const it = test;
