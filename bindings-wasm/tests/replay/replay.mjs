// Replays a case of tests/vectors byte for byte, in any host: `venuekey` is `venuekey/server` with `PublicClient`, the
// client of `venuekey`. The format: tests/vectors/README.md.
import * as describe from "./describe.mjs";
import { connections } from "./connections.mjs";
import { ways } from "./drives.mjs";
import { client, happen, read, response, sealingKeys, signer, tokens } from "./given.mjs";
import { value } from "./values.mjs";

const { bytes, camel, renamed, text } = describe;

/** Throws where what the package does is not what the case expects. */
export async function replay(venuekey, name, given) {
  const kinds = { values, flows, tokens: sharedTokens, reads, drives, connections: rows };
  const kind = kinds[name.split("/")[0]];
  if (kind === undefined) throw new Error(`nobody replays ${name}`);
  await kind(venuekey, given);
}

function same(got, expected, where) {
  const [left, right] = [sorted(got), sorted(expected)];
  if (left !== right) throw new Error(`${where}\n got ${left}\nwant ${right}`);
}

function sorted(value) {
  return JSON.stringify(value, (name, inner) => {
    if (inner === undefined) return null;
    if (name === "hint" && inner !== null) return describe.unspelt(inner);
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** What a call makes, or what it throws. */
function caught(venuekey, call, made) {
  let brought;
  try {
    brought = call();
  } catch (error) {
    if (!(error instanceof venuekey.VenuekeyError && error instanceof Error)) throw error;
    return [{ raises: describe.raised(error) }];
  }
  return [made(brought), brought];
}

async function drives(venuekey, given) {
  (await ways(venuekey, given)).forEach(([got, expected], index) => same(got, expected, `way ${index}`));
}

function rows(venuekey, given) {
  for (const [where, got, expected] of connections(venuekey, given)) same(got, expected, where);
}

function values(venuekey, given) {
  same(value(venuekey, given), given.expect, given.value);
}

function flows(venuekey, given) {
  const app = client(venuekey, given);
  let [got, flow] = begun(venuekey, app, given.start);
  same(got, given.start.expect, "start");
  given.events.forEach((event, index) => {
    // Every event meets the flow as another process would find it.
    const restored = app.restore(flow.snapshot().expose());
    same(restored.snapshot().expose(), flow.snapshot().expose(), "restored");
    const [seen, step] = caught(venuekey, () => happen(venuekey, restored, event), describe.step);
    same(seen, event.expect, `event ${index}`);
    flow = step?.next ?? step?.flow ?? flow;
  });
}

function begun(venuekey, app, start) {
  const { callback_timeout_s, on_secret_lost, response_type, expected_uid, key_request, now_ms } = start;
  const options = renamed({ callback_timeout_s, on_secret_lost, response_type, expected_uid, now_ms });
  if (key_request !== undefined) options.keyRequest = renamed(key_request);
  if (start.call === "open") {
    const open = () => app.open(text(start.sealed), { keys: sealingKeys(venuekey, start.keys), context: start.context });
    return caught(venuekey, open, (flow) => ({ snapshot: flow.snapshot().expose() }));
  }
  if (start.entropy !== undefined) options.entropy = bytes(start.entropy);
  if (start.call === "begin") {
    const begin = () => app.begin(start.goal, options);
    const [got, started] = caught(venuekey, begin, ({ authorizeUrl, pending }) => ({
      authorize_url: authorizeUrl.expose(),
      snapshot: pending.snapshot().expose(),
    }));
    return [got, started?.pending];
  }
  const call = () => {
    if (start.call === "accept_hand_off") {
      // A public client has no such method; what core says of it is a case all the same.
      return venuekey.Client.prototype.acceptHandOff.call(app, text(start.hand_off), options);
    }
    const held = tokens(venuekey, start.tokens);
    if (start.external_id === undefined) return app[camel(start.call)](held, options);
    return app[camel(start.call)](held, start.external_id, options);
  };
  const [got, step] = caught(venuekey, call, describe.step);
  return [got, step?.next ?? step?.flow];
}

function sharedTokens(venuekey, given) {
  const app = client(venuekey, given);
  const { start } = given;
  const begin = () => {
    if (start.call === "restore_tokens") return app.restoreTokens(text(start.snapshot));
    return app.shareTokens(tokens(venuekey, start.tokens), { entropy: bytes(start.entropy), nowMs: start.now_ms });
  };
  let [got, shared] = caught(venuekey, begin, describe.shared);
  same(got, start.expect, "start");
  given.events.forEach((event, index) => {
    const restored = app.restoreTokens(shared.snapshot().expose());
    same(restored.snapshot().expose(), shared.snapshot().expose(), "restored");
    const now = { nowMs: event.now_ms };
    if (event.event === "plan") {
      const plan = restored.plan({ refusedGeneration: event.refused_generation, ...now });
      same(describe.plan(plan), event.expect, `event ${index}`);
      shared = plan.next ?? shared;
      return;
    }
    const calls = {
      response: () => restored.receiveResponse(response(venuekey, event), now),
      no_response: () => restored.receiveNoResponse({ notSent: event.not_sent, ...now }),
      merge: () => restored.merge(app.restoreTokens(event.late)),
    };
    const [seen, after] = caught(venuekey, calls[event.event], describe.shared);
    same(seen, event.expect, `event ${index}`);
    shared = after ?? shared;
  });
}

function reads(venuekey, given) {
  const app = client(venuekey, given);
  const isCommon = ({ kind }) => kind.startsWith("common_");
  const placed = (one) => ({ kind: one.kind, cursor: one.cursor(), ...(isCommon(one) && { reaches_from_ms: one.reachesFromMs ?? null }) });
  const place = (one) => isCommon(one) && { list: one.list, window: [one.windowFromMs ?? null, one.windowToMs ?? null] };
  let [got, next] = caught(venuekey, () => read(app, given.start), placed);
  same(got, given.start.expect, "start");
  const held = new venuekey.Tokens({ accessToken: "access", expiresAtMs: 0, scope: given.scope ?? [] });
  const key = given.signer && signer(venuekey, given);
  given.pages.forEach((page, index) => {
    const resumed = app.resumeRead(next.cursor());
    same(resumed.cursor(), next.cursor(), "resumed");
    const ask = () => (key ? resumed.sign(key, { nonceMs: page.nonce_ms }) : resumed.request(held));
    const [asked, request] = caught(venuekey, ask, describe.request);
    if (request === undefined) return same(asked, page.expect, `page ${index}`);
    const reply = () => response(venuekey, page);
    const [seen, brought] = caught(venuekey, () => (key ? resumed.receiveSigned(reply()) : resumed.receive(reply())), ({ records, total, next }) => ({
      records: describe.records(records, page.expect.records),
      total,
      cursor: next?.cursor(),
    }));
    same({ request: asked, ...place(resumed), ...seen }, page.expect, `page ${index}`);
    if (brought) next = brought.next;
  });
}
