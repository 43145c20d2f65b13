// With VENUEKEY_FALLBACK=cjs run under --no-experimental-require-module: the CommonJS modules that older Nodes get.
const assert = require("node:assert/strict");
const { dirname } = require("node:path");
const { test } = require("node:test");
const { Client: PublicClient } = require("venuekey");
const venuekey = { ...require("venuekey/parts"), ...require("venuekey/server") };
const { ConnectionDriver } = require(`${dirname(require.resolve("venuekey"))}/inside-node.js`);

const isFallback = require.resolve("venuekey").includes("/cjs/");

test("require: loads the modules that this Node can", () => {
  assert.equal(isFallback, process.env.VENUEKEY_FALLBACK === "cjs");
});
test("require: all entry points are one instance, and import's where Node can", async () => {
  for (const entry of ["venuekey/parts", "venuekey/server"]) assert.equal(require("venuekey").VenuekeyError, require(entry).VenuekeyError);
  assert.equal((await import("venuekey/server")).Client === venuekey.Client, !isFallback);
});
import("./node.mjs").then(({ replayAll }) => replayAll(isFallback ? "cjs" : "require", { ...venuekey, PublicClient, ConnectionDriver }));
