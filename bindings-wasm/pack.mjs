// Makes the package's dist folder from what `xtask module` generated: node pack.mjs GENERATED
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const generated = process.argv[2];
const dist = fileURLToPath(new URL("dist", import.meta.url));

function replaceOnce(text, search, replacement) {
  if (text.split(search).length !== 2) throw new Error(`expected exactly one: ${search}`);
  return text.replace(search, () => replacement);
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
cpSync(`${generated}/snippets`, `${dist}/snippets`, { recursive: true });

// No host loads `import source` everywhere yet: the module travels as text and is compiled in place.
const wasm = readFileSync(`${generated}/venuekey_wasm_bg.wasm`).toString("base64");
writeFileSync(
  `${dist}/wasm.js`,
  `const text = "${wasm}";\n` +
    "export default new WebAssembly.Module(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));\n",
);

let js = readFileSync(`${generated}/venuekey_wasm.js`, "utf8");
js = replaceOnce(js, 'import source wasmModule from "./venuekey_wasm_bg.wasm"', 'import wasmModule from "./wasm.js"');
js = replaceOnce(js, '"./venuekey_wasm.d.ts"', '"./venuekey.d.ts"');
const classes = [...js.matchAll(/^export class (\w+) \{$/gm)].map((match) => match[1]);
if (!classes.includes("Secret")) throw new Error("the generated classes have another form");
// Node's console shows what String(…) shows: the redacted description.
js += `
for (const type of [${classes.join(", ")}]) {
    Object.defineProperty(type.prototype, Symbol.for("nodejs.util.inspect.custom"), {
        value() { return this.__wbg_ptr === 0 ? type.name + "(freed)" : this.toString(); },
    });
}
`;
writeFileSync(`${dist}/venuekey.js`, js);

let types = readFileSync(`${generated}/venuekey_wasm.d.ts`, "utf8");
// Declared by hand in types.d.ts; the generator knows nothing of a class that it passes on.
types = replaceOnce(types, "export let VenuekeyError: unknown;\n", "");
types = '/// <reference lib="esnext.disposable" />\n' + types;
writeFileSync(`${dist}/venuekey.d.ts`, types);
writeFileSync(`${dist}/venuekey.d.cts`, types);

await build({
  entryPoints: [`${dist}/venuekey.js`],
  outfile: `${dist}/venuekey.cjs`,
  bundle: true,
  format: "cjs",
  platform: "neutral",
  target: "es2022",
  keepNames: true,
  logLevel: "warning",
});
