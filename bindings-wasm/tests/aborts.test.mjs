// An abort at every point of a run: nothing is lost by it, and nothing is asked for twice that may be asked for once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client as PublicClient } from "venuekey";
import { Client } from "venuekey/server";
import { drive, freshTokens, MemoryStore, SaveFailed, Tokens } from "venuekey/parts";
import { bybit, json, KEY, NOW, TOKEN, UID } from "./support.mjs";

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Counts the points that a run comes to, and aborts it at one of them. */
function clockOfPoints(abortAt) {
  const controller = new AbortController();
  const points = [];
  const point = async (name) => {
    if (points.push(name) - 1 === abortAt) controller.abort(new Error("deploy"));
    await turn();
  };
  return { point, points, signal: controller.signal };
}

/** A sender as those of the package: what is safe ends with the signal, the rest is not given one. */
function sender(venue, point) {
  return async (request, { signal }) => {
    await point(`${request.purpose} begins`);
    signal?.throwIfAborted();
    const reply = venue(request);
    await point(`${request.purpose} has arrived`);
    signal?.throwIfAborted();
    await point(`${request.purpose} is answered`);
    return reply;
  };
}

/** Answers each purpose in turn; what may be asked for once is answered once. */
function venue(answers) {
  const asked = [];
  const answer = ({ purpose, replay }) => {
    const left = answers[purpose];
    asked.push(purpose);
    assert.ok(left.length > 0, `${purpose} once more`);
    return replay === "safe" && left.length === 1 ? left[0] : left.shift();
  };
  return { answer, asked };
}

const whitebit = () =>
  new Client({
    venue: "whitebit",
    environment: "global",
    clientId: "demo",
    clientSecret: "canary-client-secret",
    redirectUri: "https://partner.example/cb",
  });
const pair = (name) => json({ data: { access_token: `${name}-access`, refresh_token: `${name}-refresh`, expires_in: 14_400 } });
const key = (exists) => json({ data: { exists, isEnabled: exists, externalId: exists ? "11111111-2222-4333-8444-555555555555" : null } });
const subaccounts = json({ retCode: 0, result: { accounts: [{ sub_member_id: 7, nickname: "seven" }] } });
const redirectUri = "http://127.0.0.1:9876/callback";

const COURSES = {
  whitebit: {
    client: whitebit,
    callback: "/cb",
    answers: () => ({
      exchange_code: [pair("first")],
      check_key: [key(false), key(true)],
      fetch_secret: [json({}, 401), json({ data: { apiSecret: "canary-secret" } })],
      refresh_tokens: [pair("next")],
    }),
  },
  bybit: {
    client: bybit,
    callback: "/cb",
    answers: () => ({ exchange_code: [TOKEN], read_uid: [UID], fetch_api_key: [KEY] }),
  },
  agent: {
    client: () => new PublicClient({ venue: "bybit", environment: "mainnet", clientId: "ai-agent", redirectUri }),
    callback: redirectUri,
    answers: () => ({
      exchange_code: [TOKEN],
      list_subaccounts: [subaccounts],
      fetch_subaccount_key: [json({ retCode: 0, result: { sub_member_id: 7, api_key: "k", api_secret: "canary-secret" } })],
    }),
  },
};

/** A run from the callback that is aborted at one point, and goes on from the store as after a restart. */
async function connect(course, abortAt) {
  const client = course.client();
  const { authorizeUrl, pending } = client.begin("api_key", { nowMs: NOW });
  const store = new MemoryStore();
  store.save(pending.snapshot());
  const { point, points, signal } = clockOfPoints(abortAt);
  const { answer, asked } = venue(course.answers());
  let now = NOW;
  const save = async (snapshot) => {
    await point(`before save ${snapshot.revision}`);
    const won = store.save(snapshot);
    await point(`after save ${snapshot.revision}`);
    return won;
  };
  const sleep = async (ms) => {
    await point("asleep");
    now += ms;
  };
  const choose = async ({ subaccounts }) => {
    await point("choosing");
    return subaccounts[0].id;
  };
  const options = { send: sender(answer, point), save, sleep, choose, clock: () => now };
  const state = new URL(authorizeUrl.expose()).searchParams.get("state");
  const step = pending.receiveCallback(`${course.callback}?code=canary-code&state=${state}`, { nowMs: NOW });
  const onStep = ({ name }) => {
    if (points.push(`step ${name}`) - 1 === abortAt) throw new Error("deploy");
  };
  const first = await drive(step, { ...options, signal, onStep }).catch((error) => error);
  const where = points[abortAt];
  if (where === undefined) return { points: points.length };
  assert.equal(first.message, "deploy", where);
  const restored = client.restore(store.load(pending.flowId));
  const done = await drive(restored.resume({ nowMs: now }), options);
  assert.equal(done.outcome.key.apiSecret.expose(), "canary-secret", where);
  assert.equal(asked.filter((purpose) => purpose === "exchange_code").length, 1, where);
  return { points: points.length };
}

for (const [name, course] of Object.entries(COURSES)) {
  test(`${name}: an abort at any point costs nothing`, async () => {
    const whole = await connect(course, -1);
    for (let at = 0; at < whole.points; at += 1) await connect(course, at);
  });
}

test("tokens: an abort at any point costs nothing, and no lease is left behind", async () => {
  const refresh = async (abortAt) => {
    const client = whitebit();
    const tokens = new Tokens({ accessToken: "canary-access", refreshToken: "canary-refresh", expiresAtMs: NOW + 300_000 });
    const shared = client.shareTokens(tokens, { nowMs: NOW });
    const store = new MemoryStore();
    store.save(shared.snapshot());
    const { point, points, signal } = clockOfPoints(abortAt);
    // Another worker is on it first: this one waits for its lease to end, then refreshes by itself.
    let now = NOW + 250_000;
    store.save(shared.plan({ nowMs: now }).next.snapshot());
    const { answer } = venue({ refresh_tokens: [pair("next")] });
    const load = async () => {
      await point("loading");
      return store.load(shared.tokensId);
    };
    const save = async (snapshot) => {
      await point(`before save ${snapshot.revision}`);
      const won = store.save(snapshot);
      await point(`after save ${snapshot.revision}`);
      return won;
    };
    const sleep = async (ms) => {
      await point("asleep");
      now += ms;
    };
    const options = { load, save, sleep, send: sender(answer, point), clock: () => now };
    const first = await freshTokens(client, { ...options, signal }).catch((error) => error);
    const where = points[abortAt];
    if (where === undefined) return points.length;
    if (first instanceof Error) assert.equal(first.message, "deploy", where);
    // What is stored is a pair that works, or none has been asked for: never a lease whose request nobody has sent.
    const kept = client.restoreTokens(store.load(shared.tokensId));
    assert.ok(kept.generation === 2 || kept.revision <= 2 || kept.leaseUntilMs === undefined, where);
    const use = await freshTokens(client, options);
    assert.equal(use.tokens.accessToken.expose(), "next-access", where);
    return points.length;
  };
  const whole = await refresh(-1);
  for (let at = 0; at < whole; at += 1) await refresh(at);
});

test("a user who never answers does not hold up an abort, nor does a sleep that knows no signal", async () => {
  const client = COURSES.agent.client();
  const { authorizeUrl, pending } = client.begin("api_key", { nowMs: NOW });
  const store = new MemoryStore();
  store.save(pending.snapshot());
  const state = new URL(authorizeUrl.expose()).searchParams.get("state");
  const step = pending.receiveCallback(`${redirectUri}?code=c&state=${state}`, { nowMs: NOW });
  const controller = new AbortController();
  const { answer } = venue(COURSES.agent.answers());
  const never = () => {
    controller.abort(new Error("deploy"));
    return new Promise(() => {});
  };
  const options = { send: async (request) => answer(request), save: store.save, clock: () => NOW, signal: controller.signal };
  await assert.rejects(drive(step, { ...options, choose: never }), { message: "deploy" });
  assert.equal(client.restore(store.load(pending.flowId)).status, "awaiting_choice");
});

test("a step that could not be stored is stored first, also where the next run is aborted before it begins", async () => {
  const client = bybit();
  const { authorizeUrl, pending } = client.begin("api_key", { nowMs: NOW });
  const store = new MemoryStore();
  store.save(pending.snapshot());
  const state = new URL(authorizeUrl.expose()).searchParams.get("state");
  const step = pending.receiveCallback(`/cb?code=c&state=${state}`, { nowMs: NOW });
  const save = (snapshot) => {
    if (snapshot.revision === 4) throw new Error("the database is away");
    return store.save(snapshot);
  };
  const { answer } = venue(COURSES.bybit.answers());
  const options = { send: async (request) => answer(request), clock: () => NOW };
  const failed = await drive(step, { ...options, save }).catch((error) => error);
  assert.ok(failed instanceof SaveFailed && failed.step.name === "send");
  const again = drive(failed.step, { ...options, save: store.save, signal: AbortSignal.abort(new Error("deploy")) });
  await assert.rejects(again, { message: "deploy" });
  assert.equal(client.restore(store.load(pending.flowId)).tokens.accessToken.expose(), "canary-access");
});
