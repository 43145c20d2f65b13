// A store that fails: nothing that a venue has sent is lost by it, nothing is sent twice, and the caller hears of the rest.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Tokens } from "venuekey/parts";
import { StoreError } from "venuekey/stores";
import { json } from "../support.mjs";
import { ANSWERS, consented, hooked, newStore, NOW, OWNER, pair, withoutPauses, world, worked } from "./support.mjs";

const down = (operation) => new StoreError(operation, "Down");

/** A connection with tokens whose refresh is due by now. */
async function due(of, more = {}) {
  const tokens = new Tokens({ accessToken: "canary-a", refreshToken: "canary-r", expiresAtMs: NOW + 300_000 });
  const { id } = await of.connections.importTokens("whitebit", tokens, { owner: OWNER, ...more });
  of.nowMs = NOW + 290_000;
  return id;
}

for (const call of ["save", "load"]) {
  test(`a reply that came is stored in the end: ${call} fails after it`, async () => {
    let failures = 3;
    let isHere = false;
    const fails = (own) => {
      if (!isHere || failures === 0) return own();
      failures -= 1;
      throw down(call);
    };
    const lost = call === "save" ? { save: fails } : { load: fails, save: (own, row) => (isHere && failures === 3 && row.revision > 2 ? false : own()) };
    const of = world({
      store: hooked(newStore(), lost),
      answers: { ...ANSWERS, refresh_tokens: [() => ((isHere = true), pair("next"))] },
    });
    const id = await due(of);
    const account = await of.connections.account(id);
    assert.equal((await account.tokens()).tokens.accessToken.expose(), "canary-next-access");
    assert.equal(failures, 0);
    assert.deepEqual(of.sent, ["refresh_tokens"]);
    assert.match(of.logged.join("\n"), new RegExp(`warn connection ${id}: the store fails \\(StoreError: ${call}, Down\\), a reply is not stored yet`));
    // And it is in the store, not in this process alone.
    assert.equal((await (await of.another().account(id)).tokens()).generation, 2);
  });
}

test("a reply that came is stored where the store's clock fails", async () => {
  let isHere = false;
  const base = newStore();
  const of = world({
    clock: undefined,
    store: hooked(base, {
      async nowMs() {
        if (isHere) throw down("nowMs");
        return of.nowMs;
      },
    }),
    answers: { ...ANSWERS, refresh_tokens: [() => ((isHere = true), pair("next"))] },
  });
  const id = await due(of);
  const account = await of.connections.account(id);
  assert.equal((await account.tokens()).generation, 2);
  isHere = false;
  assert.equal((await account.tokens()).generation, 2);
  assert.deepEqual(of.sent, ["refresh_tokens"]);
});

for (const isStored of [true, false]) {
  test(`a save of a lease that fails, and was ${isStored ? "" : "not "}stored: one request goes out`, async () => {
    let isFirst = true;
    const store = hooked(newStore(), {
      async save(call, row) {
        if (row.leaseHolder === undefined || !isFirst) return call();
        isFirst = false;
        if (isStored) await call();
        throw down("save");
      },
    });
    const of = world({ store });
    const id = await due(of);
    assert.equal((await (await of.connections.account(id)).tokens()).generation, 2);
    assert.deepEqual(of.sent, ["refresh_tokens"]);
  });
}

for (const lasts of ["as long as it lasts", "no longer"]) {
  test(`a lease in doubt is asked after ${lasts}`, async (context) => {
    withoutPauses(context);
    const isForGood = lasts === "no longer";
    let [isLost, asked] = [false, 0];
    const of = world({
      store: hooked(newStore(), {
        load(call) {
          if (!isLost || (asked === 10 && !isForGood)) return call();
          asked += 1;
          of.nowMs += isForGood ? 5000 : 1000;
          throw down("load");
        },
        async save(call, { leaseHolder }) {
          if (leaseHolder === undefined || isLost) return call();
          isLost = true;
          await call();
          throw down("save");
        },
      }),
    });
    const { id } = await consented(of);
    await of.connections.runOnce();
    // A lease lasts 45 seconds; with ten of them gone, there is time for a request.
    assert.equal(asked, isForGood ? 9 : 10);
    if (isForGood) assert.deepEqual(of.sent, []);
    else assert.equal((await of.connections.status(id)).status, "connected");
  });
}

test("a save in doubt at the end: what was not sent is given back", async () => {
  const controller = new AbortController();
  let isFirst = true;
  const store = hooked(newStore(), {
    async save(call, row) {
      if (row.leaseHolder === undefined || !isFirst) return call();
      isFirst = false;
      await call();
      controller.abort(new Error("deploy"));
      throw down("save");
    },
  });
  const of = world({ store });
  const id = await due(of);
  // The old one is over: nothing works without the new one.
  of.nowMs = NOW + 301_000;
  await assert.rejects((await of.connections.account(id)).tokens({ signal: controller.signal }), { message: "deploy" });
  assert.deepEqual(of.sent, []);
  assert.equal((await of.store.load(id)).row.leaseHolder, undefined);
});

test("while nothing must be kept, the caller hears of it, and the worker looks again", async () => {
  let isDown = false;
  const fails = (call) => {
    if (isDown) throw down("any");
    return call();
  };
  const store = hooked(newStore(), { load: fails, save: fails, find: fails, due: fails, bump: fails });
  const of = world({ store });
  const { id } = await consented(of);
  isDown = true;
  for (const call of [
    () => of.connections.status(id),
    () => of.connections.begin("bybit", { owner: OWNER, goal: "api_key" }),
    () => of.connections.disconnect(id),
    () => of.connections.find(OWNER),
    () => of.connections.account(id),
    () => of.connections.runOnce(),
  ]) await assert.rejects(call(), StoreError, String(call));
  assert.deepEqual(of.sent, []);
  isDown = false;
  await worked(of);
  assert.equal((await of.connections.status(id)).status, "connected");
});

test("a turn that the store can't give is a request that was not sent", async () => {
  let isDown = true;
  const store = hooked(newStore(), {
    bump(call) {
      if (isDown) throw down("bump");
      return call();
    },
  });
  const of = world({ store });
  const id = await due(of);
  await of.connections.runOnce();
  assert.deepEqual(of.sent, []);
  const { row } = await of.store.load(id);
  assert.deepEqual([row.leaseHolder, row.status], [undefined, "connected"]);
  assert.match(of.logged.join("\n"), /warn connection \w+: refresh_tokens: not sent \(StoreError: bump, Down\)/);
  isDown = false;
  await worked(of, of.connections, 60_000);
  assert.deepEqual(of.sent, ["refresh_tokens"]);
});

test("a reply to a signed request is the caller's, whatever the store does then", async () => {
  let isDown = false;
  const fails = (call) => {
    if (isDown) throw down("any");
    return call();
  };
  const store = hooked(newStore(), { touch: fails, load: fails, save: fails });
  const of = world({ store, answers: { signed_request: [() => ((isDown = true), json({ retCode: 0, result: { a: 1 } }))] } });
  const { id } = await of.connections.importKey("bybit", { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: OWNER });
  const account = await of.connections.account(id);
  assert.deepEqual((await account.call("GET", "/v5/user/query-api")).json(), { a: 1 });
});

test("that a key is in use is written down once an hour", async (t) => {
  const touched = [];
  const store = hooked(newStore(), { touch: (call, id) => (touched.push(id), call()) });
  const of = world({ store, answers: { signed_request: [json({ retCode: 0, result: {} })] } });
  let aheadMs = 0;
  const count = performance.now.bind(performance);
  t.mock.method(performance, "now", () => count() + aheadMs);
  const accounts = [];
  for (const name of ["first", "second"]) {
    const { id } = await of.connections.importKey("bybit", { apiKey: `canary-${name}`, apiSecret: "canary-secret" }, { owner: OWNER });
    accounts.push(await of.connections.account(id));
  }
  const [first, second] = accounts;
  const used = async (account) => account.call("GET", "/v5/user/query-api");
  for (const account of [first, first, second, first]) await used(account);
  assert.deepEqual(touched, [first.id, second.id]);
  aheadMs = 1_800_000;
  await used(second);
  aheadMs = 3_700_000;
  for (const account of [second, first, second, first]) await used(account);
  assert.deepEqual(touched.slice(2), [second.id, first.id]);
});

test("a key that is refused is written down, and what the venue said is the caller's even where it can't be", async () => {
  let isDown = false;
  const fails = (call) => {
    if (isDown) throw down("any");
    return call();
  };
  const store = hooked(newStore(), { save: fails });
  const refused = json({ retCode: 10003, retMsg: "canary words", result: {} });
  const of = world({ store, answers: { signed_request: [() => ((isDown = true), refused), refused] } });
  const { id } = await of.connections.importKey("bybit", { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: OWNER });
  const account = await of.connections.account(id);
  await assert.rejects(account.call("GET", "/v5/user/query-api"), { code: "key_rejected" });
  isDown = false;
  await assert.rejects(account.call("GET", "/v5/user/query-api"), { code: "key_rejected" });
  const view = await account.view();
  assert.deepEqual([view.status, view.error.code], ["needs_user", "key_gone"]);
  await assert.rejects(account.call("GET", "/v5/user/query-api"), { code: "key_gone" });
});

test("a sender that breaks its promise: nobody knows, nothing is sent again, and the host hears of it", async () => {
  const of = world({ answers: { ...ANSWERS, exchange_code: [() => Promise.reject(new RangeError("canary"))] } });
  const { id } = await consented(of);
  await of.connections.runOnce();
  assert.deepEqual(of.sent, ["exchange_code"]);
  const view = await of.connections.status(id);
  assert.deepEqual([view.status, view.error.code], ["needs_user", "outcome_unknown"]);
  assert.match(of.logged.join("\n"), /error connection \w+: RangeError at .*trouble\.test\.mjs:\d+:\d+.*, looked at again/);
  const other = world({ answers: { ...ANSWERS, refresh_tokens: [() => ({ status: 200 })] } });
  const account = await other.connections.account(await due(other));
  await assert.rejects(account.tokens(), { code: "invalid_argument", message: /HttpResponse/ });
});

test("a lease that is lost to another worker is not sent for", async () => {
  const base = newStore();
  let isLost = false;
  const store = hooked(base, {
    async save(call, row) {
      if (row.leaseHolder !== undefined && !isLost) {
        isLost = true;
        await worked(other);
      }
      return call();
    },
  });
  const of = world({ store });
  const other = world({ store: base, clock: () => of.nowMs });
  const { id } = await consented(of);
  await of.connections.runOnce();
  assert.equal((await of.connections.status(id)).status, "connected");
  assert.deepEqual([of.sent, other.sent], [[], ["exchange_code", "read_uid", "fetch_api_key"]]);
});
