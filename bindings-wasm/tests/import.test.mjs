import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

const COUNTED = `
  const { Module } = WebAssembly;
  let compiled = 0;
  WebAssembly.Module = function (bytes) {
    compiled += 1;
    return new Module(bytes);
  };
`;
const USED = `
  const imported = compiled;
  new venuekey.Secret("s3cr3t").expose();
  for (let turn = 0; turn < 2; turn += 1) parts.codeChallengeS256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  console.log(imported, compiled);
`;

// A start's time would be the machine's: this is what most of it was.
for (const [way, program] of [
  ["import", `${COUNTED} const [venuekey, parts] = [await import("venuekey"), await import("venuekey/parts")]; ${USED}`],
  ["require", `${COUNTED} const [venuekey, parts] = [require("venuekey"), require("venuekey/parts")]; ${USED}`],
]) {
  test(`an ${way} compiles nothing, and the first call does, once`, () => {
    const type = way === "import" ? "--input-type=module" : "--input-type=commonjs";
    const options = { encoding: "utf8", cwd: new URL(".", import.meta.url) };
    assert.equal(execFileSync(process.execPath, [type, "--eval", program], options), "0 1\n");
  });
}
