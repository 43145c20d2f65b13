import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

test("a process that is told to end during the exchange of a code stores what the reply brings, then ends", async (context) => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => server.close());
  const program = fileURLToPath(new URL("process-end.mjs", import.meta.url));
  const child = spawn(process.execPath, [program, `http://127.0.0.1:${server.address().port}`], { stdio: ["ignore", "pipe", "inherit"] });
  context.after(() => child.kill("SIGKILL"));
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => (await lines.next()).value;

  const [, response] = await once(server, "request");
  child.kill("SIGTERM");
  assert.equal(await line(), "stopping");
  response.end(JSON.stringify({ access_token: "fresh", refresh_token: "r", expires_in: 86_400, token_type: "bearer" }));
  assert.equal(await line(), "the process ends");
  assert.equal(await line(), "fresh");
  assert.deepEqual(await exited, [0, null]);
});
