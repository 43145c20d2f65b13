import { assert, expect, test } from "vitest";
import * as venuekey from "venuekey";
import tests from "./jsdom.cjs";

tests(test, expect, venuekey);

test("Chai's own comparison", () => {
  const [a, b] = ["a", "b"].map((text) => new venuekey.Secret(text));
  assert.deepEqual({ a }, { a: new venuekey.Secret("a") });
  assert.notDeepEqual({ a }, { a: b });
});
