// What Connections show, log and throw: names, ids and codes, and no secret.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { Tokens } from "venuekey/parts";
import { json } from "../support.mjs";
import { ANSWERS, consented, hooked, newStore, NOW, OWNER, until, world, worked } from "./support.mjs";

/** Everything a program might show of a value. */
function shown(value) {
  const texts = [JSON.stringify(value) ?? "", String(value), JSON.stringify({ ...Object(value) })];
  for (const options of [{}, { depth: null, showHidden: true }, { depth: null, showHidden: true, customInspect: false }]) {
    texts.push(inspect(value, options), inspect([value], options));
  }
  if (value instanceof Error) texts.push(value.message, value.stack);
  return texts.join("\n");
}

function check(values, ...secrets) {
  for (const value of values) {
    const text = shown(value);
    // A name of the test's own functions is no secret.
    for (const secret of ["canary", ...secrets]) assert.ok(!text.includes(secret), `${secret}: ${text.slice(0, 2000)}`);
  }
}

test("views, sessions, and what is told and logged of a whole life", async () => {
  const of = world();
  const begun = await of.connections.begin("bybit", { owner: OWNER, goal: "api_key" });
  const state = new URL(begun.authorizeUrl).searchParams.get("state");
  const called = await of.connections.receiveCallback(begun.id, `https://partner.example/cb?code=canary-code&state=${state}`);
  await worked(of);
  const account = await of.connections.account(begun.id, { owner: OWNER });
  const views = [begun, called, await of.connections.status(begun.id), await account.view(), ...(await of.connections.find(OWNER))];
  check([of.connections, account, ...views, ...of.told, ...of.logged], state);
  // And yet what is there can be read, and is in JSON.
  assert.deepEqual(JSON.parse(JSON.stringify(begun)).status, "awaiting_user");
  assert.match(inspect(account), /^Account \{ id: '\w{32}' \}$/);
  assert.throws(() => {
    begun.status = "connected";
  }, TypeError);
  // Nor does the store have any in clear.
  check([await of.store.load(begun.id)], state);
});

test("tokens that a session gives", async () => {
  const of = world();
  const tokens = new Tokens({ accessToken: "canary-a", refreshToken: "canary-r", expiresAtMs: NOW + 14_400_000 });
  const { id } = await of.connections.importTokens("whitebit", tokens, { owner: OWNER });
  const access = await (await of.connections.account(id)).tokens();
  check([access, id]);
});

test("errors, and what is logged of them", async () => {
  const denied = world();
  const begun = await denied.connections.begin("bybit", { owner: OWNER, goal: "api_key" });
  const state = new URL(begun.authorizeUrl).searchParams.get("state");
  const url = `https://partner.example/cb?state=${state}&error=access_denied&error_description=canary-words`;
  const view = await denied.connections.receiveCallback(begun.id, url);
  assert.deepEqual([view.status, view.error.kind], ["needs_user", "denied"]);
  const refused = await denied.connections.receiveCallback(begun.id, "https://partner.example/cb?code=canary&state=canary").catch((error) => error);
  check([view, view.error, refused, ...denied.logged], state);

  const words = json({ retCode: 10005, retMsg: "canary words of the venue", result: {} });
  const base = newStore();
  const odd = () => Object.assign(new Error("canary values"), { code: "canary values" });
  let isDown = true;
  const store = hooked(base, {
    seen(call) {
      if (!isDown) return call();
      isDown = false;
      throw odd();
    },
  });
  const answers = { ...ANSWERS, signed_request: [words], read_uid: [() => Promise.reject(odd())] };
  const of = world({ store, answers, onEvent: () => Promise.reject(new Error("canary words\n    at canary")) });
  await consented(of);
  // It goes on after the first look, at which the store fails.
  const run = of.connections.run();
  const logged = () => of.logged.join("\n");
  await until(() => /worker .*: the store fails \(Error at /.test(logged()));
  await until(() => /looked at again in/.test(logged()));
  of.connections.stop();
  await run;
  const key = await of.connections.importKey("bybit", { apiKey: "canary-key", apiSecret: "canary-secret" }, { owner: OWNER });
  await of.connections.runOnce();
  assert.match(logged(), /onEvent failed at connected \(Error at /);
  const said = await (await of.connections.account(key.id)).call("GET", "/v5/user/query-api").catch((error) => error);
  assert.equal(said.venueText, "canary words of the venue");
  check([said, key, ...of.logged]);
});

test("a console is told of trouble alone, and a logger that throws costs nothing", async () => {
  const told = { info: [], warn: [], error: [], log: [] };
  const before = { ...console };
  for (const level of Object.keys(told)) console[level] = (...given) => told[level].push(given.join(" "));
  try {
    const of = world({ logger: undefined, onEvent: () => Promise.reject(new RangeError("canary")) });
    await consented(of);
    await worked(of, of.connections, 10_000);
  } finally {
    Object.assign(console, before);
  }
  assert.deepEqual([told.info, told.log, told.warn], [[], [], []]);
  assert.match(told.error.join("\n"), /^venuekey: connection \w{32}: onEvent failed at connected \(RangeError at .*\); it is told again$/);

  const fails = () => {
    throw new Error("no disk");
  };
  const of = world({ logger: { info: fails, warn: fails, error: fails } });
  const { id } = await consented(of);
  await worked(of);
  assert.equal((await of.connections.status(id)).status, "connected");
});
