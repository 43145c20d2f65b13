// Other people's clients against the sandbox, as they are but for the address.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RestClientV5 } from "bybit-api";
import { startSandbox } from "../journeys/sandbox.mjs";

test("bybit-api makes a signed call", async () => {
  // Axios takes proxies from the environment.
  process.env.NO_PROXY = "*";
  const [key, secret] = ["partnerkey", "partner-secret"];
  const sandbox = await startSandbox(`--api-key=mainnet=${key}:${secret}`);
  try {
    const client = new RestClientV5({ key, secret, baseUrl: `${sandbox.url}/bybit/mainnet` });
    assert.equal((await client.getServerTime()).retCode, 0);
    assert.equal((await client.getQueryApiKey()).result.apiKey, key);
    assert.deepEqual((await sandbox.admin("GET", "violations")).violations, []);
  } finally {
    sandbox.stop();
  }
});
