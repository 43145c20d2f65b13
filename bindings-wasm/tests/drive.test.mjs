import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "venuekey";
import { NoResponse } from "venuekey/server";
import { CREATE_SUBACCOUNT, drive, MemoryStore, SaveFailed } from "venuekey/parts";
import { begun, json, KEY, NOW, replies, TOKEN, UID } from "./support.mjs";

/** A clock that only sleeping moves. */
function asleep() {
  let now = NOW;
  const sleep = (ms, signal) => {
    signal?.throwIfAborted();
    now += ms;
  };
  return { clock: () => now, sleep };
}

/** A pending flow in a store, and its first step. */
function connecting() {
  const { client, pending, callback } = begun();
  const store = new MemoryStore();
  assert.equal(store.save(pending.snapshot()), true);
  const step = () => client.restore(store.load(pending.flowId)).receiveCallback(callback, { nowMs: NOW });
  return { client, store, step, flowId: pending.flowId };
}

test("runs to the end: each step is stored before it is done", async () => {
  const { store, step } = connecting();
  const { send, sent } = replies(TOKEN, UID, KEY);
  const course = [];
  const save = (snapshot) => {
    course.push(`save ${snapshot.revision} ${snapshot.status}`);
    return store.save(snapshot);
  };
  const told = (request, options) => {
    course.push(request.purpose);
    return send(request, options);
  };
  const done = await drive(step(), { send: told, save, ...asleep(), onStep: (step) => course.push(step.name) });
  assert.equal(done.outcome.key.apiSecret.expose(), "canary-secret");
  assert.deepEqual(sent, ["POST exchange_code", "GET read_uid", "GET fetch_api_key"]);
  assert.deepEqual(course.slice(0, 6), ["save", "save 2 ready", "send", "save 3 in_flight", "exchange_code", "send"]);
  assert.deepEqual(course.slice(-2), [`save ${done.flow.revision} done`, "done"]);
});

for (const says of [undefined, "soon", NaN, 0, NOW / 1000]) {
  test(`a clock that fails after a reply loses none: ${says}`, async () => {
    const { store, step } = connecting();
    const { send, sent } = replies(TOKEN, UID, KEY);
    const clock = () => {
      if (sent.length === 0) return NOW;
      if (says === undefined) throw new Error("canary");
      return says;
    };
    const done = await drive(step(), { send, save: store.save, sleep: () => {}, clock });
    assert.equal(done.outcome.key.apiSecret.expose(), "canary-secret");
    await assert.rejects(drive(connecting().step(), { send, save: store.save, clock }));
  });
}

test("a callback that comes twice exchanges its code once", async () => {
  const { store, step } = connecting();
  const [first, second] = [step(), step()];
  const { send, sent } = replies(TOKEN, UID, KEY);
  const options = { send, save: store.save, ...asleep() };
  const ends = await Promise.allSettled([drive(first, options), drive(second, options)]);
  assert.deepEqual(ends.map(({ status }) => status), ["fulfilled", "rejected"]);
  assert.equal(ends[1].reason.code, "superseded");
  assert.equal(ends[1].reason.kind, "rejected");
  assert.equal(sent.filter((line) => line.includes("exchange_code")).length, 1);
});

test("what failed is thrown, with its flow and its recovery", async () => {
  const { store, step } = connecting();
  const down = () => json({}, 503);
  const { send, sent } = replies(TOKEN, ...Array.from({ length: 7 }, () => down), UID, KEY);
  const time = asleep();
  const error = await drive(step(), { send, save: store.save, ...time }).catch((error) => error);
  assert.deepEqual([error.kind, error.code, error.recovery, error.httpStatus], ["unavailable", "venue_unavailable", "try_again", 503]);
  assert.equal(sent.length, 8);
  const done = await drive(error.flow.recover({ nowMs: time.clock() }), { send, save: store.save, ...time });
  assert.equal(done.outcome.uid ?? done.outcome.key.uid, "106000001");
});

test("a sender that gives something else than a reply is misused", async () => {
  const { store, step } = connecting();
  const given = { send: async () => undefined, save: store.save, ...asleep() };
  await assert.rejects(drive(step(), given), { name: "VenuekeyError", kind: "misuse" });
});

test("no response is told to the flow; anything else a sender throws goes through, and the flow is in flight", async () => {
  const lost = connecting();
  const error = await drive(lost.step(), { send: replies(new NoResponse()).send, save: lost.store.save, ...asleep() }).catch((e) => e);
  assert.deepEqual([error.code, error.kind], ["outcome_unknown", "reauthorize"]);
  assert.equal(error.flow.status, "failed");

  const broken = connecting();
  const options = { send: replies(new RangeError("mine")).send, save: broken.store.save, ...asleep() };
  await assert.rejects(drive(broken.step(), options), { name: "RangeError", message: "mine" });
  assert.equal(broken.client.restore(broken.store.load(broken.flowId)).status, "in_flight");
});

test("a save that throws keeps the step, and a weak save is refused", async () => {
  const { store, step } = connecting();
  const { send, sent } = replies(TOKEN, UID, KEY);
  let down = true;
  const save = (snapshot) => {
    if (down) throw new Error("store is down");
    return store.save(snapshot);
  };
  const failed = await drive(step(), { send, save, ...asleep() }).catch((error) => error);
  assert.ok(failed instanceof SaveFailed);
  assert.equal(failed.cause.message, "store is down");
  assert.deepEqual(sent, []);
  down = false;
  assert.equal((await drive(failed.step, { send, save, ...asleep() })).outcome.name, "api_key");

  const weak = await drive(connecting().step(), { send, save: () => undefined, ...asleep() }).catch((error) => error);
  assert.ok(weak instanceof SaveFailed && weak.cause instanceof TypeError);
});

test("aborted while a reply is on its way that can be asked for again: the flow is in flight, and the reason is thrown", async () => {
  const { client, store, step, flowId } = connecting();
  const controller = new AbortController();
  const { send } = replies(TOKEN, (request, { signal }) => {
    assert.equal(request.replay, "safe");
    controller.abort(new Error("shutting down"));
    throw signal.reason;
  });
  await assert.rejects(drive(step(), { send, save: store.save, ...asleep(), signal: controller.signal }), { message: "shutting down" });
  assert.equal(client.restore(store.load(flowId)).status, "in_flight");
});

test("aborted when a reply has come: it is stored first", async () => {
  const { client, store, step, flowId } = connecting();
  const controller = new AbortController();
  const { send } = replies(() => {
    controller.abort(new Error("shutting down"));
    return TOKEN;
  });
  await assert.rejects(drive(step(), { send, save: store.save, ...asleep(), signal: controller.signal }), { message: "shutting down" });
  const kept = client.restore(store.load(flowId));
  assert.equal(kept.tokens.accessToken.expose(), "canary-access");
  const rest = replies(UID, KEY);
  const done = await drive(kept.resume({ nowMs: NOW }), { send: rest.send, save: store.save, ...asleep() });
  assert.equal(done.outcome.name, "api_key");
});

test("aborted before it begins, an accepted callback is stored and nothing is sent", async () => {
  const { client, store, step, flowId } = connecting();
  const { send, sent } = replies(TOKEN);
  await assert.rejects(drive(step(), { send, save: store.save, ...asleep(), signal: AbortSignal.abort(new Error("stop")) }), { message: "stop" });
  assert.deepEqual(sent, []);
  assert.equal(client.restore(store.load(flowId)).status, "ready");
});

test("an abort ends a sleep", async () => {
  const { store, step } = connecting();
  const controller = new AbortController();
  const { send } = replies(TOKEN, new NoResponse());
  const clock = Date.now;
  const onStep = ({ name }) => name === "wait" && setTimeout(() => controller.abort(new Error("stop")), 5);
  await assert.rejects(drive(step(), { send, save: store.save, clock, onStep, signal: controller.signal }), { message: "stop" });
});

test("asks the user where somebody is there to ask, and says so where nobody is", async () => {
  const redirectUri = "http://127.0.0.1:9876/callback";
  const agent = new Client({ venue: "bybit", environment: "mainnet", clientId: "ai-agent", redirectUri });
  const { authorizeUrl, pending } = agent.begin("api_key", { nowMs: NOW });
  const store = new MemoryStore();
  store.save(pending.snapshot());
  const state = new URL(authorizeUrl.expose()).searchParams.get("state");
  const step = pending.receiveCallback(`${redirectUri}?code=c&state=${state}`, { nowMs: NOW });
  const list = json({ retCode: 0, retMsg: "", result: { accounts: [{ sub_member_id: 7, nickname: "seven" }] } });
  const made = { sub_member_id: 7, nickname: "seven", api_key: "canary-key", api_secret: "canary-secret" };
  const { send, sent } = replies(TOKEN, list, json({ retCode: 0, result: made }));
  const options = { send, save: store.save, ...asleep() };
  const asked = await drive(step, options).catch((error) => error);
  assert.deepEqual([asked.code, asked.kind], ["choice_required", "user_action"]);

  // In another process, later.
  const again = agent.restore(store.load(pending.flowId)).resume({ nowMs: NOW });
  assert.equal(again.name, "choose");
  const seen = [];
  const choose = async (step) => {
    seen.push(...step.subaccounts.map(({ id, nickname }) => [id, nickname]), step.mayCreate);
    return step.subaccounts[0].id;
  };
  const done = await drive(again, { ...options, choose });
  assert.deepEqual(seen, [["7", "seven"], true]);
  assert.equal(done.outcome.key.subMemberId, "7");
  assert.equal(CREATE_SUBACCOUNT, "create");
  assert.equal(sent.at(-1), "GET fetch_subaccount_key");
});

test("however it ends, core's driver is freed, and the step that was given stays", async (t) => {
  const { FlowDriver } = (await import(new URL("./inside-node.js", import.meta.resolve("venuekey/server")).href)).wasm;
  const free = t.mock.method(FlowDriver.prototype, "free");
  const { store, step } = connecting();
  const first = step();
  const options = { send: replies(TOKEN, UID, KEY).send, save: store.save, ...asleep() };
  await drive(first, options);
  await assert.rejects(drive(first, options), { code: "superseded" });
  await assert.rejects(drive(first, { ...options, save: () => undefined }), SaveFailed);
  await assert.rejects(drive(first, { ...options, save: () => true, signal: AbortSignal.abort(new Error("stop")) }), { message: "stop" });
  assert.equal(free.mock.callCount(), 4);
  assert.equal(first.next.status, "ready");
});
