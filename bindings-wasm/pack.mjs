// Makes the package's dist folder from ts/ and from what xtask's `generate-wasm` made: node pack.mjs GENERATED
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";

const generated = process.argv[2];
const here = fileURLToPath(new URL(".", import.meta.url));
const [esm, cjs, bin] = ["dist/esm", "dist/cjs", "node_modules/.bin"].map((path) => here + path);

function replaceOnce(text, search, replacement) {
  if (text.split(search).length !== 2) throw new Error(`expected exactly one: ${search}`);
  return text.replace(search, () => replacement);
}

/** The generator's loader fetches by itself; ts/load-*.ts load instead, and until then a call says what is missing. */
function withoutLoader(glue) {
  const [kept, loader] = glue.split("let __wbg_init_promise;");
  if (!loader?.includes("export { initSync, __wbg_init as default };")) throw new Error("the loader has another form");
  const early = `const early = new Proxy({}, { get() { throw new Error("venuekey: await init() first"); } });\n`;
  const declared = replaceOnce(kept, "let wasmModule, wasmInstance, wasm;", `${early}let wasmModule, wasmInstance, wasm = early;`);
  // ts/load-*.ts give a module always, which may be another realm's: `instanceof` would not know it.
  const compiles = "    if (!(module instanceof WebAssembly.Module)) {\n        module = new WebAssembly.Module(module);\n    }\n";
  const given = replaceOnce(declared, compiles, "");
  return `${replaceOnce(given, "if (wasm !== undefined) return wasm;", "if (wasm !== early) return wasm;")}export { initSync };\n`;
}

rmSync(`${here}dist`, { recursive: true, force: true });
for (const folder of [esm, cjs]) mkdirSync(folder, { recursive: true });

const glue = withoutLoader(readFileSync(`${generated}/venuekey_wasm.js`, "utf8"));
writeFileSync(`${here}ts/wasm.js`, glue);
copyFileSync(`${generated}/venuekey_wasm.d.ts`, `${here}ts/wasm.d.ts`);
execFileSync(`${bin}/tsc`, ["-p", here], { stdio: "inherit" });

const small = await transform(glue, { minifyWhitespace: true, minifySyntax: true, target: "es2022" });
writeFileSync(`${esm}/wasm.js`, small.code);
const flags = ["-Oz", "--strip-debug", "--strip-producers", `${generated}/venuekey_wasm_bg.wasm`];
execFileSync(`${bin}/wasm-opt`, [...flags, "-o", `${esm}/venuekey.wasm`], { stdio: "inherit" });
copyFileSync(`${esm}/venuekey.wasm`, `${cjs}/venuekey.wasm`);

// The same modules for `require` where Node can't take the others (before 20.19).
writeFileSync(`${cjs}/package.json`, `${JSON.stringify({ type: "commonjs" })}\n`);
for (const name of readdirSync(esm)) {
  if (name.includes("-web.")) continue;
  if (name.endsWith(".d.ts")) copyFileSync(`${esm}/${name}`, `${cjs}/${name}`);
  if (!name.endsWith(".js")) continue;
  const source = readFileSync(`${esm}/${name}`, "utf8");
  const here = name === "load-node.js" ? { "import.meta.url": "here" } : {};
  const { code } = await transform(source, { format: "cjs", platform: "node", target: "node18", define: here });
  const banner = name === "load-node.js" ? 'const here = require("node:url").pathToFileURL(__filename).href;\n' : "";
  writeFileSync(`${cjs}/${name}`, banner + code);
}

// What `venuekey/server` is under the `browser` condition: nothing, and an import that no bundler resolves. A `null` in the
// package's exports would say the same, but Rollup only warns of it, and Vite 8 goes on to the next condition.
const refusal = 'import "venuekey/server-has-a-client-secret-and-stays-out-of-browsers";\nexport {};\n';
writeFileSync(`${esm}/server-browser.js`, refusal);
writeFileSync(`${esm}/server-browser.d.ts`, "export {};\n");

for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) copyFileSync(`${here}../${licence}`, here + licence);
