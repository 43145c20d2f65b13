// The program: where it is, how it is started and stopped.
"use strict";
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const { existsSync } = require("node:fs");
const { delimiter, join } = require("node:path");
const { createInterface } = require("node:readline");
const { Sandbox, SandboxError } = require("./client.js");

const NAME = process.platform === "win32" ? "venuekey-sandbox.exe" : "venuekey-sandbox";

/** The package that has the program for this machine; pack.mjs makes it. */
function platformPackage() {
  const glibc = process.platform !== "linux" || process.report.getReport().header.glibcVersionRuntime;
  return `@venuekey/sandbox-${process.platform}-${process.arch}${glibc ? "" : "-musl"}`;
}

/** The program's path: VENUEKEY_SANDBOX, else this machine's package, else the first one on PATH. */
function findProgram() {
  if (process.env.VENUEKEY_SANDBOX) return process.env.VENUEKEY_SANDBOX;
  const name = platformPackage();
  try {
    return require.resolve(`${name}/bin/${NAME}`);
  } catch {
    // Not for this machine, or left out: pip's or cargo's does as well.
  }
  // npm puts this package's own script on PATH, which would start itself.
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder && !folder.includes("node_modules"));
  const found = folders.map((folder) => join(folder, NAME)).find((path) => existsSync(path));
  if (found) return found;
  throw new SandboxError(
    `There is no ${NAME}: npm has not installed ${name}, and none is on PATH. ` +
      "`pip install venuekey-sandbox` has it too; VENUEKEY_SANDBOX can name its path.",
  );
}

/** Runs a sandbox on a free port of this machine. Its options are the command line's. */
async function start({ options = [], program = findProgram() } = {}) {
  // In a group of its own: Ctrl-C ends the tests, and they end the sandbox once they have read it. It ends with its input,
  // however they end.
  const child = spawn(program, ["--port=0", "--exit-with-stdin", ...options], { stdio: "pipe", detached: true });
  const exited = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  // Once its streams have ended too, which may be at the same moment: whoever listened only after the exit would miss it.
  const closed = new Promise((resolve) => child.once("close", resolve).once("error", resolve));
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (said = (said + text).slice(-10_000)));
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([once(lines, "line").then(([line]) => line), exited]);
  const stop = async () => {
    child.ref();
    child.stdin.end();
    await exited;
  };
  const [, url] = String(line).match(/ listening on (\S+)$/) ?? [];
  if (!url) {
    child.stdin.end();
    await closed;
    throw new SandboxError(said.trim() || `${program} can't be started: ${line}`);
  }
  // It keeps no program alive that has nothing else to do.
  for (const handle of [child, child.stdin, child.stdout, child.stderr]) handle.unref();
  return Object.assign(new Sandbox(url), { stop, [Symbol.asyncDispose ?? Symbol.for("asyncDispose")]: stop });
}

module.exports = { findProgram, platformPackage, start };
