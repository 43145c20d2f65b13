// What the tests of Connections begin with: a store in a file, a clock that is moved, a venue that answers as it is told.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { Connections } from "venuekey/connections";
import { Client, SealingKeys } from "venuekey/server";
import { SQLiteStore } from "venuekey/stores/sqlite";
import { bybit, json, KEY, NOW, TOKEN, UID } from "../support.mjs";

export { NOW } from "../support.mjs";
export const KEYS = new SealingKeys([["2026-11", new TextEncoder().encode("canary-sealing-key-canary-sealin")]]);
export const OWNER = "user-1";
export const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Until something is so. The bound only keeps a broken test from waiting for ever: a run swallows the runner's SIGTERM. */
export async function until(is) {
  for (const end = performance.now() + 60_000; !(await is()); await turn()) {
    if (performance.now() > end) throw new Error(`it never came to be: ${is}`);
  }
}

/** A promise and what settles it. */
export function later() {
  const promise = {};
  promise.promise = new Promise((resolve, reject) => Object.assign(promise, { resolve, reject }));
  return promise;
}

/** Timers of these lengths, the pauses before a store that fails is asked again, are over at once. */
export function withoutPauses(context, lengths = [100, 500, 1000, 2000, 5000]) {
  const real = globalThis.setTimeout;
  context.mock.method(globalThis, "setTimeout", (end, ms, ...more) => real(end, lengths.includes(ms) ? 0 : ms, ...more));
}

const folders = [];
const stores = [];
after(async () => {
  await Promise.all(stores.map((store) => store.close()));
  for (const folder of folders) rmSync(folder, { recursive: true });
});

export function newPlace() {
  folders.push(mkdtempSync(join(tmpdir(), "venuekey-connections-")));
  return join(folders.at(-1), "connections.db");
}

export function newStore(place = newPlace()) {
  stores.push(new SQLiteStore(place));
  return stores.at(-1);
}

/** The store, each of whose calls goes by `hook(name, args, call)` where that is there for it. */
export function hooked(store, hooks) {
  return new Proxy(store, {
    get(of, name) {
      const own = of[name];
      if (typeof own !== "function") return own;
      return (...given) => {
        const call = () => own.apply(of, given);
        return hooks[name] === undefined ? call() : hooks[name](call, ...given);
      };
    },
  });
}

export const whitebit = () =>
  new Client({
    venue: "whitebit",
    environment: "global",
    clientId: "demo",
    clientSecret: "canary-client-secret",
    redirectUri: "https://partner.example/cb",
  });

export const pair = (name, seconds = 14_400) =>
  json({ data: { access_token: `canary-${name}-access`, refresh_token: `canary-${name}-refresh`, expires_in: seconds } });

/** What venues answer by purpose: the last one again and again. */
export const ANSWERS = {
  exchange_code: [TOKEN],
  read_uid: [UID],
  fetch_api_key: [KEY],
  refresh_tokens: [pair("next")],
  ask_time: [({ url }) => json(/bybit/.test(url) ? { retCode: 0, time: NOW } : { time: NOW / 1000 })],
};

/** Connections with a clock and a venue of the test's own; `told` and `logged` have what they said. */
export function world(options = {}) {
  const { store = newStore(), answers = ANSWERS, ...others } = options;
  const left = Object.fromEntries(Object.entries(answers).map(([purpose, replies]) => [purpose, [...replies]]));
  const seen = { nowMs: NOW, store, sent: [], told: [], logged: [] };
  const answer = async (request, given) => {
    seen.sent.push(request.purpose);
    const replies = left[request.purpose] ?? [json({}, 404)];
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    if (reply instanceof Error) throw reply;
    return typeof reply === "function" ? reply(request, given) : reply;
  };
  const logger = Object.fromEntries(["info", "warn", "error"].map((level) => [level, (text) => seen.logged.push(`${level} ${text}`)]));
  const made = {
    clients: { bybit: bybit(), whitebit: whitebit() },
    store,
    keys: KEYS,
    send: answer,
    onEvent: (told) => seen.told.push(told),
    clock: () => seen.nowMs,
    sleep: async (ms) => {
      seen.nowMs += ms;
    },
    logger,
    ...others,
  };
  seen.connections = new Connections(made);
  /** The same on the same store, as another process has it. */
  seen.another = (different = {}) => new Connections({ ...made, ...different });
  return seen;
}

/** A connection whose callback has come. */
export async function consented({ connections }, client = "bybit", goal = "api_key", more = {}) {
  const begun = await connections.begin(client, { owner: OWNER, goal, ...more });
  const state = new URL(begun.authorizeUrl).searchParams.get("state");
  return connections.receiveCallback(begun.id, `https://partner.example/cb?code=canary-code&state=${state}`, { owner: OWNER });
}

/** Works until nothing is due before long, the clock going on to what is due next. */
export async function worked(of, connections = of.connections, withinMs = 900_000) {
  const end = of.nowMs + withinMs;
  for (let turns = 0; turns < 50; turns += 1) {
    const next = await connections.runOnce();
    if (next === undefined || next > end) return;
    if (next > of.nowMs) of.nowMs = next;
  }
  throw new Error("there is always something due");
}
