// The installed package in other people's tests of their pages: Jest and Vitest, with jsdom.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

const FRAMEWORKS = {
  jest: (folder) => {
    const config = { rootDir: folder, testEnvironment: "jsdom", testMatch: ["<rootDir>/jest.cjs"], transform: {}, watchman: false, testTimeout: 300_000 };
    return ["jest/bin/jest.js", "--ci", "--no-cache", "--runInBand", "--config", JSON.stringify(config)];
  },
  vitest: (folder) => ["vitest/vitest.mjs", "run", "--root", folder],
};

for (const [name, program] of Object.entries(FRAMEWORKS)) {
  test(`${name} runs a page's tests in jsdom`, () => {
    const [script, ...rest] = program(join(here, "frameworks"));
    const ran = spawnSync(process.execPath, [join(here, "node_modules", script), ...rest], { cwd: here, encoding: "utf8" });
    assert.equal(ran.status, 0, ran.stdout + ran.stderr);
    assert.match(ran.stdout + ran.stderr, /[23] passed/);
  });
}
