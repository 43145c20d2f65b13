const assert = require("node:assert/strict");
const { test } = require("node:test");
const { defaults, refusals, replay } = require("./scripted_flow.cjs");

// Node 20.19 and later give `require` the same instance as `import`; older ones and bundlers take the fallback.
const venuekey = require("venuekey");
const fallback = require("../dist/venuekey.cjs");

test("require: runs from begin to done, and writes what core writes", () => replay(venuekey, "require"));
test("require: is the instance that import gives", async () => {
  assert.equal((await import("venuekey")).Client, venuekey.Client);
});
test("fallback: runs from begin to done, and writes what core writes", () => replay(fallback, "fallback"));
test("fallback: fills in entropy and the clock; a failure is a value that can be thrown", () => defaults(fallback));
test("fallback: refuses what core's types can't express, as misuse", () => refusals(fallback));
