// The first program of docs/connections-node.md, as it stands there: its types, and what it does.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { approve, startSandbox } from "../journeys/sandbox.mjs";
import { until } from "./support.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const { VENUEKEY_PACKAGE } = process.env;

let [folder, text] = ["", ""];
before(async () => {
  const page = await readFile(join(VENUEKEY_PACKAGE, "../docs/connections-node.md"), "utf8");
  text = /^```js\n(import .*?)^```$/ms.exec(page)[1];
  folder = await mkdtemp(join(here, "quick-start-"));
});
after(() => rm(folder, { recursive: true }));

test("it is short, and type-checks without a cast", async () => {
  assert.ok(text.split("\n").length <= 40);
  const program = join(folder, "quick-start.mts");
  await writeFile(program, text);
  const tsc = join(VENUEKEY_PACKAGE, "node_modules/.bin/tsc");
  const options = ["--ignoreConfig", "--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--types", "node"];
  const ran = spawnSync(tsc, [...options, program], { cwd: here, encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stdout);
});

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

test("it connects an account, uses its key, and ends", async (context) => {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const sandbox = await startSandbox("--redirect-uri", `bybit=${base}/callback/bybit`);
  context.after(() => sandbox.stop());
  const program = join(folder, "app.mjs");
  const placed = [["http://127.0.0.1:8700", sandbox.url], ["8000", String(port)], ["connections.db", join(folder, "connections.db")]];
  await writeFile(program, placed.reduce((source, [from, to]) => source.replaceAll(from, to), text));
  const env = { ...process.env, SEALING_KEY: Buffer.alloc(32, 7).toString("base64") };
  const child = spawn(process.execPath, [program], { env, stdio: ["ignore", "pipe", "inherit"] });
  context.after(() => child.kill("SIGKILL"));
  const exited = once(child, "exit");
  await once(child.stdout, "data");

  const ask = (url) => fetch(url, { redirect: "manual", headers: { connection: "close" } });
  const begun = await ask(`${base}/connect`);
  assert.equal(begun.status, 303);
  // A double click goes on with the same row.
  assert.equal((await ask(`${base}/connect`)).headers.get("location"), begun.headers.get("location"));
  const callback = await approve(begun.headers.get("location"), `${base}/callback/bybit`);
  assert.equal((await ask(callback)).status, 303);
  await until(async () => (await (await ask(base)).json())[0].status === "connected");
  assert.equal(typeof (await (await ask(`${base}/key`)).json()), "object");
  child.kill("SIGTERM");
  assert.deepEqual(await exited, [0, null]);
});
