// The program under test, in Node; program.py has the protocol. Its worker's shapes are run and once, and it ends by kill,
// SIGTERM, SIGINT, stop, abort (the signal that `run` takes) and exit (`process.exit`, which waits for nothing).
import { createHash } from "node:crypto";
import { openSync, readSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client as PublicClient } from "venuekey";
import { Client, Connections, fetchSender, SealingKeys, VenuekeyError } from "venuekey/connections";
import { PostgresStore } from "venuekey/stores/postgres";
import { SQLiteStore } from "venuekey/stores/sqlite";

const { env } = process;
const { PAVED_SANDBOX: SANDBOX, PAVED_HOME: HOME, PAVED_WORK: SHAPE, PAVED_PORT: PORT } = env;
/** How long a worker with a place sleeps at most. */
const MOST_MS = 20_000;
const NEVER = new Int32Array(new SharedArrayBuffer(4));
const say = (what) => writeSync(1, `${what}\n`);

/** Time that a test moves; where this program sleeps, it moves it too, or says until when it sleeps. */
class Clock {
  #file;
  #place;
  #number = Buffer.alloc(8);
  #naps = [];
  #atWork = 0;

  constructor(order) {
    const [path, place = "0"] = order.split(":");
    this.#file = openSync(path, "r+");
    this.#place = Number(place);
  }

  get hasPlace() {
    return this.#place > 0;
  }

  nowMs() {
    for (;;) {
      readSync(this.#file, this.#number, 0, 8, 0);
      const nowMs = Number(this.#number.readBigInt64LE());
      // Negative while the test moves it.
      if (nowMs >= 0) return nowMs;
      Atomics.wait(NEVER, 0, 0, 1);
    }
  }

  async sleep(ms, signal) {
    if (this.hasPlace) return this.#nap(this.nowMs() + Math.ceil(ms), signal);
    const order = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ ms: Math.ceil(ms) }) };
    const answer = await (await fetch(`${SANDBOX}/_sandbox/clock/advance`, order)).json();
    this.#write(0, answer.now_ms);
  }

  async #nap(untilMs, signal) {
    this.#tell(() => this.#naps.push(untilMs));
    try {
      while (this.nowMs() < untilMs) await sleep(3, undefined, { signal });
    } finally {
      // Whoever slept goes on now.
      void this.atWork(() => {});
      this.#tell(() => this.#naps.splice(this.#naps.indexOf(untilMs), 1));
    }
  }

  /** Meanwhile nobody skips what the rest of this program sleeps through. A job that goes on to its next step stays at work. */
  async atWork(work) {
    this.#tell(() => (this.#atWork += 1));
    try {
      return await work();
    } finally {
      setImmediate(() => this.#tell(() => (this.#atWork -= 1)));
    }
  }

  #tell(change) {
    change();
    if (this.hasPlace) this.#write(this.#place, this.#atWork > 0 || this.#naps.length === 0 ? 0 : Math.min(...this.#naps));
  }

  #write(place, ms) {
    const number = Buffer.alloc(8);
    number.writeBigInt64LE(BigInt(ms));
    writeSync(this.#file, number, 0, 8, 8 * place);
  }
}

const clock = env.PAVED_CLOCK === undefined ? undefined : new Clock(env.PAVED_CLOCK);

// The steps of this worker's jobs, and its end at one of them

const [END, AT] = [env.PAVED_END, Number(env.PAVED_AT ?? 0)];
const controller = new AbortController();
const WAYS = { kill: () => process.kill(process.pid, "SIGKILL"), stop: () => connections.stop(), abort: () => controller.abort(), exit: () => process.exit(9) };
let count = 0;

async function step(when, what) {
  count += 1;
  say(`step ${count} ${when} ${what}`);
  if (count !== AT) return;
  (WAYS[END] ?? (() => process.kill(process.pid, END)))();
  // Whoever listens hears of it now.
  for (let turns = 0; turns < 3; turns += 1) await turn();
}

async function steps(what, call) {
  if (!SHAPE) return call();
  const counted = async () => {
    await step("before", what);
    const given = await call();
    await step("after", what);
    return given;
  };
  return clock === undefined ? counted() : clock.atWork(counted);
}

const COUNTED = { load: "load", save: "save", bump: "bump", findAccount: "find_account", delete: "delete" };

/** A store whose every call is a step, and whose waits take the clock's time. */
function counted(store) {
  const wait = async (timeoutMs, signal) => {
    if (!clock?.hasPlace) return store.wait(timeoutMs, signal);
    const dueMs = await store.nextDue();
    const farMs = dueMs === undefined ? MOST_MS : dueMs - clock.nowMs();
    await clock.sleep(Math.min(MOST_MS, Math.max(timeoutMs, farMs)), signal).catch(() => {});
    return false;
  };
  return new Proxy(store, {
    get(of, name) {
      if (name === "wait") return wait;
      const call = (...given) => of[name](...given);
      return name in COUNTED ? (...given) => steps(COUNTED[name], () => call(...given)) : call;
    },
  });
}

function openStore(where) {
  return where.startsWith("postgresql:") ? new PostgresStore(where) : new SQLiteStore(where);
}

function client(name) {
  const [venue, environment] = name === "whitebit" ? ["whitebit", "global"] : ["bybit", "mainnet"];
  const base = `${SANDBOX}/${venue}/${environment}`;
  const at = { venue, environment, authorizeBase: base, apiBase: base };
  if (name === "agent") return new PublicClient({ ...at, clientId: "ai-agent", redirectUri: "http://127.0.0.1:9876/callback" });
  return new Client({ ...at, clientId: `demo-${name}`, clientSecret: `demo-${name}-secret`, redirectUri: `${HOME}/callback/${name}` });
}

const keys = new SealingKeys(env.PAVED_KEYS.split(",").map((each) => [each.split(":")[0], Buffer.from(each.split(":")[1], "hex")]));
const send = fetchSender();
const store = counted(openStore(env.PAVED_STORE));
const clients = Object.fromEntries(["whitebit", "bybit", "agent"].map((name) => [name, client(name)]));
export const connections = new Connections({
  clients, store, keys,
  send: (request, options) => steps(`send ${request.purpose}`, () => send(request, options)),
  onEvent: ({ kind, code, owner }) => steps("deliver", () => say(`event ${kind} ${code ?? "-"} ${owner}`)),
  logger: { info: say, warn: say, error: say },
  ...(clock && { clock: () => clock.nowMs(), sleep: (ms, signal) => clock.sleep(ms, signal) }),
});

// The commands

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
const PLAIN = ["id", "owner", "client", "status", "authorize_url", "recovery", "replaces_key", "key_left", "intent", "no_worker", "due_at_ms"];

function told(view) {
  return {
    ...Object.fromEntries(PLAIN.map((name) => [name, view[camel(name)] ?? null])),
    code: view.error?.code ?? null,
    kind: view.error?.kind ?? null,
    choices: view.choices?.subaccounts.map(({ id }) => id) ?? null,
    trail: view.trail.map(({ what }) => what),
  };
}

async function called({ id, method, path, parameters, ...owned }) {
  return (await (await connections.account(id, owned)).call(method, path, parameters)).json();
}

async function tokens({ id, refused }) {
  const account = await connections.account(id);
  const { generation, tokens } = await (refused === undefined ? account.tokens() : account.tokenRefused(refused));
  return { generation, sha256: createHash("sha256").update(tokens.accessToken.expose()).digest("hex") };
}

// What comes before the options of a call, by the protocol's names.
const FIRST = {
  begin: ["client"], begin_by_hand_off: ["client", "hand_off"], receive_callback: ["id", "url"], receive_client_callback: ["client", "url"], choose: ["id", "account_id"],
  forget: ["owner"], find: ["owner"],
};

async function answer({ do: name, ...order }) {
  if (name === "call" || name === "tokens") return { value: await (name === "call" ? called : tokens)(order) };
  if (name === "check") return { view: told(await (await connections.account(order.id, order.owner && { owner: order.owner })).check()) };
  if (name === "run_once") return { value: (await connections.runOnce()) ?? null };
  if (name === "reseal") return { value: await connections.reseal() };
  const first = FIRST[name] ?? ["id"];
  const options = Object.entries(order).filter(([key]) => !first.includes(key)).map(([key, value]) => [camel(key), value]);
  const shown = await connections[camel(name)](...first.map((key) => order[key]), Object.fromEntries(options));
  if (name === "begin_by_hand_off") return { view: { ...told(shown.view), is_new: shown.isNew } };
  return Array.isArray(shown) ? { views: shown.map(told) } : { view: told(shown) };
}

function refusal(error) {
  const { kind = null, code = null, name } = error;
  const type = error instanceof VenuekeyError ? `${kind[0].toUpperCase()}${kind.slice(1)}Error` : name;
  return { error: { type, kind, code } };
}

const server = createServer(async (request, response) => {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) text += piece;
  // A connection that is kept would hold up the end.
  response.setHeader("connection", "close").end(JSON.stringify(await answer(JSON.parse(text)).catch(refusal)));
});

async function main() {
  if (PORT !== undefined) await new Promise((listens) => server.listen(Number(PORT), "127.0.0.1", listens));
  say("ready");
  const { signal } = controller;
  if (SHAPE === "run") {
    await connections.run({ signal });
  } else if (SHAPE === "once") {
    // Which listens for no signal by itself.
    process.on("SIGTERM", () => connections.stop());
    await connections.runOnce({ signal });
  } else {
    await new Promise((ends) => process.on("SIGTERM", ends));
  }
  // What is asked and not answered yet is waited for.
  await new Promise((closed) => server.close(closed));
  await store.close();
  say("ended");
}

// The package's command takes `connections` from here.
if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
