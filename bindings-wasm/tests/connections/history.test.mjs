// What every venue tells of an account: the same lines and records, by key and by tokens, whole and gone on with.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Tokens } from "venuekey/parts";
import { json } from "../support.mjs";
import { NOW, OWNER, pair, whitebit, world } from "./support.mjs";

const DAY = 86_400_000;
const transaction = (number) => ({
  transaction_id: `t${number}`, method: 1, status: 3, createdAt: NOW / 1000 - number, ticker: "BTC", currency: "Bitcoin", amount: "0.10",
  fee: "0", address: "a", memo: "", description: "", transactionHash: "h", unique_id: null, network: null, details: null, confirmations: null,
});
const listed = (total, ...numbers) => json({ records: numbers.map(transaction), total, limit: 100, offset: 0 });
const empty = json({ retCode: 0, result: { list: [], nextPageCursor: "" } });
const DEPOSIT = { id: "d1", coin: "BTC", amount: "0.10", status: 3, successAt: String(NOW - 1000) };

/** One deposit, in the window that has its time. */
const deposits = ({ url }) => {
  const isNewest = Number(new URL(url).searchParams.get("endTime")) > NOW - DAY;
  return json({ retCode: 0, result: { rows: isNewest ? [DEPOSIT] : [], nextPageCursor: "" } });
};

const ANSWERS = {
  refresh_tokens: [pair("next")],
  ask_time: [json({ time: NOW / 1000 })],
  read_main_balances: [json({ BTC: { main_balance: "0.5" }, ETH: { main_balance: "0" } })],
  read_spot_balances: [json({ BTC: { available: "0.10", freeze: "0.02" } })],
  read_transactions: [listed(2, 1, 2)],
  read_orders: [json({})],
  read_wallet_balance: [json({ retCode: 0, result: { list: [{ accountType: "UNIFIED", coin: [{ coin: "BTC", walletBalance: "2", locked: "0.5" }] }] } })],
  read_deposits: [deposits],
  read_withdrawals: [empty],
  read_internal_transfers: [empty],
  read_order_history: [empty],
};

const byKey = (of, venue = "whitebit") => of.connections.importKey(venue, { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: OWNER });
const byTokens = (of) =>
  of.connections.importTokens("whitebit", new Tokens({ accessToken: "canary-a", refreshToken: "canary-r", expiresAtMs: NOW + 300_000 }), { owner: OWNER });
const told = (answers = {}) => world({ answers: { ...ANSWERS, ...answers } });
const all = async (history) => {
  const found = [];
  for await (const record of history) found.push(record);
  return found;
};
const ids = async (history) => (await all(history)).map(({ id }) => id);

test("the page's lines print each kind of account, and a key reads what tokens read", async () => {
  const page = await readFile(join(process.env.VENUEKEY_PACKAGE, "../docs/account.md"), "utf8");
  const [, lines] = /```js\n(const account = .*?)```/s.exec(page);
  assert.equal(lines.trim().split("\n").length, 8);
  const run = new (Object.getPrototypeOf(async () => {}).constructor)("connections", "id", "console", lines);
  const shown = [];
  for (const connect of [byKey, byTokens, (of) => byKey(of, "bybit")]) {
    const of = told();
    const printed = [];
    await run(of.connections, (await connect(of)).id, { log: (...words) => printed.push(words.join(" ")) });
    shown.push(printed);
  }
  assert.deepEqual(shown[0], [
    "main BTC 0.5",
    "spot BTC 0.12",
    "1789999999000 deposit 0.10 BTC successful",
    "1789999998000 deposit 0.10 BTC successful",
  ]);
  assert.deepEqual(shown[1], shown[0]);
  assert.deepEqual(shown[2], ["unified BTC 2", "1789999999000 deposit 0.10 BTC successful"]);
});

test("what can't be meant is refused at once, and named", async () => {
  const of = told();
  const [account, other] = [await of.connections.account((await byKey(of)).id), await of.connections.account((await byKey(of)).id)];
  const wrong = [
    [() => account.transactions({ from_ms: NOW }), /options has no from_ms: in JavaScript it is fromMs/],
    [() => account.transactions({ formMs: NOW }), /options has no formMs: it takes kind, fromMs, toMs, /],
    [() => account.balances({ fromMs: NOW }), /options has no fromMs: it takes patienceMs/],
    [() => account.orders({ kind: "deposit" }), /options has no kind/],
    [() => account.orders({ fromMs: "1" }), /fromMs must be a number/],
    [() => account.call("GET", "/x", {}, { patience_ms: 1 }), /options has no patience_ms: in JavaScript it is patienceMs/],
    [() => account.orders({ fromMs: NOW / 1000 }).next(), /fromMs must be Unix milliseconds between the years 2009 and 2100/],
    [() => account.trades({ toMs: NOW * 1000 }).next(), /toMs must be Unix milliseconds/],
    [() => account.trades({ toMs: -1 }).next(), /toMs has the wrong type for this query/],
    [() => whitebit().readOrders({ limit: "5" }), /limit has the wrong type for this query/],
    [() => whitebit().readOrders({ fromMs: 5 }), /this query does not take fromMs/],
    [() => whitebit().readOrders({ from_s: 5 }), /query has no from_s: in JavaScript it is fromS/],
    [() => whitebit().readOrders({ fromS: NOW }), /fromS must be Unix seconds between the years 2009 and 2100/],
  ];
  for (const [call, message] of wrong) await assert.rejects(async () => call(), { code: "invalid_argument", message });
  const read = account.transactions({ progress: ({ cursor }) => cursor });
  await read.next();
  await assert.rejects(other.transactions({ cursor: read.cursor }).next(), { code: "snapshot_mismatch" });
  assert.ok(!read.cursor.includes(account.id));
});

test("a record has its venue's own beside it", async () => {
  const of = told();
  const [balance] = await all((await of.connections.account((await byKey(of, "bybit")).id)).balances());
  assert.deepEqual([balance.free, balance.used, balance.venueRecord.name, balance.venueRecord.locked], [undefined, "0.5", "coin_balance", "0.5"]);
});

test("a history goes on from its cursor, and no record comes twice", async () => {
  const of = told({ read_transactions: [listed(4, 1, 2), listed(4, 2, 3, 4), listed(4, 2, 3, 4)] });
  const account = await of.connections.account((await byKey(of)).id);
  const heard = [];
  const history = account.transactions({ progress: (one) => heard.push(one) });
  assert.equal(history.cursor, undefined);
  const found = [];
  for await (const { id } of history) if (found.push(id) === 3) break;
  assert.deepEqual(found, ["t1", "t2", "t3"]);
  assert.deepEqual([heard.length, heard[0].records, heard[0].list, heard[0].windowFromMs], [1, 2, "transactions", undefined]);
  assert.equal(history.cursor, heard[0].cursor);
  const rest = account.transactions({ cursor: heard[0].cursor, progress: async (one) => heard.push(one) });
  assert.deepEqual(await ids(rest), ["t3", "t4"]);
  assert.deepEqual([rest.cursor, heard[1].cursor, heard[1].records], [undefined, undefined, 2]);
});

test("a page that failed is asked for again, and calls at the same moment wait for each other", async () => {
  const refused = json({ code: 0, message: "Validation failed", errors: { limit: ["x"] } }, 400);
  const of = told({ read_transactions: [listed(4, 1, 2), refused, listed(4, 2, 3, 4)] });
  const history = (await of.connections.account((await byKey(of)).id)).transactions();
  const [one, two, third] = await Promise.allSettled([history.next(), history.next(), history.next()]);
  assert.deepEqual([one.value.value.id, two.value.value.id, third.status], ["t1", "t2", "rejected"]);
  assert.deepEqual(await ids(history), ["t3", "t4"]);
});

test("an aborted history ends with the signal's reason, and goes on from its cursor", async () => {
  const stop = new AbortController();
  const aborting = () => (stop.abort(new Error("enough")), listed(2, 1, 2));
  const of = told({ read_transactions: [listed(2, 1), aborting, listed(2, 1, 2)] });
  const account = await of.connections.account((await byKey(of)).id);
  const history = account.transactions({ signal: stop.signal });
  assert.equal((await history.next()).value.id, "t1");
  await assert.rejects(history.next(), /enough/);
  assert.ok(history.cursor);
  const [last, ...others] = await ids(account.transactions({ cursor: history.cursor }));
  assert.deepEqual([last, others], ["t2", []]);
});

test("a span out of reach says so", async () => {
  const of = told();
  const account = await of.connections.account((await byKey(of)).id);
  const orders = account.orders();
  await orders.next();
  assert.ok(NOW - 185 * DAY < orders.reachesFromMs && orders.reachesFromMs < NOW - 180 * DAY);
  const heard = [];
  assert.deepEqual(await all(account.orders({ fromMs: NOW - 40 * DAY, progress: (one) => heard.push(one) })), []);
  assert.deepEqual(heard.map(({ windowFromMs, windowToMs }) => windowToMs - windowFromMs), [30 * DAY, 10 * DAY + 3_601_000]);
  await assert.rejects(account.trades({ toMs: NOW - 200 * DAY }).next(), { code: "invalid_argument", message: /begins at/ });
});

test("what is wrong is told before anything is sent", async () => {
  const of = told();
  const account = await of.connections.account((await byKey(of)).id);
  const trades = account.trades();
  await trades.next().catch(() => {});
  const cursor = account.orders({ fromMs: NOW - DAY });
  await cursor.next();
  assert.throws(() => account.trades({ cursor: "{}", toMs: NOW }), { code: "invalid_argument", message: /leave out toMs/ });
  assert.throws(() => account.balances({ progress: 5 }), /progress must be a function/);
  assert.throws(() => account.balances({ cursor: 5 }), /cursor must be a string/);
  const sent = of.sent.length;
  await assert.rejects(account.trades({ cursor: "{}" }).next(), { code: "snapshot_invalid" });
  await assert.rejects(account.transactions({ kind: "transfer" }).next(), { code: "not_supported" });
  await assert.rejects(account.transactions({ fromMs: NOW + 3_600_001 }).next(), { code: "invalid_argument" });
  const balances = account.balances();
  await balances.next();
  await assert.rejects(account.trades({ cursor: balances.cursor }).next(), { message: /the cursor is not one of trades/ });
  assert.equal(of.sent.length, sent + 1);
});
