// Steps of flows and of connections, for tests/journeys/test_relay*.py: orders on standard input, what came of each on
// standard output.

import Foundation
@testable import Venuekey

struct Order: Decodable {
    let venue: Venue
    let environment: VenueEnvironment
    let client_id: String
    let redirect_uri: String
    let client_secret: String?
    let base: String
    let now_ms: Int64
    let snapshot: String?
    let keys: String?
    let row: Row?
    let event: Event
    let send: Bool?
}

struct Row: Decodable {
    let id: String
    let owner: String
    let client: String
    let revision: Int64
    let sealed: String
}

struct Reply: Decodable {
    let status: Int32
    let body: String
}

struct Event: Decodable {
    struct Begin: Decodable {
        let goal: Goal
        let entropy: String
        let owner: String?
        let client_name: String?
    }

    struct Sign: Decodable {
        let method: HttpMethod
        let path: String
        let parameters: String
        let nonce_ms: Int64
    }

    struct Drive: Decodable {
        let holder: String
        let began_ms: Int64
        let patience_ms: Int64?
        let refused_generation: Int64?
        let done: [Done]
    }

    struct Done: Decodable {
        let now_ms: Int64
        let loaded: Row?
        let saved: Bool?
        let superseded: Bool?
        let response: Reply?
        let no_response: Bool?
        let nonce: Int64?
        let found: Bool?
        let delivered: Bool?
        let deleted: Bool?
        let awake: Bool?
    }

    let begin: Begin?
    let accept_hand_off: String?
    let receive_callback: String?
    let receive_response: Reply?
    let receive_no_response: Bool?
    let resume: Bool?
    let recover: Bool?
    let choose: String?
    let disconnect: Intent?
    let sign: Sign?
    let read: Reply?
    let print: Bool?
    let drive: Drive?
}

struct Unknown: Error {
    let what: String
}

func tell(_ line: [String: Any?]) throws {
    let text = try JSONSerialization.data(withJSONObject: known(line), options: .sortedKeys)
    try FileHandle.standardOutput.write(contentsOf: text + Data("\n".utf8))
}

func known(_ fields: [String: Any?]) -> [String: Any] {
    fields.compactMapValues { $0 }
}

extension Order {
    func client() throws -> Client {
        let config = ClientConfig(
            venue: venue, environment: environment, clientId: client_id, redirectUri: redirect_uri, authorizeBase: base,
            apiBase: base)
        guard let secret = client_secret else { return try Client(config: config) }
        return try Client.confidential(config: config, clientSecret: Secret(text: secret))
    }
}

func bytes(hexadecimal digits: String) -> Data {
    let digits = Array(digits)
    return Data(stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) })
}

func response(_ reply: Reply) throws -> HttpResponse {
    try HttpResponse(status: reply.status, body: Data(base64Encoded: reply.body) ?? Data())
}

func send(_ request: HttpRequest) async throws {
    do {
        let reply = try await urlSessionSender()(request)
        try tell(["reply": ["status": reply.status, "body": reply.body.base64EncodedString()] as [String: Any]])
    } catch is NoResponse {
        try tell(["reply": false])
    }
}

// Flows

func begin(_ order: Order, _ given: Event.Begin) throws {
    let entropy = bytes(hexadecimal: given.entropy)
    let started = try order.client().begin(goal: given.goal, entropy: entropy, nowMs: order.now_ms)
    try tell([
        "step": "begun", "snapshot": started.pending.snapshot().expose(),
        "authorize_url": started.authorizeUrl.expose(),
    ])
}

func first(_ order: Order) throws -> Step {
    let (client, event, nowMs) = (try order.client(), order.event, order.now_ms)
    if let text = event.accept_hand_off { return try client.acceptHandOff(text: text, nowMs: nowMs) }
    let flow = try client.restore(text: order.snapshot ?? "")
    if let url = event.receive_callback { return try flow.receiveCallback(url: url, nowMs: nowMs) }
    if let reply = event.receive_response {
        return try flow.receiveResponse(response: try response(reply), nowMs: nowMs)
    }
    if event.receive_no_response != nil { return try flow.receiveNoResponse(nowMs: nowMs) }
    if event.resume != nil { return try flow.resume(nowMs: nowMs) }
    if event.recover != nil { return try flow.recover(nowMs: nowMs) }
    throw Unknown(what: "event")
}

/// What it sends.
func take(_ order: Order) throws -> HttpRequest? {
    let step = try first(order)
    let snapshot = step.flow.snapshot().expose()
    switch step {
    case .save:
        try tell(["step": "save", "snapshot": snapshot])
    case .send(let request, _):
        try tell(["step": "send", "snapshot": snapshot, "purpose": request.purpose])
        return request
    case .wait(let untilMs, _, _):
        try tell(["step": "wait", "snapshot": snapshot, "until_ms": untilMs])
    case .failed(let error, let recovery, _):
        try tell(["step": "failed", "snapshot": snapshot, "code": error.code, "recovery": recovery?.name])
    case .done(.handOff(let handOff), _):
        try tell(["step": "done", "snapshot": snapshot, "hand_off": handOff.expose()])
    case .done:
        try tell(["step": "done", "snapshot": snapshot])
    case .choose, .authorize:
        throw Unknown(what: "step")
    }
    return nil
}

// Connections

/// What one order says of a connection.
struct Host {
    let client: Client
    let keys: SealingKeys
    let order: Order

    init(_ order: Order, key: String) throws {
        client = try order.client()
        keys = try SealingKeys(keys: [SealingKey(id: "relay", key: bytes(hexadecimal: key))])
        self.order = order
    }

    /// What it sends.
    func answer() async throws -> HttpRequest? {
        let (event, nowMs) = (order.event, order.now_ms)
        if let given = event.begin { return try tellSaved(try begun(given)) }
        guard let row = order.row else { throw Unknown(what: "row") }
        let stored = try opened(row, nowMs)
        if let url = event.receive_callback { return try tellSaved(try stored.receiveCallback(url: url, nowMs: nowMs)) }
        if let id = event.choose { return try tellSaved(try stored.choose(id: id, nowMs: nowMs)) }
        if let intent = event.disconnect { return try tellSaved(try stored.disconnect(intent: intent, nowMs: nowMs)) }
        if let reply = event.read {
            try tell(["payload": try signer(stored).receiveResponse(response: try response(reply)).payload])
            return nil
        }
        if event.print != nil {
            try tell(["printed": try await printed(stored, client, keys, nowMs)])
            return nil
        }
        if let given = event.sign {
            let request = try signer(stored).sign(
                method: given.method, path: given.path, parameters: given.parameters, nonceMs: given.nonce_ms)
            try tell(["request": shown(request)])
            return request
        }
        guard let given = event.drive else { throw Unknown(what: "event") }
        let driver = try driven(stored, given)
        try tellDriver(driver)
        return driver.request
    }

    private func begun(_ given: Event.Begin) throws -> Connection {
        let options = ConnectOptions(owner: given.owner ?? "", clientName: given.client_name ?? "")
        let entropy = bytes(hexadecimal: given.entropy)
        return try client.beginConnection(goal: given.goal, options: options, entropy: entropy, nowMs: order.now_ms)
    }

    private func opened(_ row: Row, _ nowMs: Int64) throws -> Connection {
        let stored = StoredConnection(
            id: row.id, owner: row.owner, client: row.client, revision: row.revision, sealed: row.sealed)
        return try client.openConnection(row: stored, keys: keys, nowMs: nowMs)
    }

    private func signer(_ stored: Connection) throws -> Signer {
        guard let signer = try stored.signer() else { throw Unknown(what: "key") }
        return signer
    }

    private func driven(_ stored: Connection, _ given: Event.Drive) throws -> ConnectionDriver {
        var driver =
            if let patienceMs = given.patience_ms {
                try ConnectionDriver.forAccess(
                    connection: stored, holder: given.holder, refusedGeneration: given.refused_generation,
                    patienceMs: patienceMs, nowMs: given.began_ms)
            } else {
                try ConnectionDriver(connection: stored, holder: given.holder, nowMs: given.began_ms)
            }
        for done in given.done { driver = try after(driver, done) }
        return driver
    }

    private func after(_ driver: ConnectionDriver, _ done: Event.Done) throws -> ConnectionDriver {
        let nowMs = done.now_ms
        if let row = done.loaded { return try driver.loaded(stored: try opened(row, nowMs), nowMs: nowMs) }
        if done.saved != nil { return try driver.saved(nowMs: nowMs) }
        if done.superseded != nil { return try driver.superseded() }
        if let reply = done.response { return try driver.response(response: try response(reply), nowMs: nowMs) }
        if done.no_response != nil { return try driver.noResponse(nowMs: nowMs) }
        if let nonceMs = done.nonce { return try driver.nonce(nowMs: nowMs, nonceMs: nonceMs) }
        if let others = done.found { return try driver.found(others: others, nowMs: nowMs) }
        if let all = done.delivered { return try driver.delivered(all: all, nowMs: nowMs) }
        if done.deleted != nil { return try driver.deleted() }
        if done.awake != nil { return try driver.awake() }
        throw Unknown(what: "done")
    }

    private func tellDriver(_ driver: ConnectionDriver) throws {
        let events = driver.events.map { event in
            known([
                "number": event.number, "at_ms": event.atMs, "kind": event.kind.name, "code": event.code,
                "key_id": event.keyId,
            ])
        }
        var line = try seen(driver.connection, "\(driver.action)", isSaved: driver.action == .save)
        line["request"] = driver.request.map(shown)
        line["events"] = events
        line["until_ms"] = driver.untilMs
        line["access"] = try driver.access.map(shown)
        line["is_gone"] = driver.isGone
        try tell(line)
    }

    private func tellSaved(_ connection: Connection) throws -> HttpRequest? {
        try tell(try seen(connection, "save", isSaved: true))
        return nil
    }

    private func seen(_ connection: Connection, _ action: String, isSaved: Bool) throws -> [String: Any?] {
        // Exposed, here and below, to be compared.
        [
            "action": action, "connection": connection.text.expose(),
            "row": isSaved ? shown(try connection.seal(keys: keys)) : nil,
            "authorize_url": connection.authorizeUrl?.expose(), "choices": connection.choices?.subaccounts.map(\.id),
        ]
    }

    private func shown(_ row: ConnectionRow) -> [String: Any] {
        known([
            "id": row.id, "owner": row.owner, "client": row.client, "label": row.label, "venue": row.venue.name,
            "environment": row.environment.name, "status": row.status.name, "intent": row.intent?.name,
            "due_at_ms": row.dueAtMs, "lease_holder": row.leaseHolder, "lease_until_ms": row.leaseUntilMs,
            "revision": row.revision, "sealing_key_id": row.sealingKeyId, "account_hash": row.accountHash,
            "sealed": row.sealed,
        ])
    }

    private func shown(_ request: HttpRequest) -> [String: Any] {
        known([
            "purpose": request.purpose, "method": request.method.name, "url": request.url,
            "replay": request.replay.name,
            "headers": request.headers.map { [$0.name, $0.value.expose()] },
            "body": request.body.map { String(decoding: $0, as: UTF8.self) },
        ])
    }

    private func shown(_ access: Access) throws -> [String: Any] {
        switch access {
        case .key(let key):
            ["access": "key", "api_key": key.apiKey.expose()]
        case .tokens(let tokens, let generation):
            ["access": "tokens", "access_token": tokens.accessToken.expose(), "generation": generation]
        case .later, .needsUser:
            throw Unknown(what: "access")
        }
    }
}

while let line = readLine() {
    let order = try JSONDecoder().decode(Order.self, from: Data(line.utf8))
    let request: HttpRequest?
    if let key = order.keys {
        request = try await Host(order, key: key).answer()
    } else if let given = order.event.begin {
        try begin(order, given)
        request = nil
    } else {
        request = try take(order)
    }
    if let request, order.send == true { try await send(request) }
}
