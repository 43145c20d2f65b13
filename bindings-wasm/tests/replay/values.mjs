// The cases of tests/vectors/values: one call, one result.
import * as describe from "./describe.mjs";
import { client, read, response, sealingKeys, signer, tokens } from "./given.mjs";

const { bytes, fields, text } = describe;
/** Where a vector has no time, because none matters. */
const NOW = 1_790_000_000_000;
// In the order of tests/vectors/README.md, which leaves out what came later.
const OPERATIONS = ["account_tokens", "api_key", "refresh_tokens", "check_key", "delete_key"];

export function value(venuekey, given) {
  const call = calls[given.value];
  if (call === undefined) throw new Error(`nobody replays ${given.value}`);
  try {
    return call(venuekey, given);
  } catch (error) {
    if (!(error instanceof venuekey.VenuekeyError)) throw error;
    return { raises: describe.raised(error) };
  }
}

const calls = {
  code_challenge_s256: (venuekey, given) => venuekey.codeChallengeS256(given.code_verifier),
  client(venuekey, given) {
    const app = client(venuekey, given);
    return { supports: OPERATIONS.filter((operation) => app.supports(operation)) };
  },
  restore: (venuekey, given) => fields(client(venuekey, given).restore(text(given.snapshot)), "status", "operation"),
  seal(venuekey, given) {
    const flow = client(venuekey, given).restore(given.snapshot);
    const keys = sealingKeys(venuekey, given.keys);
    return flow.seal({ keys, context: text(given.context), entropy: bytes(given.entropy) });
  },
  tokens: (venuekey, given) => (tokens(venuekey, given.tokens) ? "ok" : null),
  sign(venuekey, given) {
    const { method, path, parameters, nonce_ms } = given;
    const signed = signer(venuekey, given).sign(method, path, text(parameters), { nonceMs: nonce_ms });
    return describe.request(signed);
  },
  probe: (venuekey, given) => describe.request(signer(venuekey, given).probe({ nonceMs: given.nonce_ms })),
  ask_time: (venuekey, given) => describe.request(signer(venuekey, given).askTime()),
  read_signed: (venuekey, given) => {
    const reply = signer(venuekey, given).receiveResponse(response(venuekey, given.response));
    const items = reply.items.map((item) => fields(item, "is_accepted", "venue_code", "venue_text"));
    return { ...fields(reply, "payload"), ...(items.length > 0 && { items }) };
  },
  receive_probe: (venuekey, given) => describe.proof(probed(venuekey, given)),
  receive_time(venuekey, given) {
    const { sent_at_ms: sentAtMs, received_at_ms: receivedAtMs } = given;
    const offset = signer(venuekey, given).receiveTime(response(venuekey, given.response), { sentAtMs, receivedAtMs });
    return fields(offset, "ahead_ms", "uncertainty_ms");
  },
  nonces(venuekey, given) {
    const options = { venueNowMs: given.now_ms, nonceWindow: given.nonce_window };
    const block = venuekey.Nonces.reserve(given.reserved, given.count, options);
    const { reserved } = block;
    return { reserved, taken: given.takes.map((venueNowMs) => block.take({ venueNowMs }) ?? null) };
  },
  budget: spent,
  preflight(venuekey, given) {
    const holder = given.tokens && tokens(venuekey, given.tokens);
    const options = { budget: budget(venuekey, given), tokens: holder, nowMs: given.now_ms };
    return describe.preflight(client(venuekey, given).preflight(given.operation, options));
  },
  preflight_read(venuekey, given) {
    const options = { budget: budget(venuekey, given), nowMs: given.now_ms };
    return describe.preflight(read(client(venuekey, given), given.start).preflight(tokens(venuekey, given.tokens), options));
  },
  key_proof: (venuekey, given) => fields(probed(venuekey, given), "any_granted", "expires_at_ms"),
  key_status: (venuekey, given) => fields(status(venuekey, given), "any_granted"),
  public_key_probe: turns,
  key_watch(venuekey, given) {
    const watch = venuekey.KeyWatch.fromText(text(given.watch));
    const { venue, issuedAtMs, lastUsedAtMs, expiresAtMs, isIpBound, seed } = watch;
    const again = new venuekey.KeyWatch({ venue, issuedAtMs, lastUsedAtMs, expiresAtMs, isIpBound, seed });
    if (again.toText() !== watch.toText()) throw new Error("a watch made from its fields is another one");
    const look = watch.nextCheck({ nowMs: given.now_ms });
    return { text: watch.toText(), ...fields(look, "at_ms", "reason"), ...fields(watch, "ends_at_ms") };
  },
  key_verdict: judged,
};

function probed(venuekey, given) {
  return signer(venuekey, given).receiveProbe(response(venuekey, given.response));
}

function budget(venuekey, given) {
  if (given.budget !== undefined) return venuekey.RateBudget.fromText(text(given.budget));
  return new venuekey.RateBudget({ shareOf: given.share_of });
}

function spent(venuekey, given) {
  let kept = budget(venuekey, given);
  const starts = [];
  for (const { method, path, now_ms: nowMs, times = 1 } of given.requests) {
    const request = signer(venuekey, given).sign(method, path, "{}", { nonceMs: nowMs });
    for (let time = 0; time < times; time += 1) {
      try {
        const { startAtMs, budget } = kept.reserve(request, { nowMs });
        starts.push(startAtMs);
        kept = venuekey.RateBudget.fromText(budget.toText());
      } catch (error) {
        starts.push({ raises: describe.raised(error) });
      }
    }
  }
  return { starts, budget: kept.toText() };
}

function status(venuekey, given) {
  const holder = new venuekey.Tokens({ accessToken: "t", expiresAtMs: 1 });
  const sent = client(venuekey, given).checkKey(holder, { nowMs: NOW }).next.resume({ nowMs: NOW });
  const done = sent.next.receiveResponse(response(venuekey, given.response), { nowMs: NOW }).next.resume({ nowMs: NOW });
  return done.outcome.status;
}

function turns(venuekey, given) {
  const { outcome } = client(venuekey, given).restore(given.snapshot).resume({ nowMs: NOW });
  const { apiKey: _key, apiSecret: _secret, ...options } = describe.renamed(given.signer);
  let probe = new venuekey.PublicKeyProbe(outcome.key, options);
  return given.turns.map((turn) => {
    const seen = { shown: String(probe), request: describe.request(probe.request({ nonceMs: turn.nonce_ms })) };
    let answer;
    try {
      answer = probe.receive(response(venuekey, turn.response));
    } catch (error) {
      return { ...seen, raises: describe.raised(error) };
    }
    if (answer.name === "next") {
      probe = answer.probe;
      return { ...seen, answer: "next" };
    }
    const { key, proof } = answer;
    const named = ["api_key", "external_id", "candidate_public_key"];
    return { ...seen, ...fields(key, ...named), answer: "proven", is_permitted: proof.isPermitted };
  });
}

function judged(venuekey, given) {
  const watch = venuekey.KeyWatch.fromText(given.watch);
  const verdict = () => {
    if (given.external_id !== undefined) return watch.receiveStatus(status(venuekey, given), given.external_id);
    try {
      return watch.receiveProof(probed(venuekey, given), { nowMs: given.now_ms });
    } catch (error) {
      return watch.receiveError(error, { nowMs: given.now_ms });
    }
  };
  const { name, watch: kept, checkAgainAtMs } = verdict();
  const got = { verdict: name };
  if (kept !== undefined) got.watch = kept.toText();
  if (checkAgainAtMs !== undefined) got.check_again_at_ms = checkAgainAtMs;
  return got;
}

