// The first program of docs/connections-node.md, as it stands there: its types, and what it does.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { approve, freePort, startSandbox } from "../journeys/sandbox.mjs";
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
  assert.ok(text.trimEnd().split("\n").length <= 40);
  const program = join(folder, "quick-start.mts");
  await writeFile(program, text);
  const tsc = join(VENUEKEY_PACKAGE, "node_modules/.bin/tsc");
  const options = ["--ignoreConfig", "--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--types", "node"];
  const ran = spawnSync(tsc, [...options, program], { cwd: here, encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stdout);
});

test("it connects an account, lives through what is not for it, and ends", async (context) => {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const sandbox = await startSandbox("--redirect-uri", `bybit=${base}/callback/bybit`);
  context.after(() => sandbox.stop());
  const program = join(folder, "app.mjs");
  await writeFile(program, text);
  const env = {
    ...process.env,
    HOME_URL: base,
    SANDBOX: sandbox.url,
    DATABASE: join(folder, "connections.db"),
    SEALING_KEY: Buffer.alloc(32, 7).toString("hex"),
  };
  const child = spawn(process.execPath, [program], { env, stdio: ["ignore", "pipe", "inherit"] });
  context.after(() => child.kill("SIGKILL"));
  const exited = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), exited]);

  const ask = (path, user = "") => fetch(new URL(path, base), { redirect: "manual", headers: { connection: "close", cookie: user } });
  const begun = await ask("/connect/bybit");
  assert.equal(begun.status, 303);
  const [user] = begun.headers.get("set-cookie").split(";");
  // A double click goes on with the same row.
  assert.equal((await ask("/connect/bybit", user)).headers.get("location"), begun.headers.get("location"));
  assert.equal((await ask("/callback/bybit?code=a&state=b", user)).status, 503);
  assert.equal((await ask("/connect/nowhere")).status, 503);
  const callback = await approve(begun.headers.get("location"), `${base}/callback/bybit`);
  assert.equal((await ask(callback, user)).status, 303);
  await until(async () => (await (await ask("/", user)).text()) === "bybit: connected\n");
  assert.equal(await (await ask("/", "user=somebody")).text(), "");
  child.kill("SIGTERM");
  assert.deepEqual(await exited, [0, null]);
});
