import Foundation
@testable import Venuekey

/// Where a case has no time, because none matters.
private let anyTime: Int64 = 1_790_000_000_000

/// The cases of tests/vectors/values: one call, one result.
func value(_ test: Case) throws -> JSON {
    do {
        return try called(test, test.given)
    } catch let error as VenuekeyError {
        return ["raises": raised(error)]
    }
}

private func called(_ test: Case, _ given: JSON) throws -> JSON {
    switch try given.text("value") {
    case "code_challenge_s256":
        return json(codeChallengeS256(verifier: try given.secret("code_verifier")))
    case "client":
        let client = try test.client()
        return ["supports": json(operations.filter { client.supports(operation: $0) })]
    case "restore":
        let flow = try test.client().restore(text: try given.text("snapshot"))
        return ["status": described(flow.status), "operation": json(flow.operation)]
    case "seal":
        let flow = try test.client().restore(text: try given.text("snapshot"))
        let (context, entropy) = (try given.text("context"), try given.bytes("entropy"))
        return json(try flow.seal(keys: try sealingKeys(given), context: context, entropy: entropy))
    case "tokens":
        _ = try tokens(try given.field("tokens"))
        return "ok"
    case "sign":
        return described(try sign(test, given, try given.text("parameters"), given["nonce_ms"]?.int))
    case "probe":
        return described(try test.signer().probe(nonceMs: given["nonce_ms"]?.int))
    case "ask_time":
        return described(try test.signer().askTime())
    case "read_signed":
        let got = try test.signer().receiveResponse(response: try reply(given))
        guard !got.items.isEmpty else { return ["payload": json(got.payload)] }
        return ["payload": json(got.payload), "items": .array(got.items.map(described))]
    case "receive_probe":
        let proof = try test.signer().receiveProbe(response: try reply(given))
        return .object(
            fields([
                "is_permitted": proof.isPermitted, "uid": proof.uid, "is_read_only": proof.isReadOnly,
                "is_third_party": proof.isThirdParty, "expires_at": proof.expiresAt, "ips": proof.ips,
                "permissions": proof.permissions,
            ]))
    case "key_proof":
        let proof = try test.signer().receiveProbe(response: try reply(given))
        return .object(fields(["any_granted": proof.anyGranted, "expires_at_ms": proof.expiresAtMs]))
    case "key_status":
        return ["any_granted": json(try status(test).anyGranted)]
    case "receive_time":
        let (sent, received) = (given["sent_at_ms"]?.int ?? -1, given["received_at_ms"]?.int ?? -1)
        let signer = try test.signer()
        return json(try signer.receiveTime(response: try reply(given), sentAtMs: sent, receivedAtMs: received))
    case "nonces":
        let block = try Nonces.reserve(
            reserved: given["reserved"]?.int ?? 0, count: given["count"]?.int ?? 0, venueNowMs: given["now_ms"]?.int,
            nonceWindow: given["nonce_window"]?.bool ?? false)
        let reserved = block.reserved
        let taken = try (given["takes"]?.array ?? []).map { json(try block.take(venueNowMs: $0.int)) }
        return ["reserved": .int(reserved), "taken": .array(taken)]
    case "budget":
        return try spent(test, given)
    case "preflight":
        let held = try given["tokens"].map(tokens)
        let (client, operation) = (try test.client(), try given.needed("operation", of: FlowOperation.allCases))
        let nowMs = given["now_ms"]?.int
        return described(
            try client.preflight(operation: operation, tokens: held, budget: try test.budget(), nowMs: nowMs))
    case "preflight_read":
        let held = try tokens(try given.field("tokens"))
        let one = try read(try test.client(), try given.field("start"))
        return described(try one.preflight(tokens: held, budget: try test.budget(), nowMs: given["now_ms"]?.int))
    case "public_key_probe":
        return try turns(test, given)
    case "key_watch":
        return try looked(given)
    case "key_verdict":
        return try judged(test, given)
    case let other:
        throw Unreplayable("nobody replays \(other)")
    }
}

private func reply(_ given: JSON) throws -> HttpResponse {
    try response(try given.field("response"))
}

private func sign(_ test: Case, _ given: JSON, _ parameters: String, _ nonceMs: Int64?) throws -> HttpRequest {
    guard let method = methods[try given.text("method")] else { throw Unreplayable("no method") }
    return try test.signer().sign(method: method, path: try given.text("path"), parameters: parameters, nonceMs: nonceMs)
}

private func spent(_ test: Case, _ given: JSON) throws -> JSON {
    var kept = try test.budget()
    var starts: [JSON] = []
    for one in given["requests"]?.array ?? [] {
        let nowMs = one["now_ms"]?.int
        let request = try sign(test, one, "{}", nowMs)
        for _ in 0..<(one["times"]?.int ?? 1) {
            do {
                let reservation = try kept.reserve(request: request, nowMs: nowMs)
                starts.append(.int(reservation.startAtMs))
                kept = try RateBudget.fromText(text: reservation.budget.toText())
            } catch let error as VenuekeyError {
                starts.append(["raises": raised(error)])
            }
        }
    }
    return ["starts": .array(starts), "budget": json(kept.toText())]
}

private func status(_ test: Case) throws -> KeyStatus {
    let holder = try Tokens(accessToken: Secret(text: "t"), expiresAtMs: 1)
    let begun = try test.client().checkKey(tokens: holder, nowMs: anyTime)
    let sent = try begun.flow.resume(nowMs: anyTime)
    let received = try sent.flow.receiveResponse(response: try reply(test.given), nowMs: anyTime)
    guard case .done(.keyChecked(let status, _), _) = try received.flow.resume(nowMs: anyTime) else {
        throw Unreplayable("no status")
    }
    return status
}

private func turns(_ test: Case, _ given: JSON) throws -> JSON {
    let flow = try test.client().restore(text: try given.text("snapshot"))
    guard case .done(.apiKey(let key, _), _) = try flow.resume(nowMs: anyTime) else { throw Unreplayable("no key") }
    var probe = try PublicKeyProbe(key: key, options: try test.signerOptions())
    let seen = try (given["turns"]?.array ?? []).map { turn in
        var shown = ["shown": json("\(probe)"), "request": described(try probe.request(nonceMs: turn["nonce_ms"]?.int))]
        do {
            switch try probe.receive(response: try reply(turn)) {
            case .next(let next):
                probe = next
                shown["answer"] = "next"
            case .proven(let key, let proof):
                shown["answer"] = "proven"
                shown["is_permitted"] = .bool(proof.isPermitted)
                let named = fields([
                    "api_key": key.apiKey, "external_id": key.externalId,
                    "candidate_public_key": key.candidatePublicKey,
                ])
                shown.merge(named) { $1 }
            }
        } catch let error as VenuekeyError {
            shown["raises"] = raised(error)
        }
        return JSON.object(shown)
    }
    return .array(seen)
}

private func looked(_ given: JSON) throws -> JSON {
    let watch = try KeyWatch.fromText(text: try given.text("watch"))
    let again = try KeyWatch(
        venue: watch.venue, issuedAtMs: watch.issuedAtMs, lastUsedAtMs: watch.lastUsedAtMs,
        expiresAtMs: watch.expiresAtMs, isIpBound: watch.isIpBound, seed: watch.seed)
    try same(json(again), json(watch), "a watch made from its fields")
    let look = try watch.nextCheck(nowMs: given["now_ms"]?.int)
    return .object(
        fields(["text": watch.toText(), "at_ms": look.atMs, "reason": look.reason, "ends_at_ms": watch.endsAtMs]))
}

private func judged(_ test: Case, _ given: JSON) throws -> JSON {
    let watch = try KeyWatch.fromText(text: try given.text("watch"))
    let nowMs = given["now_ms"]?.int
    let verdict: KeyVerdict
    if let id = given["external_id"]?.string {
        verdict = try watch.receiveStatus(status: try status(test), externalId: id)
    } else {
        do {
            verdict = try watch.receiveProof(proof: try test.signer().receiveProbe(response: try reply(given)), nowMs: nowMs)
        } catch let error as VenuekeyError {
            verdict = try watch.receiveError(error: error, nowMs: nowMs)
        }
    }
    switch verdict {
    case .works(let kept): return ["verdict": "works", "watch": json(kept)]
    case .disabled: return ["verdict": "disabled"]
    case .gone: return ["verdict": "gone"]
    case .expired: return ["verdict": "expired"]
    case .unclear(let checkAgainAtMs): return ["verdict": "unclear", "check_again_at_ms": .int(checkAgainAtMs)]
    }
}
