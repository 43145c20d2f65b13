// Runs workerd, which runs Cloudflare's workers: a bundled program, with Durable Objects on disk where it has such.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import esbuild from "esbuild";
import workerd from "workerd";

export const wasm = createRequire(import.meta.url).resolve("venuekey/venuekey.wasm");

/** The program as one file, which still imports the compiled half, as these platforms want it. */
export async function bundled(entry, condition, options) {
  const built = await esbuild.build({ entryPoints: [entry], bundle: true, write: false, conditions: [condition], ...options });
  return built.outputFiles[0].text;
}

/**
 * Makes the folder that `start` takes. Of a Durable Object's class its name is told; its storage is in the folder too. The
 * program's clock may be behind.
 */
export async function build(folder, entry, { date = "2026-10-01", objects, env = {}, behindMs = 0 } = {}) {
  const late = `{ const now = Date.now; Date.now = () => now() - ${behindMs}; }`;
  const options = { format: "esm", external: ["venuekey/venuekey.wasm", "cloudflare:*"], banner: { js: late } };
  await mkdir(join(folder, "storage"), { recursive: true });
  await writeFile(join(folder, "worker.js"), await bundled(entry, "workerd", options));
  await writeFile(join(folder, "venuekey.wasm"), await readFile(wasm));
  const bindings = Object.entries(env).map(([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`);
  const storage = `
      durableObjectNamespaces = [(className = "${objects}", uniqueKey = "${objects}", enableSql = true)],
      durableObjectStorage = (localDisk = "storage"),`;
  if (objects !== undefined) bindings.push(`(name = "OBJECTS", durableObjectNamespace = "${objects}")`);
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [
        (name = "worker.js", esModule = embed "worker.js"),
        (name = "venuekey/venuekey.wasm", wasm = embed "venuekey.wasm"),
      ],
      compatibilityDate = "${date}",${objects === undefined ? "" : storage}
      bindings = [${bindings.join(", ")}],
    )),
    (name = "storage", disk = (path = ${JSON.stringify(join(folder, "storage"))}, writable = true)),
    (name = "internet", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
  await writeFile(join(folder, "worker.capnp"), config);
}

/** The port that workerd has been given, by its own word, once it listens there; none where it has ended instead. */
async function portOf(running) {
  for await (const line of createInterface({ input: running.stdio[3] })) {
    const { event, port } = JSON.parse(line);
    if (event === "listen") return port;
  }
}

/** workerd with what `build` made there. `kill` ends it as a power cut would end its process. */
export async function start(folder, address = "127.0.0.1:0") {
  const stdio = ["ignore", "inherit", "pipe", "pipe"];
  const args = ["serve", join(folder, "worker.capnp"), "--verbose", "--control-fd=3", `--socket-addr=http=${address}`];
  const running = spawn(workerd.default, args, { stdio });
  const kill = () => running.kill("SIGKILL");
  process.on("exit", kill);
  const exited = once(running, "exit");
  let said = "";
  running.stderr.on("data", (data) => (said += data));
  const port = await portOf(running);
  if (port === undefined) throw new Error(`workerd has ended: ${said}`);
  return {
    url: `http://127.0.0.1:${port}`,
    said: () => said,
    async kill() {
      kill();
      process.off("exit", kill);
      await exited;
    },
  };
}

const PATIENCE_MS = 300_000;

/** What `is` gives once that is something, however long the machine takes for it. */
export async function until(is) {
  for (const bound = performance.now() + PATIENCE_MS; ; await new Promise((wake) => setTimeout(wake, 20))) {
    const found = await is();
    if (found) return found;
    assert.ok(performance.now() < bound, `it never came to be: ${is}`);
  }
}
