// Two processes on one store, of which one wins: `node node_store.mjs FOLDER`, for test_node_backend.py.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { Store } from "../../examples/node-backend/store.js";
import { loadVault } from "../../examples/node-backend/vault.js";

const require = createRequire(new URL("../../examples/node-backend/package.json", import.meta.url));
const { Client } = require("venuekey/server");
const { Tokens } = require("venuekey/parts");
const Database = require("libsql");

const [folder] = process.argv.slice(2);
const client = new Client({
  venue: "whitebit",
  environment: "global",
  clientId: "app",
  clientSecret: "storecanary",
  redirectUri: "https://partner.example/callback",
});
const [one, other] = [new Store(folder, loadVault(folder, {})), new Store(folder, loadVault(folder, {}))];
const [user, venue] = ["user", "whitebit"];

// A flow: one callback wins, one worker holds the lease, one account is made.
const { authorizeUrl, pending } = client.begin("api_key");
assert.equal(one.save(pending.snapshot(), user, venue), true);
const state = new URL(authorizeUrl.expose()).searchParams.get("state");
const steps = [one, other].map((store) =>
  client.restore(store.snapshotOf(store.flow(user, venue))).receiveCallback(`/callback?code=storecanary&state=${state}`),
);
assert.deepEqual([one.save(steps[0].next.snapshot(), user, venue), other.save(steps[1].next.snapshot(), user, venue)], [true, false]);

assert.equal(other.save(client.begin("api_key").pending.snapshot(), user, venue), false, "one is in full swing");
const rows = [one, other].map((store) => store.flow(user, venue));
assert.deepEqual([one.takeLease(rows[0], "first"), other.takeLease(rows[1], "second")], [true, false]);
const sent = client.restore(one.snapshotOf(rows[0])).resume().next;
assert.equal(other.save(sent.snapshot(), user, venue, "second"), false, "another one's lease");
assert.equal(one.save(sent.snapshot(), user, venue, "first"), true);
assert.equal(one.connect(sent, user, { flow_id: "f", key_hint: null, connected_s: 0 }, {}), false, "it is not done");
other.disconnect(user, venue);
assert.notEqual(one.flow(user, venue), undefined, "what is in full swing stays");

// Tokens: one refresh wins.
const tokens = new Tokens({ accessToken: "storecanary", refreshToken: "storecanary", expiresAtMs: Date.now() - 1 });
const ended = { flowId: sent.flowId, venue };
const raw = new Database(`${folder}/backend.db`);
raw.exec("UPDATE flows SET status = 'done'");
const shared = client.shareTokens(tokens);
const account = { flow_id: sent.flowId, key_hint: null, connected_s: 0 };
assert.deepEqual([one, other].map((store) => store.connect(ended, user, account, {}, shared.snapshot())), [true, false]);
const plans = [one, other].map((store) => client.restoreTokens(store.tokens(user, venue)).plan());
assert.deepEqual(plans.map((plan) => plan.name), ["refresh", "refresh"]);
assert.equal(one.saveTokens(plans[0].next.snapshot(), user, venue), true);
assert.equal(other.saveTokens(plans[1].next.snapshot(), user, venue), false);

// What does not work is undone as a whole, and the store goes on.
raw.exec("CREATE TRIGGER broken BEFORE INSERT ON accounts BEGIN SELECT RAISE(ABORT, 'disk'); END; UPDATE flows SET status = 'done'");
raw.exec("INSERT INTO flows VALUES ('f', 'user', 'bybit', 'api_key', 'done', 9, x'', NULL, '', NULL, 0)");
assert.throws(() => one.connect({ flowId: "f", venue: "bybit" }, user, account, {}), /disk/);
assert.equal(one.flow(user, "bybit")?.status, "done");
raw.exec("DROP TRIGGER broken");
assert.equal(one.connect({ flowId: "f", venue: "bybit" }, user, account, {}), true);
console.log("ok");
