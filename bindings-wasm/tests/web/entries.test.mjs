// The routes in Express, Fastify, Hono and as Next calls them: a browser over HTTP, and what a socket may send.
import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { after, test } from "node:test";
import { serve } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { expressRoutes } from "venuekey/web/express";
import { fastifyRoutes } from "venuekey/web/fastify";
import { honoRoutes } from "venuekey/web/hono";
import { nextRoutes } from "venuekey/web/next";
import { calledBack, site } from "./support.mjs";

const userOf = (cookie) => /\buser=(\w+)/.exec(cookie ?? "")?.[1];
const ends = [];
after(() => Promise.all(ends.map((end) => end())));

function listening(server) {
  ends.push(() => (server.closeAllConnections(), new Promise((closed) => server.close(closed))));
  return new Promise((listens) => server.listen(0, "127.0.0.1", () => listens(server.address().port)));
}

function ofExpress(options, ...before) {
  const app = express();
  for (const each of before) app.use(each);
  app.use(expressRoutes({ ...options, owner: ({ headers }) => userOf(headers.cookie) }));
  app.use((_, response) => response.status(404).send("of the app"));
  app.use((error, _request, response, _next) => response.status(500).send(`told: ${error.message}`));
  return listening(createServer(app));
}

/** Next's own server is examples/next-app's; here its routes are called as it calls them. */
async function ofNext(options) {
  const { GET, POST } = nextRoutes({ ...options, connections: async () => options.connections, owner: ({ headers }) => userOf(headers.get("cookie")) });
  const app = new Hono();
  app.all("/connections/*", ({ req }) => (req.method === "POST" ? POST : GET)(req.raw));
  app.notFound((context) => context.text("of the app", 404));
  app.onError((error, context) => context.text(`told: ${error.message}`, 500));
  return listening(serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1", autoCleanupIncoming: false }));
}

const FRAMEWORKS = {
  express: ofExpress,
  "express, mounted at the path": async (options) => {
    const app = express();
    app.use("/connections", expressRoutes({ ...options, owner: ({ headers }) => userOf(headers.cookie) }));
    app.use((_, response) => response.status(404).send("of the app"));
    app.use((error, _request, response, _next) => response.status(500).send(`told: ${error.message}`));
    return listening(createServer(app));
  },
  "express, whose parsers come first": (options) => ofExpress(options, express.json(), express.urlencoded({ extended: true })),
  fastify: async (options) => {
    const app = fastify();
    app.setNotFoundHandler((_, reply) => reply.code(404).send("of the app"));
    app.setErrorHandler((error, _, reply) => reply.code(500).send(`told: ${error.message}`));
    await app.register(fastifyRoutes({ ...options, owner: ({ headers }) => userOf(headers.cookie) }));
    await app.listen({ host: "127.0.0.1", port: 0 });
    ends.push(() => (app.server.closeAllConnections(), app.close()));
    return app.server.address().port;
  },
  hono: async (options) => {
    const app = new Hono();
    app.use(honoRoutes({ ...options, owner: ({ req }) => userOf(req.header("cookie")) }));
    app.notFound((context) => context.text("of the app", 404));
    app.onError((error, context) => context.text(`told: ${error.message}`, 500));
    return listening(serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }));
  },
  next: ofNext,
};

/** What `fetch` does not let one send: any header, any method, any path. */
function ask(port, method, path, headers = {}, body = undefined) {
  return new Promise((answers, fails) => {
    const sent = request({ host: "127.0.0.1", port, method, path, headers: { host: "partner.example", cookie: "user=one", ...headers } }, (reply) => {
      let text = "";
      reply.setEncoding("utf8").on("data", (piece) => (text += piece)).on("end", () => answers({ status: reply.statusCode, headers: reply.headers, text }));
    });
    sent.on("error", fails).end(body);
  });
}

function raw(port, text) {
  return new Promise((answers, fails) => {
    let said = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("latin1").on("data", (piece) => (said += piece)).on("error", fails).on("close", () => answers(said));
  });
}

const FORM = { "content-type": "application/x-www-form-urlencoded" };

for (const [name, start] of Object.entries(FRAMEWORKS)) {
  test(name, async () => {
    let fails = false;
    const of = site();
    const connections = new Proxy(of.connections, {
      get: (target, key) => {
        if (key === "find" && fails) return () => Promise.reject(new Error("the app's own"));
        return typeof target[key] === "function" ? target[key].bind(target) : target[key];
      },
    });
    const port = await start({ connections });
    const home = await ask(port, "GET", "/connections/");
    assert.deepEqual([home.status, home.headers["cache-control"], home.headers["content-type"]], [200, "no-store", "text/html; charset=utf-8"]);
    const cookie = `user=one; ${home.headers["set-cookie"][0].split(";")[0]}`;
    const csrf = /name="csrf" value="([^"]+)"/.exec(home.text)[1];
    const form = (fields) => new URLSearchParams({ csrf, ...fields }).toString();
    assert.equal((await ask(port, "POST", "/connections/connect/bybit", { ...FORM, cookie }, "csrf=x")).status, 403);
    const begun = await ask(port, "POST", "/connections/connect/bybit", { ...FORM, cookie }, form({ popup: "1" }));
    assert.equal(begun.status, 303, begun.text);
    assert.equal(new URL(begun.headers.location).host, "www.bybit.com");
    assert.match(begun.headers["set-cookie"].join(), /-popup=1;.*Max-Age=3600/);
    const back = await ask(port, "GET", `/connections/callback/bybit/${calledBack(begun.headers.location)}`, { cookie });
    assert.equal(back.status, 303);
    await of.worked();
    const json = { accept: "application/json", cookie };
    const told = JSON.parse((await ask(port, "GET", back.headers.location, json)).text);
    assert.deepEqual([told.status, told.csrf], ["connected", csrf]);
    const ended = await ask(port, "POST", `/connections/disconnect/${told.id}`, { ...json, "content-type": "application/json" }, JSON.stringify({ csrf, delete_key: false }));
    assert.deepEqual([ended.status, JSON.parse(ended.text).connection.intent], [200, "disconnect"], ended.text);
    // By the header alone, with no body and with no type.
    assert.equal((await ask(port, "POST", "/connections/connect/whitebit", { cookie, "x-csrf-token": csrf })).status, 303);

    // A web Request can't have that method, and Express passes it on.
    if (/express/i.test(name)) assert.equal((await ask(port, "TRACE", "/connections/")).status, 405);
    const head = await ask(port, "HEAD", "/connections/");
    assert.deepEqual([head.status, head.text], [200, ""]);
    const style = /href="([^"]+style.css[^"]+)"/.exec(home.text)[1];
    assert.match((await ask(port, "GET", style)).headers["cache-control"], /immutable/);
    for (const path of ["/", "/connectionsx", "/other/connections/"]) assert.deepEqual((await ask(port, "GET", path)).text, "of the app", path);
    assert.equal((await ask(port, "GET", "/connections/nowhere")).status, 404);
    assert.equal((await ask(port, "GET", `/connections/status/${"a".repeat(32)}`)).status, 404);
    assert.equal((await ask(port, "GET", "/connections/", { cookie: "" })).status, 401);

    if (!name.includes("parsers")) {
      const unread = await ask(port, "POST", "/connections/connect/bybit", { ...json, "content-type": "application/json" }, "{");
      assert.deepEqual([unread.status, JSON.parse(unread.text)], [400, { error: { code: "bad_request", kind: "misuse" } }]);
    }
    const many = "csrf=a&csrf=b";
    assert.equal((await ask(port, "POST", "/connections/connect/bybit", { ...FORM, cookie }, many)).status, 400);
    assert.equal((await ask(port, "POST", "/connections/connect/bybit", { ...FORM, cookie }, form({ x: "a".repeat(17_000) }))).status, 413);
    fails = true;
    assert.match((await ask(port, "GET", "/connections/")).text, /^told: the app's own$/);
    fails = false;

    // Whatever a socket says: an answer, and the server lives.
    for (const [line, headers = ""] of [
      ["GET /connections/ HTTP/1.1", "Host: a b<>\r\n"], ["GET http://evil.example/connections/ HTTP/1.1", "Host: x\r\n"], ["GET //connections/ HTTP/1.1", "Host: x\r\n"],
      ["GET /connections/status/%ff HTTP/1.1", "Host: x\r\n"], ["GET /connections/\\..\\ HTTP/1.1", "Host: x\r\n"], ["GET /connections/?\xff HTTP/1.1", "Host: x\r\nCookie: \xff\xfe=\xe9; user=one\r\n"],
      ["POST /connections/connect/bybit HTTP/1.1", "Host: x\r\nCookie: user=one\r\nContent-Length: 16385\r\n"], ["OPTIONS * HTTP/1.1", "Host: x\r\n"],
    ]) {
      const said = await raw(port, `${line}\r\n${headers}Connection: close\r\n\r\n${line.startsWith("POST") ? "a".repeat(16_385) : ""}`);
      assert.match(said, /^HTTP\/1\.1 [2345]\d\d /, line);
      assert.doesNotMatch(said, /\n\s+at /, line);
    }
    assert.equal((await ask(port, "GET", "/connections/")).status, 200);
  });
}

test("a request that breaks off in its body changes nothing", async () => {
  const of = site();
  const port = await FRAMEWORKS.express({ connections: of.connections });
  const home = await ask(port, "GET", "/connections/");
  const cookie = `user=one; ${home.headers["set-cookie"][0].split(";")[0]}`;
  const csrf = /name="csrf" value="([^"]+)"/.exec(home.text)[1];
  await new Promise((gone) => {
    const lines = ["POST /connections/connect/bybit HTTP/1.1", "Host: x", `Cookie: ${cookie}`, "Content-Type: application/x-www-form-urlencoded", "Content-Length: 999"];
    const socket = connect(port, "127.0.0.1", () => socket.write(`${lines.join("\r\n")}\r\n\r\ncsrf=${csrf}`, () => socket.destroy()));
    socket.on("close", gone);
  });
  assert.equal((await ask(port, "GET", "/connections/")).status, 200);
  assert.deepEqual(await of.connections.find("one"), []);
  // The rest of a body that is too large is not waited for.
  const large = await ask(port, "POST", "/connections/connect/bybit", { ...FORM, cookie, connection: "keep-alive" }, "a".repeat(100_000));
  assert.deepEqual([large.status, large.headers.connection], [413, "close"]);
});

test("Next asks for its connections with the first request, and again where that failed", async () => {
  const of = site();
  let asked = 0;
  const connections = () => {
    asked += 1;
    if (asked === 1) throw new Error("no environment yet");
    return of.connections;
  };
  const { GET } = nextRoutes({ connections, owner: () => "one" });
  assert.equal(asked, 0);
  const get = () => GET(new Request("https://partner.example/connections/"));
  await assert.rejects(get(), /no environment yet/);
  assert.deepEqual([(await get()).status, (await get()).status, asked], [200, 200, 2]);
});
