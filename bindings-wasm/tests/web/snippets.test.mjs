// All of the documents' JavaScript passes tsc against the installed package, as in a program of its reader's (reader.d.ts): what a
// page calls is there, takes what the page gives, and returns what it uses. Some of it runs besides, where its page's own test is.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const { VENUEKEY_PACKAGE } = process.env;
const ROOT = join(VENUEKEY_PACKAGE, "..");
const TSC = join(VENUEKEY_PACKAGE, "node_modules/.bin/tsc");
const BLOCK = /^( *)```(js|ts|tsx)\n(.*?)^\1```$/gms;
// As strict as an editor is with a plain script: whatever has a type is checked, what a document leaves without one is not.
const OPTIONS = {
  strict: true, noImplicitAny: false, noEmit: true, skipLibCheck: true, target: "es2022", module: "nodenext", types: ["node"],
  lib: ["es2022", "dom", "dom.iterable", "esnext.disposable"], moduleDetection: "force", allowArbitraryExtensions: true,
};
// Where a program of the reader's would be: a document may import what is beside its app.
const DEEP = join("app", "connections", "page");

async function snippets() {
  const listed = execFileSync("git", ["ls-files", "-z", "*.md"], { cwd: ROOT, encoding: "utf8" }).split("\0");
  const found = [];
  for (const name of listed.filter(Boolean)) {
    const text = await readFile(join(ROOT, name), "utf8");
    for (const { index, 1: indent, 3: code } of text.matchAll(BLOCK))
      found.push([`${name}:${text.slice(0, index).split("\n").length}`, code.replaceAll(new RegExp(`^${indent}`, "gm"), "")]);
  }
  return found;
}

async function complaints(found) {
  const folder = await mkdtemp(join(here, "snippets-"));
  try {
    await mkdir(join(folder, DEEP), { recursive: true });
    await cp(join(here, "reader.d.ts"), join(folder, "reader.d.ts"));
    await writeFile(join(folder, "connections.d.ts"), 'export declare const connections: import("venuekey/connections").Connections;\n');
    await writeFile(join(folder, "package.json"), '{"type": "module"}');
    const files = found.map((_, number) => join(DEEP, `${number}.ts`));
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: OPTIONS, files: ["reader.d.ts", ...files] }));
    for (const [number, [, code]] of found.entries()) await writeFile(join(folder, files[number]), code);
    const ran = spawnSync(TSC, ["-p", folder, "--pretty", "false"], { cwd: folder, encoding: "utf8" });
    assert.equal(ran.stderr, "");
    const place = (line) => found[/page\/(\d+)\.ts\(/.exec(line)?.[1]]?.[0] ?? "reader.d.ts";
    return ran.stdout.split("\n").filter(Boolean).map((line) => `${place(line)}: ${line}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("each is as the package is", async () => {
  const found = await snippets();
  assert.ok(found.length > 30);
  assert.deepEqual(await complaints(found), []);
});

test("one that is not is told with its place", async () => {
  const wrong = ["await connections.statuses(id);\n", 'await connections.begin("bybit", { user: id });\n', "nobodySaysWhatThisIs();\n"];
  const told = await complaints([["page.md:1", "console.log(id);\n"], ...wrong.map((code, number) => [`page.md:${number + 2}`, code])]);
  assert.deepEqual([...new Set(told.filter((line) => line.startsWith("page.md")).map((line) => line.split(": ")[0]))], ["page.md:2", "page.md:3", "page.md:4"]);
});
