// examples/hono-app in workerd, storage on disk: both exchanges connected through the sandbox's consent, killed in between.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { approve, freePort, startSandbox } from "../journeys/sandbox.mjs";
import { build, start, until } from "./workerd.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const app = join(process.env.VENUEKEY_PACKAGE, "../examples/hono-app/app.ts");

const ends = [];
after(async () => {
  for (const end of ends.reverse()) await end();
});

// What a worker that has died held when it did is free for the next one by then.
const AFTER_LEASE_MS = 200_000;

/** The app, a browser without pages, and its power switch; by the app's clock it is off for longer than a lease lives. */
async function rig(crashes) {
  const address = `127.0.0.1:${await freePort()}`;
  const home = `http://${address}`;
  const redirect = (venue) => `${home}/connections/callback/${venue}`;
  const sandbox = await startSandbox(...["whitebit", "bybit"].flatMap((venue) => ["--redirect-uri", `${venue}=${redirect(venue)}`]));
  ends.push(sandbox.stop);
  const folder = await mkdtemp(join(here, "built-"));
  ends.push(() => rm(folder, { recursive: true }));
  const secrets = { WHITEBIT_SECRET: "demo-whitebit-secret", BYBIT_SECRET: "demo-bybit-secret", SEALING_KEY: "07".repeat(32) };
  const given = { objects: "Accounts", env: { HOME_URL: home, SANDBOX: sandbox.url, ...secrets } };
  const built = () => build(folder, app, { ...given, behindMs: crashes * AFTER_LEASE_MS });
  await built();
  let workerd = await start(folder, address);
  ends.push(() => workerd.kill());

  const cookies = new Map();
  async function browse(path, { headers = {}, ...init } = {}) {
    const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
    const reply = await fetch(new URL(path, home), { redirect: "manual", ...init, headers: { accept: "application/json", cookie, ...headers } });
    for (const each of reply.headers.getSetCookie()) {
      const [name, value] = each.split(";")[0].split("=");
      cookies.set(name, value);
    }
    return reply;
  }
  const list = async () => (await browse("/connections")).json();
  /** A form of the pages; where it leads. */
  async function post(path, fields = {}) {
    const { csrf } = await list();
    const reply = await browse(`/connections/${path}`, { method: "POST", body: new URLSearchParams({ csrf, ...fields }) });
    assert.equal(reply.status, 200, await reply.clone().text());
    return (await reply.json()).location;
  }
  return {
    sandbox,
    redirect,
    browse,
    /** As `kill -9`, and a start. */
    async crash() {
      await workerd.kill();
      crashes -= 1;
      await built();
      workerd = await start(folder, address);
    },
    post,
    begin: (venue) => post(`connect/${venue}`),
    view: async (venue) => (await list()).connections.find((each) => each.venue === venue),
    async connected(venue) {
      return until(async () => {
        const view = (await list()).connections.find((each) => each.venue === venue);
        assert.notEqual(view.status, "needs_user", JSON.stringify(view));
        return view.status === "connected" && view;
      });
    },
    /** Once nobody works at it any more. */
    async settled(venue) {
      return until(async () => {
        const view = (await list()).connections.find((each) => each.venue === venue);
        return view.status !== "working" && view;
      });
    },
    /** How often an endpoint was asked. */
    async asked(venue, endpoint) {
      const { requests } = await sandbox.admin("GET", "requests");
      return requests.filter((each) => each.venue === venue && each.endpoint === endpoint).length;
    },
    async assertClean() {
      assert.deepEqual((await sandbox.admin("GET", "violations")).violations, []);
    },
  };
}

test("it is short", async () => {
  const lines = (await readFile(app, "utf8")).split("\n").filter((line) => line.trim() !== "");
  assert.ok(lines.length < 80, `${lines.length} lines`);
});

for (const venue of ["whitebit", "bybit"]) {
  test(`${venue}: connected, though killed after the beginning and after the callback; asked again, if a request was out`, async () => {
    const on = await rig(2);
    const location = await on.begin(venue);
    await on.crash();
    assert.equal((await on.view(venue)).status, "awaiting_user");
    const url = await approve(location, on.redirect(venue));
    const reply = await on.browse(url);
    assert.equal(reply.status, 303);
    await on.crash();
    const { status, error } = await on.settled(venue);
    // The object's alarm and the kill race: a request that was out is not sent again.
    if (status === "needs_user") assert.equal(error.code, "outcome_unknown");
    else assert.equal(status, "connected");
    assert.ok((await on.asked(venue, "token")) <= 1);
    await on.assertClean();
    // A page that is loaded again shows where it stands.
    assert.equal((await on.browse(url)).headers.get("location"), reply.headers.get("location"));
  });
}

test("killed with a request out that may be sent once: it is not sent again, and the user connects anew", async () => {
  const on = await rig(1);
  const url = await approve(await on.begin("bybit"), on.redirect("bybit"));
  await on.sandbox.admin("POST", "faults", { endpoint: "token", fault: "delay", ms: 600_000, count: 1 });
  await on.browse(url);
  await until(async () => (await on.asked("bybit", "token")) === 1);
  await on.crash();
  const { id, status, error } = await on.settled("bybit");
  assert.deepEqual([status, error.code], ["needs_user", "outcome_unknown"]);
  assert.equal(await on.asked("bybit", "token"), 1);
  await on.browse(await approve(await on.post(`reconnect/${id}`), on.redirect("bybit")));
  await until(async () => (await on.view("bybit")).status === "connected");
  await on.assertClean();
});

test("both for one user, signed calls after a crash, and the end of both", async () => {
  const on = await rig(2);
  for (const venue of ["whitebit", "bybit"]) await on.browse(await approve(await on.begin(venue), on.redirect(venue)));
  await Promise.all(["whitebit", "bybit"].map(on.connected));
  await on.crash();
  const reply = await on.browse("/balance/whitebit");
  assert.equal(reply.status, 200, await reply.clone().text());
  assert.equal(typeof (await reply.json()), "object");
  for (const venue of ["whitebit", "bybit"]) await on.post(`disconnect/${(await on.view(venue)).id}`, { delete_key: "1" });
  await on.crash();
  for (const venue of ["whitebit", "bybit"]) await until(async () => (await on.view(venue)).status === "ended");
  const { whitebit, bybit } = await on.sandbox.admin("GET", "state");
  assert.deepEqual([whitebit.global.keys, bybit.mainnet.keys].flat().filter((key) => key.active), []);
  await on.assertClean();
});
