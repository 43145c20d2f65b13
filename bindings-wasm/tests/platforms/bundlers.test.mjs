// The installed package through the usual bundlers, without plugins of its own; what they build runs in Chromium, under
// a policy without eval. A page that imports `venuekey/server` is not built by any of them.
import assert from "node:assert/strict";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import esbuild from "esbuild";
import { rollup } from "rollup";
import { build, createServer } from "vite";
import { build as build6, createServer as createServer6 } from "vite-6";
import webpack from "webpack";
import { launch, open } from "../browser/chromium.mjs";
import { serve } from "../browser/serve.mjs";
import { EXPECTED } from "./check.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const page = join(here, "page");
const wasm = createRequire(import.meta.url).resolve("venuekey/connect.wasm");

const vite = (build) => async (entry, out) => {
  const input = entry === "main.js" ? join(page, "index.html") : join(page, entry);
  const options = { outDir: out, rollupOptions: { input } };
  await build({ root: page, logLevel: "silent", configFile: false, build: options });
};

const BUNDLERS = {
  vite: vite(build),
  "vite-6": vite(build6),
  async webpack(entry, out) {
    const output = { path: out, filename: "main.js" };
    const compiler = webpack({ mode: "production", entry: join(page, entry), output });
    const stats = await promisify(compiler.run.bind(compiler))();
    if (stats.hasErrors()) throw new Error(stats.toString("errors-only"));
  },
  /** Leaves `new URL("./connect.wasm", import.meta.url)` as it is: the file has to lie beside the bundle. */
  async rollup(entry, out) {
    const options = { input: join(page, entry), plugins: [nodeResolve({ browser: true })], logLevel: "silent" };
    const bundle = await rollup(options);
    await bundle.write({ file: join(out, "main.js"), format: "es" });
    await copyFile(wasm, join(out, "connect.wasm"));
  },
  /** Copies a file only where it is imported: its address is given to `init`. */
  async esbuild(entry, out) {
    const entryPoints = [{ in: join(page, entry === "main.js" ? "main-given.js" : entry), out: "main" }];
    const options = { bundle: true, format: "esm", loader: { ".wasm": "file" }, publicPath: "/", logLevel: "silent" };
    await esbuild.build({ entryPoints, outdir: out, ...options });
  },
};

let browser;
const folders = [];
const folder = async () => (folders.push(await mkdtemp(join(here, "built-"))), folders.at(-1));
before(async () => (browser = await launch()));
after(async () => {
  await browser?.close();
  for (const made of folders) await rm(made, { recursive: true });
});

async function assertRuns(address) {
  const opened = await open(browser);
  const problems = [];
  opened.on("console", (message) => problems.push(message.text()));
  opened.on("pageerror", (error) => problems.push(error.message));
  await opened.goto(address);
  // As text, which stays here where a development server loads the page anew.
  const result = opened.waitForFunction(async () => JSON.stringify(await globalThis.result));
  const told = await result.catch(() => assert.fail(problems.join("\n")));
  assert.deepEqual(JSON.parse(await told.jsonValue()), EXPECTED);
  assert.deepEqual(problems.filter((text) => !/favicon|404|\[vite\]/.test(text)), []);
  await opened.close();
}

for (const [name, bundle] of Object.entries(BUNDLERS)) {
  test(`${name} builds a page, and it runs under a strict policy`, async () => {
    const out = await folder();
    await bundle("main.js", out);
    if (!name.startsWith("vite")) await copyFile(join(page, "index.html"), join(out, "index.html"));
    const server = await serve({ folders: { "/": `${out}/` } });
    await assertRuns(`${server.url}/index.html`);
    server.close();
  });

  test(`${name} does not build a page that imports venuekey/server`, async () => {
    const error = await bundle("server.js", await folder()).catch((error) => error);
    assert.match(error?.message ?? "it did", /server-has-a-client-secret|"Client" is not exported by .*server-browser/);
  });
}

// Until Vite 7 the copy that it makes of a package leaves the package's files behind.
for (const [name, create, optimizeDeps] of [["vite", createServer, {}], ["vite-6", createServer6, { exclude: ["venuekey"] }]]) {
  test(`${name}'s development server serves a page as it is, and it runs`, async () => {
    const address = { host: "127.0.0.1", port: 0, fs: { allow: [join(here, "..")] } };
    const cacheDir = await folder();
    const options = { root: page, cacheDir, logLevel: "silent", configFile: false, server: address, optimizeDeps };
    const server = await create(options);
    await server.listen();
    try {
      await assertRuns(server.resolvedUrls.local[0]);
    } finally {
      await server.close();
    }
  });
}
