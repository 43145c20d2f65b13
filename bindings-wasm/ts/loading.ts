import * as wasm from "./wasm.js";

/** What the compiled half can come from: where to fetch it, a reply that has it, its bytes, or the compiled module. */
export type WasmSource = string | URL | Response | BufferSource | WebAssembly.Module;

/** A page, say, which development servers send for what they have not. */
const OTHER = 'the server sent something else (before Vite 8: optimizeDeps: { exclude: ["venuekey"] })';

let ready: Promise<void> | undefined;
let whole: (() => URL) | undefined;

/** Whoever imports what needs the whole module has everybody load it: an app never loads two. */
export function needsWhole(address: () => URL): void {
  whole = address;
}

/** Loads what is given, or the module at the address that is asked for only then. */
export function start(source: WasmSource | PromiseLike<WasmSource> | undefined, address: () => URL): Promise<void> {
  ready ??= load(source, whole ?? address).catch((error: unknown) => {
    ready = undefined;
    throw error;
  });
  return ready;
}

async function load(given: WasmSource | PromiseLike<WasmSource> | undefined, address: () => URL): Promise<void> {
  wasm.initSync({ module: await compiled((await given) ?? address()) });
}

/** By its tag: an edge runtime may give its programs a module that another realm has compiled. */
function isModule(source: WasmSource): boolean {
  return Object.prototype.toString.call(source) === "[object WebAssembly.Module]";
}

/** Where a test framework runs a browser's build in Node, the module is a file, which Node's `fetch` does not read. */
function fromFile(source: string | URL): BufferSource | undefined {
  if (!String(source).startsWith("file:")) return undefined;
  const { process } = globalThis as { readonly process?: NodeJS.Process };
  return process?.getBuiltinModule?.("node:fs").readFileSync(new URL(source)) as BufferSource | undefined;
}

async function compiled(source: WasmSource): Promise<WebAssembly.Module> {
  if (isModule(source)) return source as WebAssembly.Module;
  if (typeof source === "string" || source instanceof URL) return compiled(fromFile(source) ?? (await fetch(source)));
  if (typeof Response !== "undefined" && source instanceof Response) {
    if (!source.ok) throw new Error(`venuekey.wasm did not load: HTTP ${source.status}`);
    // Not as a stream: servers that send another content type than application/wasm are common.
    const bytes = await source.arrayBuffer();
    if (new Uint8Array(bytes)[0] !== 0) throw new Error(`venuekey.wasm did not load: ${OTHER}`);
    return WebAssembly.compile(bytes);
  }
  return WebAssembly.compile(source as BufferSource);
}
