import { expect } from "vitest";
import { test } from "venuekey-sandbox/vitest";
import { authorizeUrl } from "./partner.cjs";

test("sends what no documentation covers, and passes but for that", async ({ sandbox }) => {
  const reply = await fetch(`${authorizeUrl(sandbox)}&prompt=none`);
  expect(reply.status).toBe(400);
});
