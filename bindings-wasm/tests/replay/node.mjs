// The corpus, replayed in Node with the package however it was loaded.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";
import { replay } from "./replay.mjs";

export function replayAll(how, venuekey) {
  const manifest = load("manifest");
  let replayed = 0;
  for (const name of manifest.cases) {
    test(`${how}: ${name}`, async () => {
      await replay(venuekey, name, load(name));
      replayed += 1;
    });
  }
  test(`${how}: as many cases as the manifest counts`, () => assert.equal(replayed, manifest.count));
  test(`${how}: the error codes are those of errors.json, in order`, () => {
    const { errors, doc_url: rule } = load("errors");
    assert.deepEqual(venuekey.errorCodes(), errors.map(({ code, kind }) => [code, kind]));
    const docUrl = rule.replace("{code}", "invalid_argument");
    assert.throws(() => new venuekey.Tokens({ accessToken: "", expiresAtMs: 0 }), { code: "invalid_argument", docUrl });
  });
}
