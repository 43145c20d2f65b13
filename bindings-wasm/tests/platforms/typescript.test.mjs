// The installed package's types under TypeScript 5, as projects set it up that have not moved on.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const tsc = join(here, "node_modules/typescript-5/bin/tsc");
const PROGRAM = `
import { Secret } from "venuekey";
import { MemoryStore } from "venuekey/parts";
import { Client } from "venuekey/server";
const config = { clientId: "app-1", clientSecret: new Secret("secret"), redirectUri: "https://partner.example/cb" };
const client = new Client({ venue: "bybit", environment: "mainnet", ...config });
const store = new MemoryStore();
const { pending } = client.begin("api_key");
store.save(pending.snapshot());
console.log(client.restore(store.load(pending.flowId)).status);
`;
const WORKER = `
import { init } from "venuekey";
import source from "venuekey/venuekey.wasm";
import module from "venuekey/venuekey.wasm?module";
export const both: Promise<void>[] = [init(source), init(module satisfies WebAssembly.Module)];
`;

let folder;
before(async () => (folder = await mkdtemp(join(here, "typed-"))));
after(() => rm(folder, { recursive: true }));

/** Every declaration is checked, and none of the platform's is there but those named. */
async function compile(name, text, options) {
  const file = join(folder, name);
  await writeFile(file, text);
  const all = ["--strict", "--target", "es2022", "--lib", "es2022,dom", "--typeRoots", folder, ...options, file];
  const ran = spawnSync(process.execPath, [tsc, ...all], { encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stdout);
  return file.replace(/\.\w*ts$/, ".js");
}

test("--module commonjs, which knows no exports of a package", async () => {
  const program = await compile("commonjs.ts", PROGRAM, ["--module", "commonjs"]);
  await writeFile(join(folder, "package.json"), '{ "type": "commonjs" }');
  assert.equal(execFileSync(process.execPath, [program], { encoding: "utf8" }), "awaiting_callback\n");
});

for (const [module, resolution] of [["nodenext", "nodenext"], ["es2022", "bundler"]]) {
  test(`--module ${module} --moduleResolution ${resolution}, the compiled half included`, async () => {
    const options = ["--module", module, "--moduleResolution", resolution];
    await compile("program.mts", PROGRAM, options);
    await compile("worker.mts", WORKER, [...options, ...(resolution === "bundler" ? ["--customConditions", "browser"] : ["--customConditions", "edge-light"])]);
  });
}
