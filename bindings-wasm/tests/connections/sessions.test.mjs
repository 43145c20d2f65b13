// Sessions: several callers at once, and what a venue's limits do to a signed request.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Tokens } from "venuekey/parts";
import { NOW, OWNER, world } from "./support.mjs";

test("many callers of one session at the same moment: one refresh goes out, and all get its tokens", async () => {
  const of = world();
  const tokens = new Tokens({ accessToken: "canary-a", refreshToken: "canary-r", expiresAtMs: NOW + 300_000 });
  const { id } = await of.connections.importTokens("whitebit", tokens, { owner: OWNER });
  of.nowMs = NOW + 301_000;
  const account = await of.connections.account(id);
  const got = await Promise.all(Array.from({ length: 30 }, () => account.tokens()));
  assert.deepEqual(of.sent, ["refresh_tokens"]);
  assert.deepEqual([...new Set(got.map(({ generation }) => generation))], [2]);
});
