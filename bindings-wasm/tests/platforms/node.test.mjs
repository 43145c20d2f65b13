// The installed package where programs for Node are bundled into one file, which runs far from node_modules; and in Bun.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import esbuild from "esbuild";
import { build as vite } from "vite";
import { build as vite6 } from "vite-6";
import webpack from "webpack";

const here = fileURLToPath(new URL(".", import.meta.url));
const entry = join(here, "node-main.js");
const bun = ["x64-baseline", "aarch64"]
  .map((machine) => join(here, `node_modules/@oven/bun-linux-${machine}/bin/bun`))
  .find((program) => existsSync(program));

let out;
before(async () => (out = await mkdtemp(join(tmpdir(), "venuekey-"))));
after(() => rm(out, { recursive: true }));

const esbuilt = (format) => async (outfile) => {
  await esbuild.build({ entryPoints: [entry], bundle: true, platform: "node", format, outfile, minify: true });
};
const viteServer = (build) => async (file) => {
  const options = { outDir: out, emptyOutDir: false, ssr: entry, rollupOptions: { output: { entryFileNames: file.slice(out.length + 1) } } };
  await build({ root: here, logLevel: "silent", configFile: false, build: options, ssr: { noExternal: true } });
};

const BUNDLERS = {
  "esbuild-esm.mjs": esbuilt("esm"),
  "esbuild-cjs.cjs": esbuilt("cjs"),
  "vite.mjs": viteServer(vite),
  "vite-6.mjs": viteServer(vite6),
  async "webpack.cjs"(file) {
    const output = { path: out, filename: file.slice(out.length + 1) };
    const compiler = webpack({ mode: "production", target: "node", entry, output });
    const stats = await promisify(compiler.run.bind(compiler))();
    if (stats.hasErrors()) throw new Error(stats.toString("errors-only"));
  },
  "bun.mjs": (file) => execFileSync(bun, ["build", entry, "--target=node", `--outfile=${file}`], { stdio: "pipe" }),
};

function assertRuns(program, file) {
  assert.match(execFileSync(program, [file], { encoding: "utf8" }), /^exchange_code Client/);
}

for (const [name, bundle] of Object.entries(BUNDLERS)) {
  test(`a program for Node in one file: ${name}`, async () => {
    await bundle(join(out, name));
    assertRuns(process.execPath, join(out, name));
  });
}

test("Bun, from node_modules and bundled for itself", () => {
  assertRuns(bun, entry);
  execFileSync(bun, ["build", entry, "--target=bun", `--outfile=${join(out, "bun-own.mjs")}`], { stdio: "pipe" });
  assertRuns(bun, join(out, "bun-own.mjs"));
});
