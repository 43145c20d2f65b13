import { describe, expect } from "vitest";
import { ConsentRefused } from "venuekey-sandbox";
import { test } from "venuekey-sandbox/vitest";
import { authorizeUrl, exchange } from "./partner.cjs";

test("a user connects", async ({ sandbox }) => {
  const callback = await sandbox.approve(authorizeUrl(sandbox));
  expect(await exchange(sandbox, callback)).toBe(200);
  expect(await sandbox.requests({ endpoint: "token" })).toHaveLength(1);
});

test("each test is fresh, and a user may decline", async ({ sandbox }) => {
  expect(await sandbox.requests()).toEqual([]);
  expect(await sandbox.decline(authorizeUrl(sandbox))).toBe(null);
  await expect(sandbox.approve(authorizeUrl(sandbox), { otp: "000000" })).rejects.toThrow(ConsentRefused);
});

describe("one that may send anything", () => {
  const lax = test.extend({ allowViolations: true });

  lax("is asked about it", async ({ sandbox }) => {
    await expect(sandbox.approve(`${authorizeUrl(sandbox)}&prompt=none`)).rejects.toThrow("not as documented");
    await expect(sandbox.assertNoViolations()).rejects.toThrow("unknown_field prompt");
  });
});
