// What somebody sends who is no friend: other sites' forms, and what no browser sends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { webHandler } from "venuekey/web";
import { hooked, newStore } from "../connections/support.mjs";
import { Browser, calledBack, clients, HOME, site } from "./support.mjs";

const FORM = { "content-type": "application/x-www-form-urlencoded" };

test("a form of another site's is refused", async () => {
  const of = site();
  const user = of.browser();
  const { csrf } = await user.json("/");
  const secret = user.cookies["__Host-venuekey"];
  const send = (headers, fields = { csrf }) =>
    user.ask("POST", "/connect/bybit", { headers: { ...FORM, ...headers }, body: new URLSearchParams(fields).toString() });
  const theirs = [
    [{ "sec-fetch-site": "cross-site" }],
    [{ "sec-fetch-site": "same-site" }],
    [{ "sec-fetch-site": "none" }],
    [{ "sec-fetch-site": "" }],
    [{ "sec-fetch-site": "cross-site", origin: "https://partner.example" }],
    [{ origin: "https://evil.example" }],
    [{ origin: "https://partner.example.evil.example" }],
    [{ origin: "https://partner.example:444" }],
    [{ origin: "no address" }],
    [{ "sec-fetch-site": "same-origin", origin: "https://evil.example" }],
    [{}, {}],
    [{}, { csrf: "" }],
    [{}, { csrf: `${csrf.slice(0, -1)}${csrf.endsWith("A") ? "B" : "A"}` }],
    [{}, { csrf: csrf.slice(0, 42) }],
    [{}, { csrf: `${csrf}x` }],
    [{ "x-csrf-token": "x" }, {}],
    [{ cookie: "user=one" }],
    [{ cookie: `user=one; __Host-venuekey=${"A".repeat(43)}` }],
    [{ cookie: `user=two; __Host-venuekey=${user.cookies["__Host-venuekey"]}` }],
    [{ cookie: `user=one; venuekey=${user.cookies["__Host-venuekey"]}` }],
  ];
  for (const given of theirs) {
    const reply = await send(...given);
    assert.equal(reply.status, 403, JSON.stringify(given));
    assert.match(await reply.text(), /did not come from this page/);
  }
  assert.deepEqual([(await user.json("/")).connections, user.cookies["__Host-venuekey"]], [[], secret]);
  const ours = [
    [{}],
    [{ origin: "null" }],
    [{ origin: "https://partner.example" }],
    [{ "sec-fetch-site": "same-origin" }, {}],
    [{ "sec-fetch-site": "same-origin", origin: "null", cookie: "user=one" }, {}],
    // A proxy in between that gives the host another name.
    [{ "sec-fetch-site": "same-origin", origin: "https://partner.example", host: "10.0.0.7:3000" }, {}],
    [{ host: "inside:3000", origin: "http://inside:3000" }],
    [{ "x-csrf-token": csrf }, {}],
  ];
  for (const given of ours) assert.equal((await send(...given)).status, 303, JSON.stringify(given));
});

test("bodies that are none", async () => {
  const of = site();
  const user = of.browser();
  const origin = { "sec-fetch-site": "same-origin" };
  const json = { "content-type": "application/json; charset=utf-8", ...origin };
  const path = `/choose/${"0".repeat(32)}`;
  const send = (headers, body) => user.ask("POST", path, { headers, body });
  const deep = `${"[".repeat(8000)}${"]".repeat(8000)}`;
  const unread = [
    [json, "{"], [json, "[]"], [json, "7"], [json, "null"], [json, '"text"'], [json, deep], [json, `{"a":${deep.slice(0, 15_000)}`],
    [json, '{"account_id":"\\ud800"}'], [json, '{"\\udfff":"7"}'], [json, '{"account_id":{"a":1}}'], [json, '{"account_id":7}'], [json, '{"account_id":["7"]}'],
    [json, JSON.stringify(Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`a${at}`, ""])))],
    [{ ...FORM, ...origin }, "account_id=1&account_id=2"],
    [{ ...FORM, ...origin }, Array.from({ length: 33 }, (_, at) => `a${at}=1`).join("&")],
    [{ ...FORM, ...origin }, Uint8Array.of(...new TextEncoder().encode("account_id="), 0xff, 0xfe)],
    [{ "content-type": "multipart/form-data; boundary=x", ...origin }, "--x--"],
    [{ "content-type": "text/plain", ...origin }, "account_id=7"],
  ];
  for (const [headers, body] of unread) {
    const reply = await send(headers, body);
    assert.equal(reply.status, 400, String(body).slice(0, 60));
    assert.match(await reply.text(), /code|could not be read/);
  }
  assert.equal((await send({ ...FORM, ...origin }, "account_id=%ff")).status, 400);
  assert.equal((await send({ ...FORM, ...origin }, "account_id=%00%zz")).status, 404);

  const large = "a".repeat(16_385);
  assert.equal((await send({ ...FORM, ...origin }, large)).status, 413);
  assert.equal((await send({ ...FORM, ...origin, "content-length": "999999999999" }, "a=1")).status, 413);
  let given = 0;
  const endless = new ReadableStream({ pull: (to) => to.enqueue(((given += 1), new Uint8Array(1000))) });
  assert.equal((await send({ ...FORM, ...origin }, endless)).status, 413);
  assert.ok(given < 30, "no more is read than is needed");
  const broken = new ReadableStream({ pull: (to) => to.error(new Error("canary")) });
  assert.equal((await send({ ...FORM, ...origin }, broken)).status, 400);
  const read = new Request(`${HOME}${path}`, { method: "POST", body: "a=1", headers: { ...FORM, ...origin, cookie: "user=one" } });
  await read.text();
  assert.equal((await of.handler(read)).status, 400);
});

test("paths and methods that are none", async () => {
  const of = site();
  const user = of.browser();
  const nowhere = [
    "/status", "/status/", "/status/1", "/status/%00", "/status/%ff", "/status/%", `/status/${"a".repeat(32)}/x`, `/status/${"a".repeat(9000)}`,
    "/callback", "/callback/", "/callback/__proto__", "/callback/bybit/x", "//", "//status", "/x", "/assets", "/assets/",
    "/assets/constructor", "/assets/../index.js", "/__proto__", "/constructor/x", "/toString", "/%73tatus/%2f",
  ];
  for (const path of nowhere) assert.equal((await user.get(path)).status, 404, path.slice(0, 60));
  for (const url of ["https://partner.example/", "https://partner.example/connectionsx", "https://partner.example/connection"]) {
    assert.equal((await user.get(url)).status, 404, url);
  }
  assert.equal((await user.get("")).status, 200);
  for (const [method, path, allow] of [["POST", "/", "GET, HEAD"], ["GET", "/connect/bybit", "POST"], ["HEAD", "/recover/1", "POST"], ["DELETE", "/status/1", "GET, HEAD"], ["OPTIONS", "/", "GET, HEAD"], ["PUT", "/assets/page.js", "GET, HEAD"]]) {
    const reply = await user.ask(method, path);
    assert.deepEqual([reply.status, reply.headers.get("allow")], [405, allow], `${method} ${path}`);
  }
  for (const name of ["__proto__", "nowhere", "%00", "constructor"]) assert.equal((await user.post(`/connect/${name}`)).status, 404, name);
  for (const accept of ["application/json;q=2, text/html", "text/html;q=0.1, application/json;q=0", "*/*", "", "application/json;q=x", ",;,", "json"]) {
    assert.match((await user.get("/", { accept })).headers.get("content-type"), /^text\/html/, accept);
  }
  for (const accept of ["application/json", "APPLICATION/JSON; q=0.5, text/html;q=0.4", "text/html;q=0, application/json;q=0.001"]) {
    assert.match((await user.get("/", { accept })).headers.get("content-type"), /^application\/json/, accept);
  }
});

test("a cookie that is none gets another one", async () => {
  const of = site();
  for (const cookie of ["", "__Host-venuekey", "__Host-venuekey=", "__Host-venuekey=short", `__Host-venuekey=${"é".repeat(43)}`, ";;=;=x", `x=${"a".repeat(8000)}`]) {
    const reply = await of.handler(new Request(`${HOME}/`, { headers: { cookie: `user=one; ${cookie}` } }));
    assert.match(reply.headers.get("set-cookie"), /^__Host-venuekey=[\w-]{43};/, cookie.slice(0, 60));
  }
  const known = `__Host-venuekey=${"A".repeat(43)}`;
  const kept = await of.handler(new Request(`${HOME}/`, { headers: { cookie: `user=one; ${known}; ${known}B` } }));
  assert.equal(kept.headers.get("set-cookie"), null);
});

test("nothing secret is in what anybody is told", async () => {
  const of = site();
  const user = of.browser();
  const leads = await user.connect();
  const state = new URL(leads).searchParams.get("state");
  await user.get(`/callback/bybit${calledBack(leads)}`);
  await of.worked();
  const { connections } = await user.json("/");
  const told = [await (await user.get("/")).text(), JSON.stringify(connections), await (await user.get(`/status/${connections[0].id}`)).text(), of.logged.join()];
  for (const each of told) assert.ok(!each.includes(state) && !/canary-(secret|access|refresh|code|client)/.test(each), each);
});

test("a store that fails, or is busy, says come again", async () => {
  let does = () => {};
  const store = hooked(newStore(), { find: (call) => does() ?? call(), save: (call) => (does === lose ? false : call()) });
  const lose = () => {};
  const of = site({ store });
  const user = of.browser();
  await user.connect();
  const { id } = (await user.json("/")).connections[0];
  does = lose;
  const busy = await user.ask("POST", `/disconnect/${id}`, { headers: { "sec-fetch-site": "same-origin" } });
  assert.deepEqual([busy.status, busy.headers.get("retry-after")], [503, "3"]);
  does = () => Promise.reject(Object.assign(new Error("canary: at 10.0.0.7"), { name: "StoreError" }));
  const failed = await user.get("/", { accept: "application/json" });
  assert.deepEqual([failed.status, await failed.json()], [503, { error: { code: "busy", kind: "unavailable" } }]);
  assert.match(of.logged.join("\n"), /warn the web got no answer of the store: StoreError/);
  assert.doesNotMatch(of.logged.join("\n"), /canary/);
  // Anything else is the framework's to tell.
  does = () => Promise.reject(new TypeError("a mistake"));
  await assert.rejects(user.get("/"), /a mistake/);
});

test("an owner that can't be one, and one that fails", async () => {
  const { connections } = site();
  const asked = (owner) => webHandler({ connections, owner })(new Request(`${HOME}/`));
  await assert.rejects(asked(() => 7), /owner must return a string or nothing; received type number/);
  await assert.rejects(asked(() => Promise.reject(new Error("no session store"))), /no session store/);
  for (const nobody of [undefined, null, ""]) assert.equal((await asked(async () => nobody)).status, 401);
  assert.equal((await webHandler({ connections, owner: (_, { user }) => user })(new Request(`${HOME}/`), { user: "one" })).status, 200);
});

test("options that are none are refused by their names", () => {
  const { connections } = site();
  const owner = () => "one";
  const wrong = [
    [undefined, /options must be an object/],
    [{ owner }, /connections must be Connections; received undefined/],
    [{ connections: {}, owner }, /connections must be Connections; received an instance of Object/],
    [{ connections }, /owner must be a function/],
    [{ connections, owner, prefix: "connections" }, /prefix must be a path/],
    [{ connections, owner, prefix: "/connections/" }, /prefix must be a path/],
    [{ connections, owner, prefix: "/elsewhere" }, /the redirectUri of the client "bybit" must end with \/elsewhere\/callback\/bybit/],
    [{ connections, owner, texts: { a: 7 } }, /texts\["a"\] must be a string/],
    [{ connections, owner, texts: [] }, /texts must be an object/],
    [{ connections, owner, page: "<html>" }, /page must be a function/],
    [{ connections, owner, popup: "yes" }, /popup must be true or false/],
    [{ connections, owner, stylesheet: 7 }, /stylesheet must be a string/],
    [{ connections, owner, goal: 7 }, /goal must be an object/],
    [{ connections, owner, goal: { binance: {} } }, /goal names a client "binance"; there are: bybit, whitebit/],
    [{ connections, owner, goal: { bybit: "api_key" } }, /goal.bybit must be an object/],
    [{ connections, owner, goal: { bybit: { owner: "x" } } }, /goal.bybit has owner; it may have goal/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(() => webHandler(options), (error) => error.name === "VenuekeyError" && error.kind === "misuse" && message.test(error.message), String(message));
  }
  assert.ok(clients().bybit && new Browser(() => {}, ""));
});
