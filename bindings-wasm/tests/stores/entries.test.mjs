// Who loads what of the stores.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const hooks = new URL("loads.mjs", import.meta.url).href;

/** The modules that a program loads which imports those: their names, and the text of those that are ours. */
function loaded(...names) {
  const program = `import { register } from "node:module"; register("${hooks}");
    ${names.map((name) => `await import("${name}");`).join(" ")}`;
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const told = execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8", cwd });
  const urls = told.trim().split("\n");
  const ours = urls.filter((url) => url.includes("/dist/node/"));
  return { names: urls.map((url) => url.split("/").slice(-2).join("/")), text: ours.map((url) => readFileSync(new URL(url), "utf8")).join("\n") };
}

const CONNECTIONS = "Account,AmbiguousAccount,Client,ConnectionNotFound,Connections,History,NoResponse,SealingKeys,Secret,StoreBusy,Trouble,VenuekeyError,connectLocal,diagnose,fetchSender,init";
const isOfStores = (name) => /stores\/|better-sqlite3|sqlite|\bpg\b/.test(name);
// Several modules are one file in Node: what is in them tells.
const CORE = /\bfunction initSync\b/;
const CONNECTIONS_OWN = /\bConnections = class\b/;
const STORES_OWN = /\b(?:SQLite|Postgres|DurableObject)Store = class\b/;

test("the package itself loads no store and no driver", () => {
  const { names, text } = loaded("venuekey", "venuekey/server");
  assert.match(text, CORE);
  assert.deepEqual(names.filter(isOfStores), []);
  assert.doesNotMatch(text, STORES_OWN);
  assert.doesNotMatch(text, CONNECTIONS_OWN);
  assert.deepEqual(names.filter((name) => name.startsWith("node:") && name !== "node:module"), [], "Node's own wait until they are needed");
});

test("connections load no store and no driver", () => {
  const { names, text } = loaded("venuekey/connections");
  assert.match(text, CONNECTIONS_OWN);
  assert.deepEqual(names.filter(isOfStores), []);
  assert.doesNotMatch(text, STORES_OWN);
});

test("a store loads its driver when it is used, and nothing of core", () => {
  const own = /^(stores\/|shared\/|node:)/;
  for (const name of ["sqlite", "postgres", "durable-objects"]) {
    const { names, text } = loaded(`venuekey/stores/${name}`);
    assert.ok(names.includes(`stores/${name}.js`), names.join());
    assert.match(text, STORES_OWN);
    assert.doesNotMatch(text, CORE);
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
