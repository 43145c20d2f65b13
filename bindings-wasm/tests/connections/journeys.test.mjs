// Whole connections against the sandbox's real sockets, on SQLite, with the package's own sender.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Connections } from "venuekey/connections";
import { Client, fetchSender } from "venuekey/server";
import { records } from "venuekey/parts";
import { approve, startSandbox } from "../journeys/sandbox.mjs";
import { KEYS, newStore, OWNER, worked } from "./support.mjs";

let sandbox;
before(async () => {
  sandbox = await startSandbox();
});
after(() => sandbox?.stop());

/** The sandbox's time is everybody's, and stands still until somebody sleeps or a test goes on. */
const time = { nowMs: 0 };
async function goOn(ms) {
  time.nowMs += ms;
  await sandbox.admin("POST", "clock/advance", { ms });
}
beforeEach(async () => {
  await sandbox.admin("POST", "reset");
  time.nowMs = (await sandbox.admin("POST", "clock", { held: true })).now_ms;
});

const ENVIRONMENT = { whitebit: "global", bybit: "mainnet" };
const redirect = (venue) => `http://127.0.0.1:8000/callback/${venue}`;

function client(venue) {
  const base = `${sandbox.url}/${venue}/${ENVIRONMENT[venue]}`;
  const app = { clientId: `demo-${venue}`, clientSecret: `demo-${venue}-secret`, redirectUri: redirect(venue) };
  return new Client({ venue, environment: ENVIRONMENT[venue], ...app, authorizeBase: base, apiBase: base });
}

function made(options = {}) {
  const told = [];
  const connections = new Connections({
    clients: { bybit: client("bybit"), whitebit: client("whitebit") },
    store: newStore(),
    keys: KEYS,
    clock: () => time.nowMs,
    sleep: goOn,
    onEvent: ({ kind }) => told.push(kind),
    ...options,
  });
  return { connections, told };
}

/** Does what is due, and lets the time pass until something is due next, as often as it takes. */
async function work(connections, withinMs = 600_000) {
  const clock = { get nowMs() { return time.nowMs; }, set nowMs(ms) { moved.push(goOn(ms - time.nowMs)); } };
  const moved = [];
  const run = { runOnce: async () => (await Promise.all(moved.splice(0)), connections.runOnce()) };
  await worked(clock, run, withinMs);
}

async function connected(connections, venue, goal) {
  const begun = await connections.begin(venue, { owner: OWNER, goal });
  const url = await approve(begun.authorizeUrl, redirect(venue));
  await connections.receiveCallback(begun.id, url, { owner: OWNER });
  await work(connections, 60_000);
  const view = await connections.status(begun.id, { owner: OWNER });
  assert.equal(view.status, "connected", view.error?.message);
  return view;
}

const noViolations = async () => assert.deepEqual((await sandbox.admin("GET", "violations")).violations, []);

for (const [venue, method, path] of [
  ["whitebit", "POST", "/api/v4/main-account/balance"],
  ["bybit", "GET", "/v5/user/query-api"],
]) {
  test(`${venue}: a key by consent, signed calls with it, and the end of it`, async () => {
    const { connections, told } = made();
    const { id } = await connected(connections, venue, "api_key");
    const account = await connections.account({ owner: OWNER, venue });
    for (let times = 0; times < 3; times += 1) assert.equal(typeof (await account.call(method, path, {})).json(), "object");
    await connections.disconnect(id, { owner: OWNER, deleteKey: true });
    await work(connections);
    const view = await connections.status(id);
    assert.deepEqual([view.status, view.keyLeft === undefined], ["ended", venue === "whitebit"]);
    await assert.rejects(account.call(method, path), { kind: "misuse", code: "wrong_state" });
    assert.deepEqual(told, ["connected", "ended"]);
    await noViolations();
  });
}

test("a clock that is wrong is measured, not refused", async () => {
  const { connections } = made();
  await connected(connections, "whitebit", "api_key");
  // The host's clock is a minute ahead from now on.
  const clock = () => time.nowMs + 60_000;
  const store = newStore();
  const off = new Connections({ clients: { whitebit: client("whitebit") }, store, keys: KEYS, clock, sleep: goOn });
  const [{ public_key: key, secret }] = (await sandbox.admin("GET", "state?values=true")).whitebit.global.keys;
  const { id } = await off.importKey("whitebit", { apiKey: key, apiSecret: secret }, { owner: OWNER });
  const reply = await (await off.account(id)).call("POST", "/api/v4/main-account/balance", { ticker: "BTC" });
  assert.equal(typeof reply.json(), "object");
  await noViolations();
});

test("whitebit: tokens that are kept alive, and given to reads", async () => {
  const { connections } = made();
  const { id } = await connected(connections, "whitebit", "account_tokens");
  const account = await connections.account(id, { owner: OWNER });
  const first = await account.tokens();
  // Far longer than the access token counts.
  for (let turns = 0; turns < 12; turns += 1) {
    await goOn(300_000);
    await work(connections, 60_000);
  }
  const later = await account.tokens();
  assert.ok(later.generation > first.generation);
  const tokens = ({ refusedGeneration }) => (refusedGeneration === undefined ? account.tokens() : account.tokenRefused(refusedGeneration));
  const read = [];
  await sandbox.admin("POST", "faults", { endpoint: "spot_balances", fault: "token_expired", count: 1 });
  for await (const balance of records(client("whitebit").readSpotBalances(), { send: fetchSender(), tokens })) read.push(balance);
  assert.ok(read.length > 0);
  assert.equal((await account.tokens()).generation, later.generation + 1);
  await noViolations();
});

test("whitebit: tokens that nobody keeps alive are refreshed by the session that needs them, once for all", async () => {
  const { connections } = made();
  const begun = await connections.begin("whitebit", { owner: OWNER, goal: "account_tokens", keepAlive: "on_use" });
  await connections.receiveCallback(begun.id, await approve(begun.authorizeUrl, redirect("whitebit")));
  await work(connections, 60_000);
  const account = await connections.account(begun.id);
  const { generation } = await account.tokens();
  await goOn(400_000);
  const all = await Promise.all(Array.from({ length: 5 }, async () => (await connections.account(begun.id)).tokens()));
  assert.deepEqual(all.map((access) => access.generation), Array(5).fill(generation + 1));
  const { requests } = await sandbox.admin("GET", "requests");
  assert.equal(requests.filter(({ endpoint }) => endpoint === "refresh").length, 1);
});

test("the user declines, and connects anew", async () => {
  const { connections, told } = made();
  const begun = await connections.begin("bybit", { owner: OWNER, goal: "api_key" });
  const state = new URL(begun.authorizeUrl).searchParams.get("state");
  const refused = await connections.receiveCallback(begun.id, `${redirect("bybit")}?state=${state}&error=access_denied`);
  assert.deepEqual([refused.status, refused.error.kind], ["needs_user", "denied"]);
  const again = await connections.reconnect(begun.id, { owner: OWNER });
  assert.equal(again.status, "awaiting_user");
  await connections.receiveCallback(begun.id, await approve(again.authorizeUrl, redirect("bybit")));
  await work(connections, 60_000);
  assert.equal((await connections.status(begun.id)).status, "connected");
  assert.equal(told.at(-1), "connected");
});

test("a callback of somebody else's is refused, and costs nothing", async () => {
  const { connections } = made();
  const begun = await connections.begin("bybit", { owner: OWNER, goal: "api_key" });
  const wrong = connections.receiveCallback(begun.id, `${redirect("bybit")}?code=c&state=another`);
  await assert.rejects(wrong, { kind: "rejected" });
  await connections.receiveCallback(begun.id, await approve(begun.authorizeUrl, redirect("bybit")));
});

test("forgotten: the key at the venue is deleted, and the row is gone after a day", async () => {
  const { connections } = made();
  const { id } = await connected(connections, "whitebit", "api_key");
  const [view] = await connections.forget(OWNER);
  assert.equal(view.intent, "forget");
  await work(connections);
  const { keys } = (await sandbox.admin("GET", "state")).whitebit.global;
  assert.deepEqual(keys.map(({ status }) => status), ["deleted"]);
  await goOn(25 * 3_600_000);
  await work(connections);
  await assert.rejects(connections.status(id), { name: "ConnectionNotFound" });
});
