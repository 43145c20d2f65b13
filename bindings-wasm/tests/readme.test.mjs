// The README's first program, as it stands there, under `tsc --strict`.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const { VENUEKEY_PACKAGE } = process.env;

test("the quick start type-checks without a cast", async () => {
  const readme = await readFile(join(VENUEKEY_PACKAGE, "README.md"), "utf8");
  const folder = await mkdtemp(join(here, "readme-"));
  try {
    const program = join(folder, "quick-start.mts");
    await writeFile(program, /^```js\n(import .*?)^```$/ms.exec(readme)[1]);
    const tsc = join(VENUEKEY_PACKAGE, "node_modules/.bin/tsc");
    const options = ["--ignoreConfig", "--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--types", "node"];
    const ran = spawnSync(tsc, [...options, program], { cwd: here, encoding: "utf8" });
    assert.equal(ran.status, 0, ran.stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
});
