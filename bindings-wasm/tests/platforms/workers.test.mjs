// The installed package in edge workers: a whole connection against the sandbox, begun and called back.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { EdgeVM } from "@edge-runtime/vm";
import esbuild from "esbuild";
import workerd from "workerd";
import { approve, startSandbox } from "../journeys/sandbox.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const wasm = createRequire(import.meta.url).resolve("venuekey/venuekey.wasm");
const REDIRECT = "http://127.0.0.1:8000/callback/whitebit";

let sandbox, folder;
before(async () => {
  [sandbox, folder] = [await startSandbox(), await mkdtemp(join(here, "built-"))];
});
beforeEach(() => sandbox.admin("POST", "reset"));
after(async () => {
  sandbox?.stop();
  await rm(folder, { recursive: true });
});

/** The worker as one file, which still imports the compiled half, as these platforms want it. */
async function bundled(condition, options) {
  const entryPoints = [join(here, "worker.js")];
  const built = await esbuild.build({ entryPoints, bundle: true, write: false, conditions: [condition], ...options });
  return built.outputFiles[0].text;
}

async function assertConnects(ask) {
  const given = { base: `${sandbox.url}/whitebit/global`, redirectUri: REDIRECT };
  const { authorizeUrl, flowId } = await ask("begin", given);
  const url = await approve(authorizeUrl, REDIRECT);
  const { outcome, apiKey } = await ask("receive", { ...given, flowId, url });
  const { whitebit } = await sandbox.admin("GET", "state?values=true");
  assert.equal(outcome, "api_key");
  assert.ok(whitebit.global.keys.some((key) => key.external_id === apiKey || key.public_key === apiKey));
  assert.deepEqual((await sandbox.admin("GET", "violations")).violations, []);
  const again = await ask("receive", { ...given, flowId, url });
  assert.deepEqual(again, { kind: "rejected", code: "callback_already_received" });
}

/** The port that workerd has been given, by its own word, once it listens there; none where it has ended instead. */
async function portOf(running) {
  for await (const line of createInterface({ input: running.stdio[3] })) {
    const { event, port } = JSON.parse(line);
    if (event === "listen") return port;
  }
}

// Before 2024-11-11 a worker's `fetch` threw at `cache`.
for (const date of ["2026-10-01", "2024-11-01"]) test(`workerd, which runs Cloudflare's workers, as of ${date}`, async () => {
  const options = { format: "esm", external: ["venuekey/venuekey.wasm"] };
  await writeFile(join(folder, "worker.js"), await bundled("workerd", options));
  await writeFile(join(folder, "venuekey.wasm"), await readFile(wasm));
  await writeFile(
    join(folder, "worker.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [
        (name = "worker.js", esModule = embed "worker.js"),
        (name = "venuekey/venuekey.wasm", wasm = embed "venuekey.wasm"),
      ],
      compatibilityDate = "${date}",
    )),
    (name = "internet", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`,
  );
  const stdio = ["ignore", "inherit", "pipe", "pipe"];
  const running = spawn(workerd.default, ["serve", join(folder, "worker.capnp"), "--verbose", "--control-fd=3"], { stdio });
  process.on("exit", () => running.kill("SIGKILL"));
  let said = "";
  running.stderr.on("data", (data) => (said += data));
  try {
    const port = await portOf(running);
    assert.ok(port, said);
    await assertConnects(async (path, given) => {
      const reply = await fetch(`http://127.0.0.1:${port}/${path}`, { method: "POST", body: JSON.stringify(given) });
      const answer = await reply.json();
      assert.ok(reply.ok, `${answer.stack}\n${said}`);
      return answer;
    });
  } finally {
    running.kill("SIGKILL");
  }
});

test("an edge runtime that has only what the web has", async () => {
  const vm = new EdgeVM({ codeGeneration: { strings: false, wasm: true } });
  const module = await WebAssembly.compile(await readFile(wasm));
  vm.context.wasmModule = module;
  const setup = ({ onResolve, onLoad }) => {
    onResolve({ filter: /venuekey\.wasm$/ }, () => ({ path: "wasm", namespace: "given" }));
    onLoad({ filter: /./, namespace: "given" }, () => ({ contents: "export default globalThis.wasmModule" }));
  };
  const plugins = [{ name: "given", setup }];
  // Next's way to write it leads to the same file.
  assert.equal(createRequire(import.meta.url).resolve("venuekey/venuekey.wasm?module"), wasm);
  vm.evaluate(await bundled("edge-light", { format: "iife", globalName: "worker", plugins }));
  await assertConnects(async (path, given) => {
    vm.context.given = JSON.stringify([path, given]);
    return JSON.parse(await vm.evaluate("worker.answer(...JSON.parse(given)).then((value) => JSON.stringify(value))"));
  });
});
