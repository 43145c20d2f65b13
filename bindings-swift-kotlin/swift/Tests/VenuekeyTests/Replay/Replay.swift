import Foundation
@testable import Venuekey

/// What differs from a case's expectation, and where.
struct Difference: Error, CustomStringConvertible {
    let description: String
}

/// Throws where what the library does is not what the case expects. The format: tests/vectors/README.md.
func replay(_ name: String, _ given: JSON) async throws {
    switch name.split(separator: "/").first {
    case "values": try same(try value(Case(given: given)), try given.field("expect"), "value")
    case "flows": try flows(Case(given: given))
    case "tokens": try sharedTokens(Case(given: given))
    case "reads": try reads(Case(given: given))
    case "drives": try await drives(Case(given: given))
    case "connections": try connections(Case(given: given))
    default: throw Unreplayable("nobody replays \(name)")
    }
}

func same(_ got: JSON, _ expected: JSON, _ place: String) throws {
    guard unspelt(got) != unspelt(expected) else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let (left, right) = (try encoder.encode(got), try encoder.encode(expected))
    let texts = [left, right].map { String(decoding: $0, as: UTF8.self) }
    throw Difference(description: "\(place)\n got \(texts[0])\nwant \(texts[1])")
}

/// With each hint as every language spells it: here it names `redirectUri`, in the vectors `redirect_uri`.
private func unspelt(_ value: JSON) -> JSON {
    switch value {
    case .array(let items):
        return .array(items.map(unspelt))
    case .object(var fields):
        for (name, inner) in fields { fields[name] = unspelt(inner) }
        if let hint = fields["hint"]?.string {
            fields["hint"] = .string(hint.replacingOccurrences(of: "_", with: "").lowercased())
        }
        return .object(fields)
    default:
        return value
    }
}

/// What a call makes, or what it throws.
func caught<T>(_ call: () throws -> T, _ made: (T) throws -> JSON) throws -> (JSON, T?) {
    do {
        let brought = try call()
        return (try made(brought), brought)
    } catch let error as VenuekeyError {
        return (["raises": raised(error)], nil)
    }
}

private func flows(_ test: Case) throws {
    let client = try test.client()
    let start = try test.given.field("start")
    let (got, begun) = try begun(client, start)
    try same(got, try start.field("expect"), "start")
    guard var flow = begun else { return }
    for (index, event) in (test.given["events"]?.array ?? []).enumerated() {
        // Every event meets the flow as another process would find it.
        let restored = try client.restore(text: flow.snapshot().expose())
        try same(json(restored.snapshot().expose()), json(flow.snapshot().expose()), "restored")
        let (seen, step) = try caught({ try happen(restored, event) }, described)
        try same(seen, try event.field("expect"), "event \(index)")
        flow = step?.flow ?? flow
    }
}

private func begun(_ client: Client, _ start: JSON) throws -> (JSON, Flow?) {
    let nowMs = start["now_ms"]?.int
    let entropy = start["entropy"] == nil ? nil : try start.bytes("entropy")
    let call = try start.text("call")
    if call == "open" {
        let open = {
            let (sealed, context) = (try start.text("sealed"), try start.text("context"))
            return try client.open(sealed: sealed, keys: try sealingKeys(start), context: context)
        }
        return try caught(open) { ["snapshot": json($0.snapshot().expose())] }
    }
    if call == "begin" {
        let goal = try start.needed("goal", of: Goal.allCases)
        let begin = { try client.begin(goal: goal, options: try beginOptions(start), entropy: entropy, nowMs: nowMs) }
        let (got, started) = try caught(begin) {
            ["authorize_url": json($0.authorizeUrl), "snapshot": json($0.pending.snapshot().expose())]
        }
        return (got, started?.pending)
    }
    let (got, step) = try caught({ try operated(client, call, start, entropy, nowMs) }, described)
    return (got, step?.flow)
}

private func operated(
    _ client: Client, _ call: String, _ start: JSON, _ entropy: Data?, _ nowMs: Int64?
) throws -> Step {
    if call == "accept_hand_off" {
        let lost = try beginOptions(start).onSecretLost
        return try client.acceptHandOff(text: try start.text("hand_off"), onSecretLost: lost, nowMs: nowMs)
    }
    let held = try tokens(try start.field("tokens"))
    let id = start["external_id"]?.string ?? ""
    switch call {
    case "refresh_tokens": return try client.refreshTokens(tokens: held, entropy: entropy, nowMs: nowMs)
    case "switch_subaccount": return try client.switchSubaccount(tokens: held, entropy: entropy, nowMs: nowMs)
    case "check_key": return try client.checkKey(tokens: held, entropy: entropy, nowMs: nowMs)
    case "delete_key": return try client.deleteKey(tokens: held, externalId: id, entropy: entropy, nowMs: nowMs)
    case "reissue_key":
        let options = try beginOptions(start)
        return try client.reissueKey(tokens: held, externalId: id, options: options, entropy: entropy, nowMs: nowMs)
    default: throw Unreplayable("no call \(call)")
    }
}

func happen(_ flow: Flow, _ event: JSON) throws -> Step {
    let nowMs = event["now_ms"]?.int
    switch try event.text("event") {
    case "callback": return try flow.receiveCallback(url: try event.text("url"), nowMs: nowMs)
    case "pasted_code": return try flow.receivePastedCode(pasted: try event.text("pasted"), nowMs: nowMs)
    case "choose": return try flow.choose(id: try event.text("id"), nowMs: nowMs)
    case "response": return try flow.receiveResponse(response: try response(event), nowMs: nowMs)
    case "no_response": return try flow.receiveNoResponse(nowMs: nowMs, notSent: event["not_sent"]?.bool ?? false)
    case "resume": return try flow.resume(nowMs: nowMs)
    case "recover": return try flow.recover(nowMs: nowMs)
    case let other: throw Unreplayable("no event \(other)")
    }
}

private func sharedTokens(_ test: Case) throws {
    let client = try test.client()
    let start = try test.given.field("start")
    let begin = {
        if try start.text("call") == "restore_tokens" {
            return try client.restoreTokens(text: try start.text("snapshot"))
        }
        let (held, entropy) = (try tokens(start.field("tokens")), try start.bytes("entropy"))
        return try client.shareTokens(tokens: held, entropy: entropy, nowMs: start["now_ms"]?.int)
    }
    let (got, begun) = try caught(begin) { described($0) }
    try same(got, try start.field("expect"), "start")
    guard var shared = begun else { return }
    for (index, event) in (test.given["events"]?.array ?? []).enumerated() {
        let restored = try client.restoreTokens(text: shared.snapshot().expose())
        try same(json(restored.snapshot().expose()), json(shared.snapshot().expose()), "restored")
        let nowMs = event["now_ms"]?.int
        if try event.text("event") == "plan" {
            let plan = try restored.plan(refusedGeneration: event["refused_generation"]?.int, nowMs: nowMs)
            try same(described(plan), try event.field("expect"), "event \(index)")
            if case .refresh(_, let next) = plan { shared = next }
            continue
        }
        let call: () throws -> SharedTokens? = {
            switch try event.text("event") {
            case "response": try restored.receiveResponse(response: try response(event), nowMs: nowMs)
            case "no_response": try restored.receiveNoResponse(nowMs: nowMs, notSent: event["not_sent"]?.bool ?? false)
            case "merge": try restored.merge(late: try client.restoreTokens(text: try event.text("late")))
            case let other: throw Unreplayable("no event \(other)")
            }
        }
        let (seen, after) = try caught(call) { described($0) }
        try same(seen, event["expect"] ?? .null, "event \(index)")
        if let after = after ?? nil { shared = after }
    }
}

private func reads(_ test: Case) throws {
    let client = try test.client()
    let start = try test.given.field("start")
    let (got, begun) = try caught({ try read(client, start) }, { described($0) })
    try same(got, try start.field("expect"), "start")
    guard var next = begun else { return }
    let held = try Tokens(accessToken: Secret(text: "access"), expiresAtMs: 0, scope: test.given.strings("scope"))
    let key = test.given["signer"] == nil ? nil : try test.signer()
    for (index, page) in (test.given["pages"]?.array ?? []).enumerated() {
        let expected = try page.field("expect")
        let resumed = try client.resumeRead(cursor: next.cursor())
        try same(json(resumed.cursor()), json(next.cursor()), "resumed")
        let ask = {
            guard let key = key else { return try resumed.request(tokens: held) }
            return try resumed.sign(signer: key, nonceMs: page["nonce_ms"]?.int)
        }
        let (asked, request) = try caught(ask, described)
        guard request != nil else {
            try same(asked, expected, "page \(index)")
            continue
        }
        let receive = {
            let reply = try response(page)
            return key == nil ? try resumed.receive(response: reply) : try resumed.receiveSigned(response: reply)
        }
        let (seen, brought) = try caught(receive) { page in
            .object(
                fields(["records": described(page.records), "total": page.total, "cursor": page.next?.cursor()]))
        }
        var whole = seen.object ?? [:]
        whole["request"] = asked
        whole.merge(place(resumed)) { _, ours in ours }
        try same(.object(whole), expected, "page \(index)")
        if let following = brought?.next { next = following }
    }
}
