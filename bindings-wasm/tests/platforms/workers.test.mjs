// The installed package in edge workers: a whole connection against the sandbox, begun and called back.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { EdgeVM } from "@edge-runtime/vm";
import { approve, startSandbox } from "../journeys/sandbox.mjs";
import { build, bundled, start, wasm } from "./workerd.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const worker = join(here, "worker.js");
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

// Before 2024-11-11 a worker's `fetch` threw at `cache`.
for (const date of ["2026-10-01", "2024-11-01"]) test(`workerd, which runs Cloudflare's workers, as of ${date}`, async () => {
  await build(folder, worker, { date });
  const running = await start(folder);
  try {
    await assertConnects(async (path, given) => {
      const reply = await fetch(`${running.url}/${path}`, { method: "POST", body: JSON.stringify(given) });
      const answer = await reply.json();
      assert.ok(reply.ok, `${answer.stack}\n${running.said()}`);
      return answer;
    });
  } finally {
    await running.kill();
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
  vm.evaluate(await bundled(worker, "edge-light", { format: "iife", globalName: "worker", plugins }));
  await assertConnects(async (path, given) => {
    vm.context.given = JSON.stringify([path, given]);
    return JSON.parse(await vm.evaluate("worker.answer(...JSON.parse(given)).then((value) => JSON.stringify(value))"));
  });
});
