// A debugger and a stack trace lead to the TypeScript, in both builds: it is in the package, once.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const dist = dirname(dirname(fileURLToPath(import.meta.resolve("venuekey"))));
// What is made of wasm-bindgen's JavaScript, and what only refuses.
const WITHOUT = /(?:^|\/)(?:wasm|wasm-inline|server-browser)\.js$/;

for (const build of ["esm", "cjs"]) {
  test(`${build}: each module has its map, which leads to its TypeScript`, () => {
    const modules = readdirSync(`${dist}/${build}`, { recursive: true }).filter((name) => name.endsWith(".js") && !WITHOUT.test(name));
    assert.ok(modules.length > 60, `${modules.length} modules`);
    for (const name of modules) {
      // A module of types alone has no line that came from anywhere.
      if (!JSON.parse(readFileSync(`${dist}/esm/${name}.map`, "utf8")).mappings) continue;
      const [, at] = /^\/\/# sourceMappingURL=(\S+)$/m.exec(readFileSync(`${dist}/${build}/${name}`, "utf8")) ?? [];
      assert.ok(at, name);
      const folder = `${dist}/${build}/${dirname(name)}`;
      const map = JSON.parse(readFileSync(`${folder}/${at}`, "utf8"));
      const sources = map.sources.map((source) => resolve(folder, source));
      assert.deepEqual(sources, [resolve(dist, "../ts", name.replace(/\.js$/, ".ts"))], name);
      assert.ok(existsSync(sources[0]), name);
    }
  });
}

test("a stack trace names the line of TypeScript", () => {
  for (const [flags, load] of [
    [["--input-type=module"], 'const { SealingKeys } = await import("venuekey");'],
    [["--input-type=commonjs", "--no-experimental-require-module"], 'const { SealingKeys } = require("venuekey");'],
  ]) {
    const code = `${load} try { new SealingKeys([]); } catch (error) { console.log(error.stack); }`;
    const stack = execFileSync(process.execPath, ["--enable-source-maps", ...flags, "--eval", code], { encoding: "utf8" });
    assert.match(stack, /\/ts\/\w+\.ts:\d+:\d+/);
  }
});
