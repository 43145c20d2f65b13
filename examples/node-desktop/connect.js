/**
 * Connects a Bybit account to a program on the user's own machine: no backend, no client secret.
 *
 * @import { ChooseStep, Flow, SaveStep, Snapshot } from "venuekey/parts"
 * @import { Server } from "node:http"
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { Client, fetchSender, VenuekeyError } from "venuekey";
import { CREATE_SUBACCOUNT, drive } from "venuekey/parts";

const HELP = `Usage: node connect.js [options]

Connect a Bybit account to this machine.

  --paste         copy the code from Bybit's page (a machine without a browser); else the browser comes back by itself
  --sandbox URL   use the sandbox instead of Bybit, for example http://127.0.0.1:8700/bybit/mainnet
  --state FILE    where the flow is kept meanwhile (default: bybit-connection.json)
  --help          show this text
`;
const [FIRST_PORT, LAST_PORT] = [9876, 9886]; // those that Bybit knows
const PASTE = "https://www.bybit.com/oauth/callback";

/** One flow in one file, replaced as a whole. A real program keeps it in the system's keychain. */
class FileStore {
  /** @param {string} path */
  constructor(path) {
    this.path = path;
  }

  load() {
    return existsSync(this.path) ? readFileSync(this.path, "utf8") : undefined;
  }

  /** @param {Snapshot} snapshot */
  save = (snapshot) => {
    const beside = `${this.path}.new`;
    const file = openSync(beside, "w", 0o600);
    writeSync(file, snapshot.expose()); // exposed to be stored
    fsyncSync(file);
    closeSync(file);
    // One program, one flow: nobody else writes here, so each save wins.
    renameSync(beside, this.path);
    return true;
  };

  forget() {
    rmSync(this.path, { force: true });
  }
}

/** Waits on 127.0.0.1 for the request that brings the code. */
async function listen() {
  for (let port = FIRST_PORT; port <= LAST_PORT; port += 1) {
    const server = createServer();
    const isOurs = await new Promise((resolve, reject) => {
      server.once("listening", () => resolve(true));
      server.once("error", (error) => ("code" in error && error.code === "EADDRINUSE" ? resolve(false) : reject(error)));
      server.listen(port, "127.0.0.1");
    });
    if (isOurs) return { redirectUri: `http://127.0.0.1:${port}/callback`, server };
  }
  throw new Trouble(`The ports ${FIRST_PORT} to ${LAST_PORT} are all in use; stop one of those programs, or use --paste.`);
}

/**
 * The flow's callback. Whatever else comes here gets a 404, and a callback that is not the flow's own is refused: the waiting
 * goes on.
 * @param {Server} server @param {Flow} flow @returns {Promise<SaveStep>}
 */
function callbackOf(server, flow) {
  return new Promise((resolve, reject) => {
    server.on("request", ({ method, url = "" }, response) => {
      // Bybit puts a slash before the question mark.
      if (method !== "GET" || !/^\/callback\/?(\?|$)/.test(url)) return response.writeHead(404).end();
      response.writeHead(200, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", connection: "close" });
      response.end("You can close this window and go back to the program.\n");
      try {
        resolve(flow.receiveCallback(url));
        server.close();
      } catch (error) {
        if (!(error instanceof VenuekeyError && error.kind === "rejected")) return reject(error);
        console.error(`${error.message}; still waiting`);
      }
    });
  });
}

/** One sentence for the person at the terminal. */
class Trouble extends Error {}

const typed = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** @param {string} question */
async function ask(question) {
  process.stdout.write(question);
  const { value, done } = await typed.next();
  if (done) throw new Trouble("Nobody answers; the next run goes on from here.");
  return value.trim();
}

/** The user's choice, always: one account is no reason to take it. @param {ChooseStep} step */
async function choose({ creationInDoubt, mayCreate, subaccounts }) {
  if (creationInDoubt) console.log("A new account was asked for, and the answer was lost: it may be in this list.");
  subaccounts.forEach(({ id, nickname }, n) => console.log(`  ${n + 1}  ${nickname ?? "account"} (${id})`));
  if (mayCreate) console.log("  n  make a new account");
  for (;;) {
    const answer = await ask("Which account? ");
    const chosen = /^\d+$/.test(answer) ? subaccounts[Number(answer) - 1] : undefined;
    if (chosen !== undefined) return chosen.id;
    if (answer === "n" && mayCreate) return CREATE_SUBACCOUNT;
  }
}

/** @param {{ paste: boolean, sandbox?: string, state: string }} given */
async function connect({ paste, sandbox, state }) {
  const loopback = paste ? undefined : await listen();
  const client = new Client({
    venue: "bybit",
    environment: "mainnet",
    clientId: "ai-agent",
    redirectUri: loopback?.redirectUri ?? PASTE,
    authorizeBase: sandbox,
    apiBase: sandbox,
  });
  const store = new FileStore(state);
  const stored = store.load();
  let flow;
  if (stored === undefined) {
    const { authorizeUrl, pending } = client.begin("api_key");
    store.save(pending.snapshot());
    // Exposed for the user's browser.
    console.log(`Open this page and agree:\n${authorizeUrl.expose()}`);
    flow = pending;
  } else {
    // The redirect URI, port included, must be the one that the flow was begun with.
    flow = client.restore(stored);
    console.log("Going on where the program was stopped.");
  }
  try {
    let step;
    if (flow.status !== "awaiting_callback") step = flow.resume();
    else if (loopback) step = await callbackOf(loopback.server, flow);
    else step = flow.receivePastedCode(await ask("The code from the page: "));
    const { outcome } = await drive(step, { send: fetchSender(), save: store.save, choose });
    if (outcome.name !== "api_key") throw new Error(`a key was asked for, not ${outcome.name}`);
    // Here it would go into the keychain; only then is the flow forgotten.
    console.log(`Connected: ${outcome.key} of account ${outcome.key.subMemberId}`);
    store.forget();
  } catch (error) {
    // It has ended, and the next run begins anew.
    if (error instanceof VenuekeyError && error.flow && !error.recovery) store.forget();
    throw error;
  }
}

try {
  const { values } = parseArgs({
    options: {
      paste: { type: "boolean", default: false },
      sandbox: { type: "string" },
      state: { type: "string", default: "bybit-connection.json" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) process.stdout.write(HELP);
  else await connect(values);
  process.exit(0); // whoever waits at the terminal or on the port does so no longer
} catch (error) {
  // Options that nobody knows are a TypeError with a code; anything else is a defect.
  const isTold = error instanceof VenuekeyError || error instanceof Trouble || (error instanceof TypeError && "code" in error);
  if (!isTold) throw error;
  console.error(error.message);
  process.exit(1);
}
