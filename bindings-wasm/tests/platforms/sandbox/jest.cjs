const { ConsentRefused } = require("venuekey-sandbox");
const { useSandbox } = require("venuekey-sandbox/jest");
const { authorizeUrl, exchange } = require("./partner.cjs");

const sandbox = useSandbox();

test("a user connects", async () => {
  const callback = await sandbox.approve(authorizeUrl(sandbox));
  expect(await exchange(sandbox, callback)).toBe(200);
  expect(await sandbox.requests({ endpoint: "token" })).toHaveLength(1);
});

test("each test is fresh, and a user may decline", async () => {
  expect(await sandbox.requests()).toEqual([]);
  expect(await sandbox.decline(authorizeUrl(sandbox))).toBe(null);
  await expect(sandbox.approve(authorizeUrl(sandbox), { otp: "000000" })).rejects.toThrow(ConsentRefused);
});

describe("one that may send anything", () => {
  const other = useSandbox({ options: ["--clock-held-at-ms=5"], allowViolations: true });

  test("is another sandbox", async () => {
    expect(await other.nowMs()).toBe(5);
    await expect(other.approve(`${authorizeUrl(other)}&prompt=none`)).rejects.toThrow("not as documented");
    await expect(other.assertNoViolations()).rejects.toThrow("unknown_field prompt");
  });
});
