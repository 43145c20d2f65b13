// A program at somebody's desk whose browser could not be started: the page's address is opened by hand, and the question is open.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, beforeEach, test } from "node:test";
import { Client } from "venuekey";
import { connectLocal } from "venuekey/connections";
import { Client as ServerClient } from "venuekey/server";
import { json } from "../support.mjs";
import { approve, startSandbox } from "../journeys/sandbox.mjs";
import { KEYS, later, newPlace, newStore, until } from "./support.mjs";

const { VENUEKEY_PYTHON = "python3" } = process.env;
const QUESTION = "The address that the browser was sent to: ";

let sandbox;
before(async () => {
  sandbox = await startSandbox();
});
after(() => sandbox?.stop());
beforeEach(() => sandbox.admin("POST", "reset"));

/** Bybit knows eleven ports: the first of them that nobody has. */
async function withPort(run) {
  for (let port = 9876; port <= 9886; port += 1) {
    try {
      return await run(`http://127.0.0.1:${port}/callback`);
    } catch (error) {
      if (!/is in use by another program/.test(String(error))) throw error;
    }
  }
  throw new Error("the ports 9876 to 9886 are all in use");
}

const configOf = (redirectUri) => {
  const base = `${sandbox.url}/bybit/mainnet`;
  return { venue: "bybit", environment: "mainnet", clientId: "ai-agent", redirectUri, authorizeBase: base, apiBase: base };
};

/** The address of the page in what was said. */
const pageIn = (said) => /^http:\/\/127\.0\.0\.1:\d+\/\S+$/m.exec(said)?.[0];

test("what the browser brings ends the wait, though the question is open", async () => {
  const [questions, said] = [[], []];
  const forGood = later();
  const ask = (question) => {
    questions.push(question);
    return questions.length === 1 ? forGood.promise : "n";
  };
  const logger = { info() {}, warn() {}, error() {} };
  const options = { store: newStore(), keys: KEYS, openBrowser: false, ask, logger, say: (text) => said.push(text) };
  const account = await withPort(async (redirectUri) => {
    const connecting = connectLocal(new Client(configOf(redirectUri)), options);
    const isAsked = async () => questions.length === 1;
    await Promise.race([until(isAsked), connecting]);
    await fetch(await approve(pageIn(said.join("\n")), redirectUri));
    return connecting;
  });
  assert.deepEqual(questions, [QUESTION, "Which account? "]);
  assert.equal(said.at(said.findIndex((text) => pageIn(text) !== undefined) + 1), "", "the question's line has its end");
  // Nothing comes of what is answered too late.
  forGood.resolve("late");
  assert.equal((await account.view()).status, "connected");
});

test("SIGINT ends it, though the question is open", async () => {
  const questions = [];
  const ask = (question) => (questions.push(question), later().promise);
  const options = { store: newStore(), keys: KEYS, openBrowser: false, paste: true, ask, say: () => {} };
  const connecting = connectLocal(new Client(configOf("http://127.0.0.1:9876/callback")), options);
  await until(() => questions.length === 1);
  process.emit("SIGINT", "SIGINT");
  await assert.rejects(connecting, { name: "AbortError" });
});

const PROGRAM = `
  import { Client } from "venuekey";
  import { connectLocal } from "venuekey/connections";
  const account = await connectLocal(new Client(JSON.parse(process.env.CONFIG)), { store: process.env.STORE });
  console.log("connected", account.id);
`;

test("at a terminal: the browser comes back, and the next line is the next question's", async () => {
  const { code, said } = await withPort(async (redirectUri) => {
    const env = { ...process.env, CONFIG: JSON.stringify(configOf(redirectUri)), STORE: newPlace(), BROWSER: "/nowhere/browser" };
    const command = [process.execPath, "--input-type=module", "--eval", PROGRAM];
    const terminal = ["-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)", ...command];
    const child = spawn(VENUEKEY_PYTHON, terminal, { env, cwd: new URL(".", import.meta.url), stdio: ["pipe", "pipe", "inherit"] });
    after(() => child.kill("SIGKILL"));
    let said = "";
    child.stdout.on("data", (data) => (said += String(data).replaceAll("\r\n", "\n")));
    const ended = new Promise((resolve) => child.once("close", resolve));
    const reads = async (words) => {
      await Promise.race([until(() => said.includes(words)), ended]);
      if (!said.includes(words)) throw new Error(said);
    };
    await reads(QUESTION);
    await fetch(await approve(pageIn(said), redirectUri));
    await reads("Which account? ");
    child.stdin.write("n\n");
    return { code: await ended, said };
  });
  assert.equal(code, 0, said);
  assert.match(said, /sent to: \n[^]*Which account\? n?\n?[^]*connected [0-9a-f]{32}\n$/);
});

const QUIET = { info() {}, warn() {}, error() {} };

/** Options with a person who agrees on each page, and gives such answers. */
function person(redirectUri, answers) {
  const seen = { questions: [], pages: [] };
  const say = (text) => {
    const page = pageIn(text);
    if (page === undefined) return;
    seen.pages.push(page);
    void approve(page, redirectUri).then(fetch);
  };
  const ask = (question) => (seen.questions.push(question), answers(question));
  return { seen, options: { store: newStore(), keys: KEYS, openBrowser: false, paste: false, logger: QUIET, say, ask } };
}

test("again: an account that works is asked for consent, and for a choice, until it has its new key", async () => {
  await withPort(async (redirectUri) => {
    const { seen, options } = person(redirectUri, () => "n");
    const client = new Client(configOf(redirectUri));
    const first = await (await connectLocal(client, options)).view();
    const account = await connectLocal(client, { ...options, again: true });
    assert.deepEqual([seen.pages.length, seen.questions], [2, ["Which account? ", "Which account? "]]);
    const view = await account.view();
    assert.deepEqual([view.id, view.status, view.attempt], [first.id, "connected", undefined]);
    // Without it, it comes back at once.
    await connectLocal(client, options);
    assert.equal(seen.pages.length, 2);
  });
});

test("again: an attempt that fails is told, though the account works as before", async () => {
  await withPort(async (redirectUri) => {
    const { options } = person(redirectUri, () => "n");
    const client = new Client(configOf(redirectUri));
    const account = await connectLocal(client, options);
    const say = (text) => {
      const state = new URL(pageIn(text) ?? redirectUri).searchParams.get("state");
      if (state !== null) void fetch(`${redirectUri}?error=access_denied&state=${state}`);
    };
    await assert.rejects(connectLocal(client, { ...options, say, again: true }), { code: "access_denied" });
    assert.deepEqual([(await account.view()).status, (await account.view()).attempt.status], ["connected", "failed"]);
  });
});

test("again: where the old key is ended first, its successor is waited for", async () => {
  await withPort(async (redirectUri) => {
    const replies = {
      exchange_code: { data: { access_token: "canary-a", refresh_token: "canary-r", expires_in: 300 } },
      refresh_tokens: { data: { access_token: "canary-b", refresh_token: "canary-s", expires_in: 300 } },
      check_key: { data: { exists: true, isEnabled: true, externalId: "0f8fad5b-d9cb-469f-a165-70867728950e", permissions: [] } },
      fetch_secret: { data: { apiSecret: "canary-secret" } },
      delete_key: { data: [] },
    };
    const sent = [];
    const send = async ({ purpose }) => (sent.push(purpose), json(replies[purpose]));
    let keys = 0;
    const say = (text) => {
      const state = /state=([^&\s]+)/.exec(text)?.[1];
      if (state !== undefined) void fetch(`${redirectUri}?code=canary-code&state=${state}&publicKey=canary-key-${(keys += 1)}`);
    };
    const client = new ServerClient({ venue: "whitebit", environment: "global", clientId: "demo", clientSecret: "canary", redirectUri });
    const options = { store: newStore(), keys: KEYS, send, say, ask: () => "y", openBrowser: false, paste: false, logger: QUIET };
    await connectLocal(client, options);
    const account = await connectLocal(client, { ...options, again: true });
    assert.deepEqual([keys, sent.filter((purpose) => purpose === "delete_key" || purpose === "fetch_secret")], [2, ["fetch_secret", "delete_key", "fetch_secret"]]);
    const view = await account.view();
    assert.deepEqual([view.status, view.attempt], ["connected", undefined]);
  });
});
