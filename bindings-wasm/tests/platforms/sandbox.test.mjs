// The sandbox's package as users install it: its fixtures for Jest and Vitest, its types, its program's packages.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ConsentRefused, Sandbox, SandboxError, start } from "venuekey-sandbox";
import partner from "./sandbox/partner.cjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const folder = join(here, "sandbox");

function run(script, ...rest) {
  const ran = spawnSync(process.execPath, [join(here, "node_modules", script), ...rest], { cwd: folder, encoding: "utf8" });
  return { status: ran.status, output: ran.stdout + ran.stderr };
}

test("a Jest test starts it by one line", () => {
  const config = { rootDir: folder, testMatch: ["<rootDir>/jest.cjs"], transform: {}, watchman: false, testTimeout: 300_000 };
  const { status, output } = run("jest/bin/jest.js", "--ci", "--no-cache", "--runInBand", "--config", JSON.stringify(config));
  assert.equal(status, 0, output);
  assert.match(output, /3 passed/);
});

test("a Vitest test starts it by one line", () => {
  const { status, output } = run("vitest/vitest.mjs", "run", "--root", folder);
  assert.equal(status, 0, output);
  assert.match(output, /3 passed/);
});

test("what no documentation covers fails the test that sent it", () => {
  const { status, output } = run("vitest/vitest.mjs", "run", "--root", folder, "--config", "undocumented.config.mjs");
  assert.equal(status, 1, output);
  assert.match(output, /unknown_field prompt/);
});

test("a program of one's own starts and stops it", async (t) => {
  const sandbox = await start({ options: ["--user=whitebit=2:Ann", "--clock-held-at-ms=1000"] });
  t.after(() => sandbox.stop());
  const url = partner.authorizeUrl(sandbox);
  await sandbox.approve(url, { user: 2 });
  await assert.rejects(sandbox.approve(url, { user: 3 }), (error) => error instanceof ConsentRefused && /no user 3/.test(error.message));
  assert.equal(await sandbox.clock.advance({ seconds: 0.1 + 0.2, milliseconds: 0.5 }), 1301);
  assert.throws(() => sandbox.baseUrl("bybit", "eu"), RangeError);
  await sandbox.knobs({ whitebit: { user_decision: "approve" } });
  await sandbox.fault("info", "server_error", { status: 503, afterEffect: true });
  assert.equal((await sandbox.faults())[0].after_effect, true);
  const [request] = await sandbox.requests({ sinceMs: 1000 });
  assert.deepEqual([request.endpoint, request.response.status], ["authorize", 302]);
  assert.equal((await sandbox.har()).log.entries.length, 1);
  assert.deepEqual(await sandbox.userAction("whitebit", "delete_key", { environment: "eu" }), { keys: 0 });
  await new Sandbox(`${sandbox.url}/`).reset();
  await sandbox.stop();
  await assert.rejects(sandbox.nowMs());
  await assert.rejects(start({ options: ["--seed=many"] }), (error) => error instanceof SandboxError && /--seed/.test(error.message));
  await assert.rejects(start({ program: join(here, "nothing") }), /can't be started/);
});

test("its types fit both frameworks", () => {
  const options = ["--ignoreConfig", "--strict", "--noEmit", "--skipLibCheck", "--module", "nodenext", "--target", "es2022", "--types", "node"];
  const ran = spawnSync(process.execPath, [join(process.env.VENUEKEY_PACKAGE, "node_modules/typescript/bin/tsc"), ...options, join(folder, "types.ts")], { cwd: folder, encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
});

test("a platform's package brings the program", () => {
  const made = mkdtempSync(join(tmpdir(), "venuekey-sandbox-"));
  after(() => rmSync(made, { recursive: true, force: true }));
  const { platformPackage } = createRequire(import.meta.url)(join(here, "../node_modules/venuekey-sandbox/lib/program.js"));
  const platform = platformPackage().slice("@venuekey/sandbox-".length);
  // The program of a debug build is large, and takes long to pack: a script in its place runs it.
  writeFileSync(join(made, "program"), `#!/bin/sh\nexec "${process.env.VENUEKEY_SANDBOX}" "$@"\n`);
  const program = `${platform}=${join(made, "program")}`;
  const tarballs = execFileSync(process.execPath, [join(process.env.VENUEKEY_PACKAGE, "../sandbox/npm/pack.mjs"), made, program], { encoding: "utf8" });
  for (const [index, tarball] of tarballs.trim().split("\n").entries()) {
    const to = join(made, "node_modules", index === 0 ? platformPackage() : "venuekey-sandbox");
    mkdirSync(to, { recursive: true });
    execFileSync("tar", ["-xzf", tarball, "-C", to, "--strip-components=1"]);
  }
  const described = JSON.parse(readFileSync(join(made, "node_modules/venuekey-sandbox/package.json"), "utf8"));
  assert.deepEqual(Object.keys(described.optionalDependencies), [platformPackage()]);
  const env = { PATH: process.env.PATH };
  const version = execFileSync(process.execPath, [join(made, "node_modules/venuekey-sandbox/bin/venuekey-sandbox.js"), "--version"], { env, encoding: "utf8" });
  assert.match(version, /^venuekey-sandbox \d+\.\d+\.\d+$/m);
  rmSync(join(made, "node_modules", platformPackage()), { recursive: true });
  const failed = spawnSync(process.execPath, [join(made, "node_modules/venuekey-sandbox/bin/venuekey-sandbox.js")], { env: { PATH: "" }, encoding: "utf8" });
  assert.match(failed.stderr, /pip install venuekey-sandbox/);
});
