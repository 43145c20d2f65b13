// Packs the npm package and one for each platform's program:
//   node pack.mjs FOLDER [PLATFORM=PROGRAM]...   PLATFORM as linux-x64, linux-x64-musl, darwin-arm64, win32-x64
// The main package depends, optionally, on exactly those: npm installs the one for its machine. Prints the tarballs' paths.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [folder, ...programs] = process.argv.slice(2);
if (!folder) throw new Error("usage: node pack.mjs FOLDER [PLATFORM=PROGRAM]...");
const here = fileURLToPath(new URL(".", import.meta.url));
const root = resolve(here, "../..");
const target = resolve(folder);
const main = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));

function pack(description, fill) {
  const staged = mkdtempSync(join(tmpdir(), "venuekey-sandbox-"));
  try {
    for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) copyFileSync(join(root, licence), join(staged, licence));
    fill(staged);
    writeFileSync(join(staged, "package.json"), `${JSON.stringify(description, null, 2)}\n`);
    mkdirSync(target, { recursive: true });
    const options = ["pack", "--silent", "--pack-destination", target];
    const name = execFileSync("npm", options, { cwd: staged, encoding: "utf8" }).trim();
    console.log(join(target, name));
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
}

const optionalDependencies = {};
for (const given of programs) {
  const [platform, program] = given.split(/=(.*)/s);
  const [os, cpu, libc] = platform.split("-");
  const name = `@venuekey/sandbox-${platform}`;
  const file = os === "win32" ? "venuekey-sandbox.exe" : "venuekey-sandbox";
  const { version, license, repository } = main;
  const libcs = os === "linux" ? { libc: [libc ?? "glibc"] } : {};
  const description = { name, version, description: `venuekey-sandbox's program for ${platform}`, license, repository };
  pack({ ...description, os: [os], cpu: [cpu], ...libcs, preferUnplugged: true }, (staged) => {
    mkdirSync(join(staged, "bin"));
    copyFileSync(program, join(staged, "bin", file));
    chmodSync(join(staged, "bin", file), 0o755);
  });
  optionalDependencies[name] = version;
}
pack({ ...main, ...(programs.length ? { optionalDependencies } : {}) }, (staged) => {
  for (const part of ["bin", "lib", "README.md"]) cpSync(join(here, part), join(staged, part), { recursive: true });
});
