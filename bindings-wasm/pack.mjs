// Makes the package's dist folder from ts/ and from what xtask's `generate-wasm` made of the whole module and of the one that
// connects: node pack.mjs GENERATED CONNECTS
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { build, transform } from "esbuild";

const [generated, connects] = process.argv.slice(2);
const here = fileURLToPath(new URL(".", import.meta.url));
const [esm, cjs, bin] = ["dist/esm", "dist/cjs", "node_modules/.bin"].map((path) => here + path);

function replaceOnce(text, search, replacement) {
  if (text.split(search).length !== 2) throw new Error(`expected exactly one: ${search}`);
  return text.replace(search, () => replacement);
}

const LATER = "function loadWhenCalled(given) { load = given; }\n";

/** The generator's loader fetches by itself; ts/load-*.ts load instead: when told to, or when the first call comes. */
function withoutLoader(glue) {
  const [kept, loader] = glue.split("let __wbg_init_promise;");
  if (!loader?.includes("export { initSync, __wbg_init as default };")) throw new Error("the loader has another form");
  const early = [
    'let load = () => { throw new Error("venuekey: await init() first"); };',
    "const early = new Proxy({}, { get: (_, name) => (load(), wasm[name]) });\n",
  ].join("\n");
  const declared = replaceOnce(kept, "let wasmModule, wasmInstance, wasm;", `${early}let wasmModule, wasmInstance, wasm = early;`);
  // ts/load-*.ts give a module always, which may be another realm's: `instanceof` would not know it.
  const compiles = "    if (!(module instanceof WebAssembly.Module)) {\n        module = new WebAssembly.Module(module);\n    }\n";
  const given = replaceOnce(declared, compiles, "");
  const offers = replaceOnce(given, "wasm = instance.exports;", "wasm = offered(instance.exports);");
  return `${REST}${replaceOnce(offers, "if (wasm !== undefined) return wasm;", "if (wasm !== early) return wasm;")}${LATER}export { initSync, loadWhenCalled };\n`;
}

/** What the module that connects does not have says where it is. */
const REST = `const rest = new Proxy({}, { get() { throw new Error('venuekey: this is not of what connects; import "venuekey/full" too'); } });
function offered(exports) { return "signer_sign" in exports ? exports : Object.setPrototypeOf({ ...exports }, rest); }
`;

/** What a module imports, by name. */
function imports(glue) {
  return new Map([...glue.matchAll(/^ {8}(\w+): (.*?)(?=^ {8}\w+: |^ {4}\};)/gms)].map(([, name, text]) => [name, text]));
}

/** Both modules run with the whole one's glue: what the other imports must be in it, and be the same. */
function sameImports(whole, other) {
  const known = imports(whole);
  for (const [name, text] of imports(other)) {
    if (known.get(name) !== text) throw new Error(`the modules differ in what they import: ${name}`);
  }
}

rmSync(`${here}dist`, { recursive: true, force: true });
for (const folder of [esm, `${cjs}/connections`, `${cjs}/desk`, `${cjs}/stores`, `${cjs}/web`]) mkdirSync(folder, { recursive: true });

const made = readFileSync(`${generated}/venuekey_wasm.js`, "utf8");
sameImports(made, readFileSync(`${connects}/venuekey_wasm.js`, "utf8"));
const glue = withoutLoader(made);
writeFileSync(`${here}ts/wasm.js`, glue);
const types = readFileSync(`${generated}/venuekey_wasm.d.ts`, "utf8");
writeFileSync(`${here}ts/wasm.d.ts`, `${types}export function loadWhenCalled(load: () => unknown): void;\n`);
execFileSync(`${bin}/tsc`, ["-p", here], { stdio: "inherit" });

// What ts/opaque.ts defines on a prototype is a getter, which a spread leaves behind: the types say so.
for (const name of readdirSync(esm).filter((file) => file.endsWith(".d.ts"))) {
  const text = readFileSync(`${esm}/${name}`, "utf8");
  const classes = /^export declare (?:abstract )?class [^{]* extends Opaque \{$.*?^\}$/gms;
  const told = text.replace(classes, (body) => body.replace(/^ {4}readonly (\w+): (.*);$/gm, "    get $1(): $2;"));
  writeFileSync(`${esm}/${name}`, told);
}

// Without its comments, but with its lines: Node prints the whole line that an uncaught error was thrown in.
const { code: short } = await transform(glue, { minifySyntax: true, target: "es2022" });
writeFileSync(`${esm}/wasm.js`, short);
for (const name of ["wasm-file.d.ts", "wasm-module.d.ts"]) copyFileSync(`${here}ts/${name}`, `${esm}/${name}`);
for (const [from, to] of [[generated, "venuekey.wasm"], [connects, "connect.wasm"]]) {
  const flags = ["-Oz", "--strip-debug", "--strip-producers", `${from}/venuekey_wasm_bg.wasm`];
  execFileSync(`${bin}/wasm-opt`, [...flags, "-o", `${esm}/${to}`], { stdio: "inherit" });
}
const packed = brotliCompressSync(readFileSync(`${esm}/venuekey.wasm`)).toString("base64");
writeFileSync(`${esm}/wasm-inline.js`, `export const packed =\n  "${packed}";\n`);

// The same modules for `require`: in Node before 20.19, and in test frameworks that run a browser's build in Node.
const BANNERS = {
  "load-browser.js": 'const here = new URL("../esm/", require("node:url").pathToFileURL(__filename)).href;\n',
  "load-web.js": 'const here = new URL("../esm/", require("node:url").pathToFileURL(__filename)).href;\n',
  "stores/conformance-processes.js": 'const here = new URL("../../esm/stores/", require("node:url").pathToFileURL(__filename)).href;\n',
  // Jest's jsdom has no such globals.
  "wasm.js": 'const { TextDecoder, TextEncoder } = require("node:util");\n',
};
// These are started as they are.
const PROGRAMS = ["connections/command.js", "stores/conformance-child.js"];
writeFileSync(`${cjs}/package.json`, `${JSON.stringify({ type: "commonjs" })}\n`);
for (const name of readdirSync(esm, { recursive: true })) {
  if (name.endsWith(".d.ts")) copyFileSync(`${esm}/${name}`, `${cjs}/${name}`);
  if (!name.endsWith(".js") || PROGRAMS.includes(name)) continue;
  const define = { "import.meta.url": "here" };
  const source = readFileSync(`${esm}/${name}`, "utf8");
  const options = { format: "cjs", platform: "node", target: "node18", define, banner: BANNERS[name]?.trimEnd() ?? "" };
  // What was no TypeScript has no map, and a module of types alone has nothing in it.
  if (!existsSync(`${esm}/${name}.map`) || !JSON.parse(readFileSync(`${esm}/${name}.map`, "utf8")).mappings) {
    writeFileSync(`${cjs}/${name}`, (await transform(source.replace(/^\/\/# sourceMappingURL=.*/m, ""), options)).code);
    continue;
  }
  // From TypeScript to what esbuild makes of it, in one map.
  const before = `sourceMappingURL=data:application/json;base64,${readFileSync(`${esm}/${name}.map`, "base64")}`;
  const { code, map } = await transform(source.replace(/sourceMappingURL=.*/, before), { ...options, sourcemap: "external", sourcesContent: false });
  writeFileSync(`${cjs}/${name}`, `${code}//# sourceMappingURL=${basename(name)}.map\n`);
  writeFileSync(`${cjs}/${name}.map`, map);
}

// For `import` in Node, which reads two files sooner than thirty: one that the entries share, of what the first three need, and one
// for each entry. Nobody leaves out there what is not used. A store needs nothing of it.
const COMMON = ["index-node.js", "parts-node.js", "server-node.js"];
const { exports: offered } = JSON.parse(readFileSync(`${here}package.json`, "utf8"));
const entries = Object.values(offered).flatMap(({ node }) => node?.import.default.replace("./dist/node/", "") ?? []);
const files = [...entries, ...PROGRAMS, "inside-node.js"].map((name) => `${esm}/${name}`);
// What each of these imports is not divided by who needs it.
const common = {
  name: "common",
  setup({ onLoad }) {
    const all = COMMON.map((name) => `import ${JSON.stringify(`${esm}/${name}`)};`).join("");
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const takesAll = files.includes(path) && !path.startsWith(`${esm}/stores/`) && !text.startsWith("#!");
      return { contents: takesAll ? all + text : text };
    });
  },
};
await build({
  entryPoints: files,
  outbase: esm,
  outdir: `${here}dist/node`,
  chunkNames: "shared/[hash]",
  bundle: true,
  splitting: true,
  ignoreAnnotations: true,
  plugins: [common],
  format: "esm",
  platform: "node",
  target: "node18",
  packages: "external",
  // A value tells its class by its name, and there are two of some.
  keepNames: true,
  sourcemap: true,
  sourcesContent: false,
});

// What `venuekey/server` is under the `browser` condition: nothing, and an import that no bundler resolves. A `null` in the
// package's exports would say the same, but Rollup only warns of it, and Vite 8 goes on to the next condition.
const refused = "venuekey/server-has-a-client-secret-and-stays-out-of-browsers";
writeFileSync(`${esm}/server-browser.js`, `import "${refused}";\nexport {};\n`);
writeFileSync(`${cjs}/server-browser.js`, `throw new Error("${refused} (Jest: test it in the environment \\"node\\")");\n`);
for (const folder of [esm, cjs]) writeFileSync(`${folder}/server-browser.d.ts`, "export {};\n");

for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) copyFileSync(`${here}../${licence}`, here + licence);
