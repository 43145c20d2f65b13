// A sandbox for a file of Jest's tests. The hooks are the file's own globals.
"use strict";
const { Sandbox } = require("./client.js");
const { start } = require("./program.js");

/** One sandbox for the tests of this file, or of this `describe`: fresh in each, which fails if it sends what no documentation covers. */
function useSandbox({ options, program, allowViolations = false } = {}) {
  const { afterAll, afterEach, beforeAll, beforeEach } = globalThis;
  const sandbox = new Sandbox("http://not-started.invalid");
  let running;
  beforeAll(async () => {
    running = await start({ options, program });
    sandbox.url = running.url;
  });
  beforeEach(() => sandbox.reset());
  afterEach(async () => {
    if (!allowViolations) await sandbox.assertNoViolations();
  });
  afterAll(() => running?.stop());
  return sandbox;
}

module.exports = { useSandbox };
