// What the package weighs on the wire, and what makes up each module as wasm-bindgen left it: node size.mjs MODULE...
// (--json: bytes by brotli alone)
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { parts } from "./parts.mjs";

const esm = fileURLToPath(new URL("dist/esm/", import.meta.url));
const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };

async function script(code) {
  const stdin = { contents: code, resolveDir: esm };
  const made = await build({ stdin, bundle: true, minify: true, format: "esm", write: false, external: ["node:*"] });
  return made.outputFiles[0].contents;
}

const CONNECTS = 'export { init, Client, fetchSender } from "./index-browser.js"; export { drive } from "./parts-browser.js"';
const modules = { connects: readFileSync(`${esm}connect.wasm`), whole: readFileSync(`${esm}venuekey.wasm`) };
const weighed = {
  "what connects, its script": [await script(CONNECTS)],
  "what connects, its module": [modules.connects],
  "the whole script of a browser": [await script('export * from "./index-web.js"; export * from "./parts-web.js"')],
  "the whole module": [modules.whole],
};
weighed["what connects"] = [...weighed["what connects, its script"], modules.connects];

const sizes = Object.entries(weighed).map(([name, files]) => {
  const sum = (weigh) => files.reduce((all, bytes) => all + weigh(bytes).length, 0);
  const brotli = sum((bytes) => brotliCompressSync(bytes, options));
  return [name, sum((bytes) => bytes), sum((bytes) => gzipSync(bytes, { level: 9 })), brotli];
});
const given = process.argv.slice(2);
if (given[0] === "--json") {
  process.stdout.write(JSON.stringify(Object.fromEntries(sizes.map(([name, , , brotli]) => [name, brotli]))));
} else {
  const row = ([name, ...columns]) => `${name.padEnd(34)}${columns.map((column) => column.padStart(10)).join("")}\n`;
  const kb = sizes.map(([name, ...bytes]) => row([name, ...bytes.map((size) => `${(size / 1000).toFixed(1)} KB`)]));
  process.stdout.write(row(["", "raw", "gzip", "brotli"]) + kb.join(""));
  for (const module of given) {
    const shares = parts(readFileSync(module));
    const whole = shares.reduce((sum, [, bytes]) => sum + bytes, 0);
    process.stdout.write(`${module.includes("connects") ? "the module that connects" : "the whole module"}\n`);
    for (const [name, bytes] of shares) {
      process.stdout.write(`${`${Math.round((100 * bytes) / whole)} %`.padStart(6)}  ${name}\n`);
    }
  }
}
