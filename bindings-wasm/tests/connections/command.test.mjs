// The worker as a process of its own, by the package's command.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { newPlace, until } from "./support.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const command = fileURLToPath(new URL("../node_modules/.bin/venuekey", import.meta.url));
const { VENUEKEY_PYTHON = "python3" } = process.env;
const REPLIES = {
  exchange: { access_token: "canary-a", refresh_token: "canary-r", expires_in: 86_400, token_type: "bearer" },
  other: { ret_code: 0, ret_msg: "success", result: { uid: "106", api_key: "k", api_secret: "canary-secret" } },
};

const server = createServer();
const children = [];
let app;
before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.env.APP_BASE = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  for (const child of children) child.kill("SIGKILL");
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  process.env.APP_PLACE = newPlace();
  app = (await import(`./app.mjs?${process.env.APP_PLACE}`)).connections;
  server.removeAllListeners("request");
});

async function consented() {
  const begun = await app.begin("bybit", { owner: "user-1", goal: "api_key" });
  const state = new URL(begun.authorizeUrl).searchParams.get("state");
  return app.receiveCallback(begun.id, `https://partner.example/cb?code=canary-code&state=${state}`);
}

function start(...args) {
  const env = { ...process.env, APP_STAYS: "open" };
  const child = spawn(command, args, { cwd: here, env, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => (stdout += data));
  child.stderr.on("data", (data) => (stderr += data));
  const closed = once(child, "close");
  const said = async (words) => {
    await until(() => stdout.includes(words) || child.exitCode !== null || child.signalCode !== null);
    assert.ok(stdout.includes(words), stdout + stderr);
  };
  const end = async () => {
    const [code, signal] = await closed;
    assert.ok(!(stdout + stderr).includes("canary"), stdout + stderr);
    return { stdout, stderr, code, signal };
  };
  return { child, said, end };
}

const answer = (response, reply) => response.end(JSON.stringify(reply));
const isExchange = ({ url }) => /token/.test(url);

test("it works until SIGTERM, and waits for a reply that comes once", async () => {
  const { id } = await consented();
  const asked = once(server, "request");
  const { child, said, end } = start("worker", "./app.mjs", "--holder", "worker-1");
  const [, response] = await asked;
  child.kill("SIGTERM");
  child.kill("SIGTERM");
  await said("worker worker-1: takes no new work");
  answer(response, REPLIES.exchange);
  const { code, stdout } = await end();
  assert.equal(code, 0);
  assert.match(stdout, /^worker worker-1: begins\nconnection \w+: exchange_code\nworker worker-1: takes no new work\nconnection \w+: exchange_code: HTTP 200\nworker worker-1: has ended\n$/);
  assert.equal((await app.status(id)).trail.at(-1).what, "reply exchange_code");
});

test("it connects, and ends when nothing is in flight", async () => {
  const { id } = await consented();
  server.on("request", (request, response) => answer(response, isExchange(request) ? REPLIES.exchange : REPLIES.other));
  const { child, end } = start("worker", "app.mjs:others");
  await until(async () => (await app.status(id)).status === "connected");
  child.kill("SIGINT");
  const { code, signal } = await end();
  assert.deepEqual([code, signal], [0, null]);
});

test("it ends once a lease that is saved slowly was given back", async () => {
  const { id } = await consented();
  const asked = [];
  server.on("request", (request, response) => (asked.push(request.url), answer(response, REPLIES.exchange)));
  process.env.APP_SLOW = "slow";
  const { child, said, end } = start("worker", "./app.mjs", "--holder", "worker-1");
  delete process.env.APP_SLOW;
  await said("a lease is being saved");
  child.kill("SIGTERM");
  await said("worker worker-1: has ended");
  child.kill("SIGUSR2");
  const { code, stdout, stderr } = await end();
  assert.equal(code, 0, stdout + stderr);
  assert.deepEqual(asked, []);
  await app.runOnce();
  assert.deepEqual([asked.filter((path) => isExchange({ url: path })).length, (await app.status(id)).error?.code], [1, undefined]);
});

test("once: it does what is due, and ends", async () => {
  const { id } = await consented();
  server.on("request", (request, response) => answer(response, isExchange(request) ? REPLIES.exchange : REPLIES.other));
  const { code } = await start("worker", "./app.mjs:connections", "--once").end();
  assert.equal(code, 0);
  assert.equal((await app.status(id)).status, "connected");
});

test("a CommonJS module, also by that copy of the package", async () => {
  for (const options of ["", "--no-experimental-require-module"]) {
    process.env.NODE_OPTIONS = options;
    const { code, stderr, stdout } = await start("worker", "./app.cjs", "--once").end();
    delete process.env.NODE_OPTIONS;
    assert.equal(code, 0, stderr + stdout);
  }
});

test("what it can't use, it names", async () => {
  for (const [args, said] of [
    [[], /^usage: venuekey COMMAND/],
    [["serve", "./app.mjs"], /^there is no command "serve"\n\nusage: venuekey COMMAND/],
    [["worker", "./app.mjs", "--unknown"], /Unknown option '--unknown'[^]*usage/],
    [["worker", "./app.mjs:nothing"], /^venuekey: \.\/app\.mjs:nothing: it exports no Connections as nothing\n/],
    [["worker", "./app.mjs", "--holder", "x".repeat(65)], /holder must be a name of 1 to 64 bytes/],
  ]) {
    const { code, stderr } = await start(...args).end();
    assert.match(stderr, said);
    assert.notEqual(code, 0);
  }
  assert.match((await start("--help").end()).stdout, /^usage/);
});

const IN_A_TERMINAL = ["-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)", process.execPath, command];

test("call: numbers, names and strings go and come as they are written", async () => {
  await app.importKey("bybit", { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: "user-1" });
  const bodies = [];
  const result = '{"2":1.10,"1":12345678901234567890,"said":"a, {\\"b\\": 1}","none":{},"list":[1e2,[]]}';
  server.on("request", async (request, response) => {
    if (request.method === "POST") bodies.push(await text(request));
    response.end(request.method === "POST" ? `{"retCode":0,"result":${result}}` : JSON.stringify({ retCode: 0, time: Date.now() }));
  });
  const given = '{ "qty": 12345678901234567890.10,\n\t"2": "a,  b: \\" c", "1": [ 1.0, {} ] }';
  const args = ["call", "bybit", "POST", "/v5/order/create", given, "--app", "./app.mjs"];
  const { code, stdout, stderr } = await start(...args).end();
  assert.equal(code, 0, stderr);
  assert.equal(stdout.trimEnd().split("\n").at(-1), result);
  assert.deepEqual(bodies, ['{"qty":12345678901234567890.10,"2":"a,  b: \\" c","1":[1.0,{}]}']);

  const child = spawn(VENUEKEY_PYTHON, [...IN_A_TERMINAL, ...args], { cwd: here, env: process.env, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const shown = (await text(child.stdout)).replaceAll("\r\n", "\n");
  const lines = [
    "{", '  "2": 1.10,', '  "1": 12345678901234567890,', '  "said": "a, {\\"b\\": 1}",', '  "none": {},', '  "list": [', "    1e2,",
    "    []", "  ]", "}", "",
  ];
  assert.ok(shown.endsWith(lines.join("\n")), shown);
});

test("call: a name that is there twice is refused, and nothing is sent", async () => {
  await app.importKey("bybit", { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: "user-1" });
  const asked = [];
  server.on("request", (request, response) => (asked.push(request.url), answer(response, { retCode: 0, time: Date.now() })));
  const { code, stderr } = await start("call", "bybit", "POST", "/v5/order/create", '{"qty":"1","qty":"2"}', "--app", "./app.mjs").end();
  assert.notEqual(code, 0);
  assert.match(stderr, /invalid_argument/);
  assert.deepEqual(asked.filter((path) => path.includes("/order/")), []);
});
