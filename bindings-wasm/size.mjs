// Prints what the package weighs on the wire, and what makes up the module: node size.mjs MODULE (as wasm-bindgen left it)
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

function row(name, bytes) {
  const sizes = [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes, options).length];
  return [name.padEnd(34), ...sizes.map((size) => `${(size / 1024).toFixed(1)} KB`.padStart(10))].join("");
}

const rows = [
  row("venuekey.wasm", readFileSync(`${esm}venuekey.wasm`)),
  row("venuekey, a browser's whole script", await script('export * from "./index-web.js"')),
  row("only Client, drive, fetchSender", await script('export { init, Client, drive, fetchSender } from "./index-web.js"')),
];
process.stdout.write(`${"".padEnd(34)}${["raw", "gzip", "brotli"].map((name) => name.padStart(10)).join("")}\n${rows.join("\n")}\n`);

const shares = parts(readFileSync(process.argv[2]));
const whole = shares.reduce((sum, [, bytes]) => sum + bytes, 0);
for (const [name, bytes] of shares) {
  process.stdout.write(`${`${Math.round((100 * bytes) / whole)} %`.padStart(6)}  ${name}\n`);
}
