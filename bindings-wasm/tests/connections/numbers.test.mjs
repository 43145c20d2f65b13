// Numbers for signed requests: near the venue's clock and none twice, whatever the clock does and however many wait.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { json } from "../support.mjs";
import { hooked, newPlace, newStore, NOW, OWNER, world } from "./support.mjs";

/** As core names it: rows with the same key share it. */
const counterOf = (apiKey) => `nonce/${createHash("sha256").update(`venuekey/1/nonce/whitebit/global/${apiKey}`).digest("hex").slice(0, 32)}`;

test("nonces come in blocks, which no other process has", async () => {
  const place = newPlace();
  const numbers = [];
  const bumps = [];
  const store = hooked(newStore(place), { bump: (call, ...given) => (bumps.push(given), call()) });
  const signed = ({ headers }) => {
    const found = headers.find(([name]) => name.toLowerCase() === "x-txc-payload");
    numbers.push(JSON.parse(atob(found[1])).nonce);
    return json({ fine: true });
  };
  const of = world({ store, answers: { signed_request: [signed], ask_time: [json({ time: Math.floor(NOW / 1000) })] } });
  const { id } = await of.connections.importKey("whitebit", { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: OWNER });
  const other = of.another({ store: newStore(place) });
  const accounts = [await of.connections.account(id), await of.connections.account(id), await other.account(id)];
  await Promise.all(Array.from({ length: 60 }, (_, index) => accounts[index % 3].call("POST", "/api/v4/main-account/balance")));
  assert.equal(numbers.length, 60);
  assert.equal(new Set(numbers.map(String)).size, 60);
  assert.deepEqual(bumps.map(([name, , by]) => [name, by]), [0, 50].map((by) => [counterOf("canary-key"), by]));
});

test("numbers that lie far ahead are waited for, and not for ever", async () => {
  const of = world({ answers: { signed_request: [json({ fine: true })], ask_time: [json({ time: Math.floor(NOW / 1000) })] } });
  const { id } = await of.connections.importKey("whitebit", { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: OWNER });
  const account = await of.connections.account(id);
  await of.store.bump(counterOf("canary-key"), NOW + 20_000, 1);
  await account.call("POST", "/api/v4/main-account/balance", {});
  assert.ok(of.nowMs >= NOW + 15_000 && of.nowMs < NOW + 21_000, String(of.nowMs - NOW));
  const last = await of.store.bump(counterOf("canary-key"), 0, 0);
  assert.ok(last <= NOW + 20_100, "one block was reserved, however long it took");
  const { id: far } = await of.connections.importKey("whitebit", { apiKey: "canary-far", apiSecret: "canary-secret" }, { owner: OWNER });
  await of.store.bump(counterOf("canary-far"), of.nowMs + 40_000, 1);
  const late = (await of.connections.account(far)).call("POST", "/api/v4/main-account/balance", {}, { patienceMs: 5000 });
  await assert.rejects(late, { kind: "unavailable", code: "rate_limited", message: /patienceMs/ });
});

test("what a number waits for is taken from the patience", async () => {
  for (const [patienceMs, isEnough] of [[6_000, false], [7_000, true]]) {
    const limited = json({}, 429, [["retry-after", "4"]]);
    const of = world({ answers: { ask_time: [() => json({ time: Math.floor(of.nowMs / 1000) })], signed_request: [limited, json({ fine: true })] } });
    const { id } = await of.connections.importKey("whitebit", { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: OWNER });
    // Some two and a half seconds for the number, and four that the venue wants.
    await of.store.bump(counterOf("canary-key"), NOW + 7_000, 1);
    const call = (await of.connections.account(id)).call("POST", "/api/v4/main-account/balance", {}, { patienceMs });
    await (isEnough ? call : assert.rejects(call, { code: "rate_limited" }));
    assert.equal(of.sent.filter((purpose) => purpose === "signed_request").length, isEnough ? 2 : 1);
  }
});

test("a worker looks at a key by the venue's clock", async () => {
  const asked = [];
  const probed = ({ headers }) => {
    asked.push(Number(headers.find(([name]) => name.toLowerCase() === "x-bapi-timestamp")[1]) - of.nowMs);
    return json({ retCode: 0, result: {} });
  };
  const askTime = () => json({ retCode: 0, time: of.nowMs + 90_000 });
  const of = world({ answers: { ask_time: [askTime], probe_key: [probed] } });
  const { id } = await of.connections.importKey("bybit", { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: OWNER });
  await of.connections.runOnce();
  of.nowMs = (await of.connections.status(id)).dueAtMs ?? of.nowMs;
  await of.connections.runOnce();
  assert.equal(asked.length, 1, of.sent.join());
  assert.ok(Math.abs(asked[0] - 90_000) < 2_000, asked.join());
});

const HOUR_MS = 3_600_000;

test("a clock that was ahead holds up no request once it is right", async () => {
  const numbers = [];
  const signed = ({ headers }) => {
    numbers.push(JSON.parse(atob(headers.find(([name]) => name.toLowerCase() === "x-txc-payload")[1])).nonce);
    return json({ fine: true });
  };
  // So is a time that a venue tells once.
  const times = [10 * 366 * 24 * HOUR_MS, 0, 0, 0];
  const askTime = () => json({ time: Math.floor((of.nowMs + times.shift()) / 1000) });
  const of = world({ answers: { signed_request: [signed], ask_time: [askTime] } });
  const { id } = await of.connections.importKey("whitebit", { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: OWNER });
  const account = await of.connections.account(id);
  const others = async () => (await of.another().account(id)).call("POST", "/api/v4/main-account/balance", {}, { patienceMs: 0 });
  await account.call("POST", "/api/v4/main-account/balance");
  await others();
  of.nowMs += HOUR_MS;
  await others();
  of.nowMs -= HOUR_MS - 10_000;
  await others();
  const [wrong, right, ahead, again] = numbers.map((number) => Number(number) - NOW);
  assert.ok(wrong > 10 * 365 * 24 * HOUR_MS && ahead >= HOUR_MS, numbers.join());
  assert.ok(Math.abs(right) < 2000 && Math.abs(again - 10_000) < 2000, numbers.join());
});

test("a request that is refused for its number or its time is signed anew, by a clock that is asked anew", async () => {
  const asked = [];
  const refused = json({ retCode: 10002, retMsg: "canary", result: {} });
  const of = world({
    answers: {
      ask_time: [json({ retCode: 0, time: NOW }), json({ retCode: 0, time: NOW + 60_000 })],
      signed_request: [({ headers }) => {
        asked.push(Number(headers.find(([name]) => name.toLowerCase() === "x-bapi-timestamp")[1]));
        return asked.length === 1 ? refused : json({ retCode: 0, result: {} });
      }],
    },
  });
  const { id } = await of.connections.importKey("bybit", { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: OWNER });
  await (await of.connections.account(id)).call("POST", "/v5/order/create-batch", {});
  assert.equal(asked.length, 2);
  assert.ok(asked[0] - NOW < 1000 && asked[1] - NOW >= 59_000, asked.join());
});
