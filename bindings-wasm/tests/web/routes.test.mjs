// What each route does, as a browser and as a single-page app sees it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hooked, newStore } from "../connections/support.mjs";
import { securityHeaders, Texts } from "venuekey/web";
import { Browser, calledBack, pasting, site } from "./support.mjs";

const sees = (reply) => [reply.status, reply.headers.get("location")];

async function connected(of, user = of.browser()) {
  const leads = await user.connect();
  const [, status] = sees(await user.get(`/callback/bybit/${calledBack(leads)}`));
  await of.worked();
  return [user, status.replace("/connections", "")];
}

/** The page that a callback leads to which is not accepted; no query stays in the browser's address. */
async function refused(user, path) {
  const [status, to] = sees(await user.get(path));
  assert.equal(status, 303);
  assert.match(to, /^\/connections\/refused\/[a-z_]+$/);
  return user.get(to.replace("/connections", ""));
}

test("from Connect to Disconnect", async () => {
  const of = site();
  const user = of.browser();
  const home = await (await user.get("/")).text();
  assert.match(home, /No account is connected yet.*Connect Bybit.*Connect WhiteBIT/s);
  const leads = await user.connect();
  assert.equal(new URL(leads).host, "www.bybit.com");
  // Another click goes on with the same one.
  assert.equal(await user.connect(), leads);

  const callback = `/callback/bybit/${calledBack(leads)}`;
  const came = await user.get(callback);
  const [code, path] = sees(came);
  const { id } = (await user.json("/")).connections[0];
  assert.deepEqual([code, path], [303, `/connections/status/${id}`]);
  assert.match(await (await user.get(`/status/${id}`)).text(), /data-watch.*One moment/s);
  await of.worked();
  const page = await (await user.get(`/status/${id}`)).text();
  assert.match(page, /Connected<.*Your account at Bybit is connected/s);
  assert.doesNotMatch(page, /data-watch|canary/);
  // Loaded again: where it stands.
  assert.deepEqual(sees(await user.get(callback)), [303, path]);
  assert.deepEqual(sees(await user.get("/callback/bybit?code=other&state=none")), [303, path]);

  assert.deepEqual(sees(await user.post(`/disconnect/${id}`)), [303, "/connections/"]);
  await of.worked();
  assert.equal((await user.json(`/status/${id}`)).status, "ended");
  assert.match(await (await user.get("/")).text(), /still exists at Bybit.*Connect Bybit/s);
});

test("JSON for a page with a script of its own", async () => {
  const of = site();
  const user = of.browser();
  const json = { headers: { "content-type": "application/json" }, accept: "application/json" };
  const { csrf, connections, clients: offered } = await user.json("/");
  assert.deepEqual([connections, offered[0]], [[], { name: "bybit", venue: "bybit", environment: "mainnet" }]);
  const begun = await user.ask("POST", "/connect/bybit", { ...json, body: JSON.stringify({ csrf }) });
  const { location, connection } = await begun.json();
  assert.deepEqual([begun.status, new URL(location).host, connection.status], [200, "www.bybit.com", "awaiting_user"]);
  const told = await user.json(`/status/${connection.id}`);
  assert.deepEqual([told.title, told.state, told.shown, told.csrf], ["Waiting for you", "awaiting_user visit", true, csrf]);
  assert.equal("authorize_url" in told, false);
  for (const name of ["expires_at_ms", "no_worker", "key_left", "trail", "choices", "error"]) assert.ok(name in told, name);

  // By a header in place of a field.
  const stopped = { ...json, headers: { ...json.headers, "x-csrf-token": csrf }, body: JSON.stringify({ delete_key: true }) };
  const ended = await (await user.ask("POST", `/disconnect/${connection.id}`, stopped)).json();
  assert.deepEqual([ended.location, ended.connection.intent], ["/connections/", "disconnect_and_delete_key"]);
  const refused = await user.ask("POST", `/choose/${connection.id}`, { ...json, body: JSON.stringify({ csrf }) });
  assert.deepEqual([refused.status, await refused.json()], [400, { error: { code: "bad_request", kind: "misuse" } }]);
});

test("clicks at once agree on one connection", async () => {
  // All of them look before any of them begins.
  const looking = [];
  let clicks = 0;
  const find = async (call) => {
    const found = await call();
    if (looking.length === clicks) return found;
    await new Promise((goOn) => {
      looking.push(goOn);
      if (looking.length === clicks) for (const each of looking) each();
    });
    return found;
  };
  const of = site({ store: hooked(newStore(), { find }) });
  const user = of.browser();
  const { csrf } = await user.json("/");
  clicks = 4;
  const click = () => user.ask("POST", "/connect/bybit", { headers: { "x-csrf-token": csrf } });
  const led = await Promise.all(Array.from({ length: 4 }, click));
  assert.equal(new Set(led.map((reply) => reply.headers.get("location"))).size, 1);
  await of.connections.runOnce();
  const living = (await user.json("/")).connections.filter(({ status }) => status !== "ended");
  assert.deepEqual(living.map(({ status }) => status), ["awaiting_user"]);
});

test("who has just disconnected connects anew", async () => {
  const of = site();
  const [user, path] = await connected(of);
  await user.post(`/disconnect/${path.split("/").at(-1)}`);
  assert.equal(new URL(await user.connect()).host, "www.bybit.com");
  assert.deepEqual((await user.json("/")).connections.map(({ intent }) => intent).sort(), ["disconnect", null]);
});

test("a connection of somebody else's is not there", async () => {
  const of = site();
  const [, path] = await connected(of);
  const id = path.split("/").at(-1);
  const stranger = of.browser("two");
  assert.equal((await stranger.get(path)).status, 404);
  for (const button of ["choose", "paste", "recover", "reconnect", "cancel", "disconnect"]) {
    const reply = await stranger.post(`/${button}/${id}`, { account_id: "7", code: "7" });
    assert.equal(reply.status, 404, button);
  }
  assert.equal((await of.browser().json(path)).status, "connected");
  assert.deepEqual((await stranger.json("/")).connections, []);
});

test("a callback that belongs to none of the user's", async () => {
  const of = site();
  const [user, stranger] = [of.browser(), of.browser("two")];
  const callback = `/callback/bybit${calledBack(await user.connect())}`;
  const told = await refused(stranger, callback);
  assert.equal(told.status, 400);
  assert.match(await told.text(), /does not belong to a connection that was started here/);
  await stranger.connect();
  assert.equal((await stranger.get("/callback/bybit")).status, 400);
  for (const query of ["?code=a", "?code=canary-code&state=planted", calledBack(await user.connect()), `?${"x".repeat(9000)}`]) {
    assert.equal((await refused(stranger, `/callback/bybit${query}`)).status, 400, query.slice(0, 60));
  }
  const data = await stranger.get("/callback/bybit?code=a&state=b", { accept: "application/json" });
  assert.deepEqual([data.status, await data.json()], [400, { error: { code: "not_accepted", kind: "rejected" } }]);
  // Nothing of that was anything to the one it was meant for.
  assert.equal((await user.get(callback)).status, 303);
  assert.equal((await refused(user, "/callback/nowhere?code=a")).status, 404);
});

test("nobody writes what a refusal says", async () => {
  const user = site().browser();
  const told = await user.get("/refused/not_accepted?error=Call+us&code=1");
  assert.equal(told.status, 400);
  assert.doesNotMatch(await told.text(), /Call us/);
  for (const name of ["", "busy", "forbidden", "not_accepted/", "not_accepted/x", "__proto__"]) {
    assert.match(await (await user.get(`/refused/${name}`)).text(), /Not found/, name);
  }
  assert.equal((await user.post("/refused/not_accepted")).status, 405);
});

test("who only looks where a callback leads changes nothing", async () => {
  const of = site();
  const user = of.browser();
  const leads = await user.connect();
  for (const query of [calledBack(leads), calledBack(leads, "error=access_denied"), "?code=a"]) {
    const head = await user.ask("HEAD", `/callback/bybit${query}`);
    assert.deepEqual([...sees(head), head.headers.get("cache-control"), await head.text()], [200, null, "no-store", ""]);
    for (const headers of [{ "sec-purpose": "prefetch;prerender" }, { purpose: "Prefetch" }]) {
      assert.equal((await user.get(`/callback/bybit${query}`, { headers })).status, 403);
    }
  }
  assert.deepEqual((await user.json("/")).connections[0].trail.map(({ what }) => what), ["begun"]);
  assert.equal((await user.get(`/callback/bybit${calledBack(leads)}`)).status, 303);
});

test("the user says no, and tries again", async () => {
  const of = site();
  const user = of.browser();
  const leads = await user.connect();
  const [code, path] = sees(await user.get(`/callback/bybit${calledBack(leads, "error=access_denied")}`));
  assert.equal(code, 303);
  const page = await (await user.get(path.replace("/connections", ""))).text();
  assert.match(page, /Needs you.*was not approved at Bybit.*Connect again/s);
  const again = await user.connect();
  assert.notEqual(again, leads);
  const { connections } = await user.json("/");
  assert.deepEqual([connections.length, connections[0].status], [1, "awaiting_user"]);
});

test("a code that is pasted", async () => {
  const of = site({ clients: { agent: pasting() } });
  const user = of.browser();
  assert.match((await user.get("/")).headers.get("content-security-policy"), /form-action 'self' https:\/\/bybit.com https:\/\/\*.bybit.com;/);
  const leads = await user.connect("agent");
  const { id } = (await user.json("/")).connections[0];
  assert.match(await (await user.get(`/status/${id}`)).text(), /copy it and paste it here.*name="code"/s);
  const unread = await user.post(`/paste/${id}`, { code: "what is this" });
  assert.equal(unread.status, 400);
  assert.match(await unread.text(), /copy it again in full.*href="\/connections\/status\//s);
  const state = new URL(leads).searchParams.get("state");
  assert.deepEqual(sees(await user.post(`/paste/${id}`, { code: ` canary-code.${state} \n` }))[0], 303);
});

test("buttons that come too late, and buttons for which there is nothing to do", async () => {
  const of = site();
  const [user, path] = await connected(of);
  const id = path.split("/").at(-1);
  for (const [button, fields] of [["recover", {}], ["choose", { account_id: "7" }], ["paste", { code: "a.b" }]]) {
    assert.deepEqual(sees(await user.post(`/${button}/${id}`, fields)), [303, `/connections${path}`], button);
    assert.equal((await user.post(`/${button}/${id}`, fields, { accept: "application/json" })).status, 200);
  }
  const asked = await user.post(`/reconnect/${id}`);
  assert.equal(new URL(asked.headers.get("location")).host, "www.bybit.com");
  // What works goes on working, and what came in front of it is shown beside it until it is called off.
  const beside = await (await user.get(path)).text();
  assert.match(beside, /Your account at Bybit is connected\..*You are connecting again\. Waiting for you at Bybit\..*Continue at Bybit.*Stop</s);
  assert.deepEqual([(await user.json(path)).status, (await user.json(path)).state], ["connected", "connected visit"]);
  for (let press = 0; press < 2; press += 1) assert.deepEqual(sees(await user.post(`/cancel/${id}`)), [303, `/connections${path}`]);
  const { status, attempt, intent } = await user.json(path);
  assert.deepEqual([status, attempt, intent], ["connected", null, null]);
});

test("who stops and has nothing else ends", async () => {
  const of = site();
  const user = of.browser();
  await user.connect();
  const [{ id }] = (await user.json("/")).connections;
  assert.match(await (await user.get("/")).text(), new RegExp(`/cancel/${id}".*Stop<`, "s"));
  assert.deepEqual(sees(await user.post(`/cancel/${id}`)), [303, "/connections/"]);
  await of.worked();
  assert.equal((await user.json(`/status/${id}`)).status, "ended");
});

test("in a pop-up, and once connected", async () => {
  const of = site({ popup: true, after: "/welcome?x=1" });
  const user = of.browser();
  assert.match(await (await user.get("/")).text(), /data-popup>/);
  const leads = await user.connect("bybit", { popup: "1" });
  assert.equal(user.cookies["__Host-venuekey-popup"], "1");
  const [, path] = sees(await user.get(`/callback/bybit${calledBack(leads)}`));
  assert.match(path, /\?popup=1$/);
  assert.equal(user.cookies["__Host-venuekey-popup"], undefined);
  assert.match(await (await user.get(path.replace("/connections", ""))).text(), /data-close/);
  await of.worked();

  const other = of.browser("two");
  const [, own] = sees(await other.get(`/callback/bybit${calledBack(await other.connect())}`));
  assert.match(own, /\?connecting=1$/);
  const status = own.replace("/connections", "");
  assert.equal((await other.get(status)).status, 200, "not connected yet");
  await of.worked();
  assert.deepEqual(sees(await other.get(status)), [303, "/welcome?x=1"]);
  assert.equal((await other.get(status.split("?")[0])).status, 200, "whoever comes back later sees it");
});

test("nobody is logged in", async () => {
  const nobody = (of) => new Browser(of.handler);
  const told = await nobody(site()).get("/");
  assert.deepEqual([told.status, told.headers.getSetCookie()], [401, []]);
  assert.match(await told.text(), /Please sign in/);
  const of = site({ loginUrl: "/login?next=/connections/" });
  assert.deepEqual(sees(await nobody(of).get("/status/1")), [303, "/login?next=/connections/"]);
  const json = await nobody(of).get("/", { accept: "application/json" });
  assert.deepEqual([json.status, await json.json()], [401, { error: { code: "unauthorized", kind: "misuse" } }]);
  assert.equal((await nobody(of).ask("POST", "/connect/bybit", {})).status, 401);
});

test("what each client begins with, and which are offered", async () => {
  const goal = { whitebit: { goal: "account_tokens", label: "Books", keepAlive: "on_use" } };
  const of = site({ goal });
  const user = of.browser();
  const home = await (await user.get("/")).text();
  assert.ok(home.includes("/connect/whitebit") && !home.includes("/connect/bybit"));
  assert.equal((await user.post("/connect/bybit")).status, 404);
  await user.connect("whitebit");
  const [view] = (await user.json("/")).connections;
  assert.deepEqual([view.goal, view.label], ["account_tokens", "Books"]);
});

test("a button that is not there is nobody's defect", async () => {
  const of = site();
  const user = of.browser();
  await user.connect("whitebit");
  const [{ id, ...view }] = (await user.json("/")).connections;
  assert.ok(!("owner" in view), "it can be what logs the user in");
  assert.equal((await user.post(`/paste/${id}`, { code: "x" })).status, 400);
  assert.doesNotMatch(of.logged.join("\n"), /can't be done/);
});

test("what can't work is told at the start", () => {
  for (const [options, hint] of [
    [{ goal: "apikey" }, /must be one of: account_tokens, api_key/],
    [{ texts: { "button.conect": "x" } }, /"button.conect", which is not the key of a text/],
    [{ loginUrl: "javascript:x" }, /loginUrl must be a path or an address/],
    [{ loginURL: "/login" }, /there is no option loginURL/],
    [{ after: "home" }, /after must be a path or an address/],
  ]) {
    assert.throws(() => site(options), hint);
  }
});

test("what the app gets wrong is told to its log and not to its user", async () => {
  const of = site({ goal: { whitebit: { expectedUid: "7" } } });
  const reply = await of.browser().post("/connect/whitebit");
  assert.equal(reply.status, 500);
  assert.match(await reply.text(), /There is nothing you need to do at WhiteBIT/);
  assert.match(of.logged.join("\n"), /error the web asked for what can't be done: not_supported/);
});

test("an argument that the app gives is its own too", async () => {
  const of = site({ goal: { whitebit: { goal: "api_key", label: "x".repeat(256) } } });
  assert.equal((await of.browser().post("/connect/whitebit")).status, 500);
  assert.match(of.logged.join("\n"), /error the web asked for what can't be done: invalid_argument/);
});

test("a page of the app's own, and its own words and looks", async () => {
  const texts = { "page.connections.title": "Exchanges & more", "client.bybit": "My <Bybit>" };
  const of = site({ texts, stylesheet: ".venuekey { color: teal }", page: (title, body) => `<title>${title}</title>${body}` });
  const home = await (await of.browser().get("/")).text();
  assert.match(home, /^<title>Exchanges & more<\/title><link.*<h1>Exchanges &amp; more<\/h1>.*Connect My &lt;Bybit&gt;/s);
  const [, address] = /href="\/connections(\/assets\/style[^"]*)"/.exec(home);
  const style = await of.browser().get(address);
  assert.match(await style.text(), /\.venuekey-page \{.*color: teal \}$/s);
  assert.match(style.headers.get("cache-control"), /immutable/);
  assert.equal((await of.browser().get(address.replace(/v=.*/, "v=0"))).headers.get("cache-control"), "no-cache");
  const replaced = site({ stylesheet: "p {}", replaceStylesheet: true });
  assert.equal(await (await replaced.browser().get("/assets/style.css")).text(), "p {}");
  assert.match(await (await of.browser().get("/assets/page.js")).text(), /^"use strict"/);
});

test("every answer's headers", async () => {
  const of = site();
  const user = of.browser();
  const replies = [await user.get("/"), await user.get("/nowhere"), await user.post("/connect/bybit"), await user.get("/callback/bybit"), await user.get("/status/1")];
  for (const { headers } of replies) {
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
    assert.match(headers.get("content-security-policy"), /^default-src 'none';.*form-action 'self' https:\/\/bybit.com .*; base-uri 'none'; frame-ancestors 'none'$/);
  }
  const [cookie] = (await new Browser(of.handler, "three").get("/")).headers.getSetCookie();
  assert.match(cookie, /^__Host-venuekey=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
  const head = await user.ask("HEAD", "/");
  assert.deepEqual([head.status, await head.text()], [200, ""]);
});

test("the pages' words as data", async () => {
  const of = site();
  const texts = new Texts(of.connections, { "client.bybit": "Bybit, main", "error.rate_limited.happened": "Slowly, {venue}." });
  const begun = await of.connections.begin("bybit", { owner: "one", goal: "api_key" });
  const page = await of.browser().json(`/status/${begun.id}`);
  const { title, text, then, state, shown } = texts.of(begun);
  assert.deepEqual([title, state, shown], [page.title, page.state, true]);
  assert.match(`${text} ${then}`, /^Waiting for you at Bybit, main\. .* You can start again/);
  assert.deepEqual(texts.ofError({ code: "rate_limited", kind: "unavailable" }, "bybit"), { happened: "Slowly, Bybit, main.", next: "Try again in a few minutes." });
  assert.equal(texts.text("button.connect", "bybit"), "Connect Bybit, main");
  assert.deepEqual([texts.venue("bybit"), texts.venue("whitebit")], ["Bybit, main", "WhiteBIT"]);
  assert.throws(() => new Texts(of.connections, { nothing: "" }), { code: "invalid_argument" });
  assert.throws(() => new Texts({}), { code: "invalid_argument" });
});

test("the headers of the pages, for pages of the app's own", async () => {
  const of = site();
  const { headers } = await of.browser().get("/");
  const given = Object.entries(securityHeaders(of.connections));
  assert.ok(given.length > 4);
  for (const [name, value] of given) assert.equal(headers.get(name), value);
});
