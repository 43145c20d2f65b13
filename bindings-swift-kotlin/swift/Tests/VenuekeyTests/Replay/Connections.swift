import Foundation
@testable import Venuekey

/// The cases of tests/vectors/connections: what comes from the web, what workers do, and what a reply meets.
func connections(_ test: Case) throws {
    let (start, events) = (try test.given.field("start"), test.given["events"]?.array ?? [])
    let host = Host(try test.client())
    try same(once(try host.begin(start), isLast: events.isEmpty), try start.field("expect"), "start")
    for (index, event) in events.enumerated() {
        let isLast = index == events.count - 1
        try same(once(try host.take(event), isLast: isLast), try event.field("expect"), "event \(index)")
    }
}

/// The text stands once, at the end: what led to it shows in it.
private func once(_ got: JSON, isLast: Bool) -> JSON {
    guard !isLast, var fields = got.object else { return got }
    fields["connection"] = nil
    return .object(fields)
}

/// A store with one row, and the clock.
private final class Host {
    private let client: Client
    private var stored: Connection?
    private var nowMs: Int64 = 0
    private var handOff: HandOff?

    init(_ client: Client) {
        self.client = client
    }

    func begin(_ start: JSON) throws -> JSON {
        let (got, begun) = try caught({ try self.begun(start) }, seen)
        stored = begun
        return got
    }

    private func begun(_ start: JSON) throws -> Connection {
        let (startMs, uid) = (start["now_ms"]?.int, start["uid"]?.string)
        let entropy = start["entropy"] == nil ? nil : try start.bytes("entropy")
        let options = ConnectOptions(
            owner: try start.text("owner"), clientName: try start.text("client_name"), label: start["label"]?.string,
            keepAlive: try start.word("keep_alive", of: KeepAlive.allCases))
        switch try start.text("call") {
        case "begin_connection":
            let (goal, consent) = (try start.needed("goal", of: Goal.allCases), try beginOptions(start))
            return try client.beginConnection(
                goal: goal, options: options, consent: consent, entropy: entropy, nowMs: startMs)
        case "begin_connection_by_hand_off":
            let lost = try beginOptions(start).onSecretLost
            return try client.beginConnectionByHandOff(
                handOff: try start.text("hand_off"), onSecretLost: lost, options: options, nowMs: startMs)
        case "import_tokens":
            let held = try tokens(try start.field("tokens"))
            return try client.importTokens(tokens: held, uid: uid, options: options, entropy: entropy, nowMs: startMs)
        case "import_key":
            let key = ImportedKey(
                apiKey: try start.secret("api_key"), apiSecret: try start.secret("api_secret"),
                externalId: start["external_id"]?.string, uid: uid)
            return try client.importKey(key: key, options: options, entropy: entropy, nowMs: startMs)
        case "restore_connection":
            return try client.restoreConnection(text: try start.text("connection"), nowMs: startMs)
        case let call:
            throw Unreplayable("no call \(call)")
        }
    }

    func take(_ event: JSON) throws -> JSON {
        nowMs = event["now_ms"]?.int ?? 0
        guard let row = try load() else { return "gone" }
        switch try event.text("event") {
        case "gone":
            stored = nil
            return "gone"
        case "drive":
            let (trace, end) = try drive(row, event)
            var got = stored.map(seen)?.object ?? [:]
            (got["trace"], got["end"]) = (.array(trace.map { .string($0) }), end)
            return .object(got)
        case "take_hand_off":
            handOff = row.handOff
            return .object(["hand_off": json(handOff?.expose())])
        case "view":
            return viewed(row)
        case "access":
            return try caught({ try row.access(nowMs: nowMs) }, described).0
        default:
            return try caught({ try self.wanted(row, event) }) { next in
                guard next.revision != row.revision else { return "unchanged" }
                guard self.save(next) else { throw Unreplayable("nobody else saves here") }
                return seen(next)
            }.0
        }
    }

    /// What the store has, as another process would find it.
    private func load() throws -> Connection? {
        guard let kept = stored?.text.expose() else { return nil }
        let restored = try client.restoreConnection(text: kept, nowMs: nowMs)
        try same(json(restored.text), json(kept), "restored")
        return restored
    }

    private func save(_ next: Connection) -> Bool {
        guard next.expectedRevision == stored?.revision ?? 0 else { return false }
        stored = next
        return true
    }

    private func wanted(_ row: Connection, _ event: JSON) throws -> Connection {
        switch try event.text("event") {
        case "callback": return try row.receiveCallback(url: try event.text("url"), nowMs: nowMs)
        case "pasted_code": return try row.receivePastedCode(pasted: try event.text("pasted"), nowMs: nowMs)
        case "choose": return try row.choose(id: try event.text("id"), nowMs: nowMs)
        case "recover": return try row.recover(nowMs: nowMs)
        case "reconnect":
            let (options, entropy) = (try beginOptions(event), try event.bytes("entropy"))
            return try row.reconnect(options: options, entropy: entropy, nowMs: nowMs)
        case "cancel_attempt": return try row.cancelAttempt(nowMs: nowMs)
        case "disconnect":
            return try row.disconnect(intent: try event.needed("intent", of: Intent.allCases), nowMs: nowMs)
        case "token_refused": return try row.tokenRefused(generation: event["generation"]?.int ?? -1, nowMs: nowMs)
        case "key_refused": return try row.keyRefused(error: try refusal(row, event), nowMs: nowMs)
        case "delivered": return try row.delivered(number: event["number"]?.int ?? -1, nowMs: nowMs)
        case "handed_off":
            guard let handOff else { throw Unreplayable("no hand-off was taken") }
            return try row.handedOff(handOff: handOff, nowMs: nowMs)
        case let other: throw Unreplayable("no event \(other)")
        }
    }

    private func refusal(_ row: Connection, _ event: JSON) throws -> VenuekeyError {
        do {
            _ = try row.signer()?.receiveResponse(response: try response(event))
        } catch let error as VenuekeyError {
            return error
        }
        throw Unreplayable("the reply refuses nothing")
    }

    /// One worker, from what the store has to its end.
    private func drive(_ row: Connection, _ event: JSON) throws -> ([String], JSON) {
        var (trace, sent): ([String], [String]) = ([], [])
        var driver = try driver(row, event)
        while ![.return, .fail, .stop].contains(driver.action) {
            let place = Int64(trace.count)
            trace.append(line(driver))
            guard trace.count < 60 else { throw Unreplayable("it does not come to its end: \(trace)") }
            for other in event["meanwhile"]?.array ?? [] where other["at"]?.int == place {
                trace += try meanwhile(other)
            }
            if event["stop"]?.int == place {
                driver = try driver.stop(nowMs: nowMs)
                // A request that may be sent again was given up; what is to be saved now is another line.
                let gaveUp = driver.action == .save && trace.last?.hasPrefix("send") == true
                if gaveUp || ![.save, .send].contains(driver.action) { continue }
            }
            driver = try done(driver, event, &sent, lies: event["lies"]?.array?.contains(.int(place)) ?? false)
        }
        switch driver.action {
        case .stop: return (trace, "stopped")
        case .fail: return (trace, ["raises": json(driver.error?.code)])
        default: return (trace, driver.isGone ? "gone" : driver.access.map(described) ?? "rest")
        }
    }

    private func driver(_ row: Connection, _ event: JSON) throws -> ConnectionDriver {
        let holder = try event.text("holder")
        guard let wants = event["wants"] else {
            return try ConnectionDriver(connection: row, holder: holder, nowMs: nowMs)
        }
        return try ConnectionDriver.forAccess(
            connection: row, holder: holder, refusedGeneration: wants["refused_generation"]?.int,
            patienceMs: wants["patience_ms"]?.int ?? 30_000, nowMs: nowMs)
    }

    private func line(_ driver: ConnectionDriver) -> String {
        switch driver.action {
        case .save: "save \(driver.connection.revision) \(driver.connection.status.name)"
        case .send: "send \(driver.request?.purpose ?? "")"
        case .sleep: "sleep \(max(0, (driver.untilMs ?? 0) - nowMs))"
        case .deliver: "deliver \(driver.events.map(\.kind.name).joined(separator: " "))"
        case let action: "\(action)"
        }
    }

    private func meanwhile(_ other: JSON) throws -> [String] {
        let clockMs = nowMs
        let got = try take(other)
        nowMs = max(nowMs, clockMs)
        return got.strings("trace").map { "  \($0)" }
    }

    /// Where it lies, it is stored, and the store says that it is not.
    private func done(
        _ driver: ConnectionDriver, _ event: JSON, _ sent: inout [String], lies: Bool
    ) throws -> ConnectionDriver {
        switch driver.action {
        case .load: return try driver.loaded(stored: try load(), nowMs: nowMs)
        case .save: return save(driver.connection) && !lies ? try driver.saved(nowMs: nowMs) : try driver.superseded()
        case .send:
            let purpose = driver.request?.purpose ?? ""
            let replies = try event.field("replies").field(purpose).array ?? []
            let reply = replies[min(sent.filter { $0 == purpose }.count, replies.count - 1)]
            sent.append(purpose)
            guard reply["status"] != nil else {
                return try driver.noResponse(nowMs: nowMs, notSent: reply["not_sent"]?.bool ?? false)
            }
            return try driver.response(response: try response(reply), nowMs: nowMs)
        case .nonce: return try driver.nonce(nowMs: nowMs, nonceMs: nowMs)
        case .find: return try driver.found(others: event["others"]?.bool ?? false, nowMs: nowMs)
        case .deliver: return try driver.delivered(all: !(event["deaf"]?.bool ?? false), nowMs: nowMs)
        case .delete:
            stored = nil
            return try driver.deleted()
        case .sleep:
            nowMs = driver.untilMs ?? nowMs
            return try driver.awake()
        case let action: throw Unreplayable("no action of a connection: \(action)")
        }
    }
}

/// What a host sees of a connection.
private func seen(_ connection: Connection) -> JSON {
    .object(
        fields([
            "status": connection.status, "due_at_ms": connection.dueAtMs, "authorize_url": connection.authorizeUrl,
            "expires_at_ms": connection.expiresAtMs, "error": connection.error?.code, "recovery": connection.recovery,
            "replaces_key": connection.replacesKey ? true : nil, "uid": connection.uid, "key_id": connection.keyId,
            "key_left": connection.keyLeft, "choices": connection.choices.map(described), "connection": connection.text,
            "wait": connection.wait.map(described),
        ]))
}

/// What a page shows of it besides; what is not there is null.
private func viewed(_ connection: Connection) -> JSON {
    [
        "begun_at_ms": json(connection.begunAtMs), "scope": json(connection.scope), "key": json(connection.key),
        "attempt": json(connection.attempt),
    ]
}

private func described(_ choices: Choices) -> JSON {
    .object(
        fields([
            "subaccounts": choices.subaccounts.map(\.id), "may_create": choices.mayCreate,
            "creation_in_doubt": choices.creationInDoubt,
        ]))
}

private func described(_ wait: Waiting) -> JSON {
    .object(
        fields([
            "reason": wait.reason, "attempts": wait.attempts, "until_ms": wait.untilMs,
            "gives_up_at_ms": wait.givesUpAtMs,
        ]))
}

private func described(_ access: Access) -> JSON {
    switch access {
    case .key(let key):
        .object(fields(["access": "key", "api_key": key.apiKey]))
    case .tokens(let tokens, let generation):
        .object(fields(["access": "tokens", "access_token": tokens.accessToken, "generation": generation]))
    case .later(let untilMs, let error):
        .object(fields(["access": "later", "until_ms": untilMs, "error": error?.code]))
    case .needsUser(let error, let recovery):
        .object(fields(["access": "needs_user", "error": error.code, "recovery": recovery]))
    }
}
