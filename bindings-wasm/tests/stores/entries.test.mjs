// Who loads what of the stores.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const hooks = new URL("loads.mjs", import.meta.url).href;

/** The modules that a program loads which imports those, by their last names. */
function loaded(...names) {
  const program = `import { register } from "node:module"; register("${hooks}");
    ${names.map((name) => `await import("${name}");`).join(" ")}`;
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const told = execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8", cwd });
  return told.trim().split("\n").map((url) => url.split("/").slice(-2).join("/"));
}

const CONNECTIONS = "Account,AmbiguousAccount,Client,ConnectionNotFound,Connections,History,NoResponse,SealingKeys,Secret,StoreBusy,Trouble,VenuekeyError,connectLocal,diagnose,fetchSender,init";
const isOfStores = (name) => /stores\/|better-sqlite3|sqlite|\bpg\b/.test(name);

test("the package itself loads no store and no driver", () => {
  const names = loaded("venuekey", "venuekey/server");
  assert.ok(names.includes("esm/wasm.js"), names.join());
  assert.deepEqual(names.filter(isOfStores), []);
  assert.deepEqual(names.filter((name) => name.startsWith("connections/")), []);
});

test("connections load no store and no driver", () => {
  const names = loaded("venuekey/connections");
  assert.ok(names.includes("connections/worker.js"), names.join());
  assert.deepEqual(names.filter(isOfStores), []);
});

test("a store loads its driver when it is used, and nothing of core", () => {
  const own = /^(stores\/|esm\/pages\.js$|node:)/; // pages.js is an address
  assert.deepEqual(loaded("venuekey/stores"), ["stores/store.js", "esm/pages.js"]);
  for (const name of ["sqlite", "postgres", "durable-objects"]) {
    const names = loaded(`venuekey/stores/${name}`);
    assert.ok(names.includes(`stores/${name}.js`), names.join());
    assert.deepEqual(names.filter((each) => !own.test(each)), []);
    assert.equal(names.includes("node:sqlite"), false);
  }
});

test("they can be required", () => {
  const program = `for (const name of ["stores", "stores/sqlite", "stores/postgres", "stores/durable-objects", "stores/conformance", "connections"]) console.log(Object.keys(require("venuekey/" + name)).sort().join())`;
  for (const options of [[], ["--no-experimental-require-module"]]) {
    const told = execFileSync(process.execPath, [...options, "--eval", program], { encoding: "utf8", cwd: fileURLToPath(new URL(".", import.meta.url)) });
    assert.deepEqual(told.trim().split("\n"), [
      "StoreError",
      "SQLiteStore,StoreError",
      "PostgresStore,StoreError",
      "DurableObjectStore,StoreError",
      "conformance",
      CONNECTIONS,
    ]);
  }
});
