// Steps of flows, for tests/journeys/test_relay.py: orders on standard input, what came of each on standard output.

import Foundation
import Venuekey

struct Order: Decodable {
    let venue: String
    let environment: String
    let client_id: String
    let redirect_uri: String
    let client_secret: String?
    let base: String
    let now_ms: Int64
    let snapshot: String?
    let event: Event
    let send: Bool?
}

struct Event: Decodable {
    struct Begin: Decodable {
        let goal: String
        let entropy: String
    }

    struct Reply: Decodable {
        let status: Int32
        let body: String
    }

    let begin: Begin?
    let accept_hand_off: String?
    let receive_callback: String?
    let receive_response: Reply?
    let receive_no_response: Bool?
    let resume: Bool?
    let recover: Bool?
}

struct Unknown: Error {
    let what: String
}

func tell(_ line: [String: Any?]) throws {
    let known = line.compactMapValues { $0 }
    let text = try JSONSerialization.data(withJSONObject: known, options: .sortedKeys)
    try FileHandle.standardOutput.write(contentsOf: text + Data("\n".utf8))
}

/// `pollLonger` -> `poll_longer`.
func snake(_ value: Any) -> String {
    "\(value)".reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
}

func client(_ order: Order) throws -> Client {
    let venues: [String: Venue] = ["whitebit": .whitebit, "bybit": .bybit]
    let environments: [String: VenueEnvironment] = ["global": .global, "eu": .eu, "mainnet": .mainnet, "testnet": .testnet]
    guard let venue = venues[order.venue], let environment = environments[order.environment] else {
        throw Unknown(what: "\(order.venue) \(order.environment)")
    }
    let config = ClientConfig(
        venue: venue, environment: environment, clientId: order.client_id, redirectUri: order.redirect_uri,
        authorizeBase: order.base, apiBase: order.base)
    guard let secret = order.client_secret else { return try Client(config: config) }
    return try Client.confidential(config: config, clientSecret: Secret(text: secret))
}

func bytes(hexadecimal digits: String) -> Data {
    let digits = Array(digits)
    return Data(stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) })
}

func begin(_ order: Order, _ given: Event.Begin) throws {
    let goal: Goal = given.goal == "account_tokens" ? .accountTokens : .apiKey
    let entropy = bytes(hexadecimal: given.entropy)
    let started = try client(order).begin(goal: goal, entropy: entropy, nowMs: order.now_ms)
    try tell([
        "step": "begun", "snapshot": started.pending.snapshot().expose(), "authorize_url": started.authorizeUrl.expose(),
    ])
}

func first(_ order: Order) throws -> Step {
    let (client, event, nowMs) = (try client(order), order.event, order.now_ms)
    if let text = event.accept_hand_off { return try client.acceptHandOff(text: text, nowMs: nowMs) }
    let flow = try client.restore(text: order.snapshot ?? "")
    if let url = event.receive_callback { return try flow.receiveCallback(url: url, nowMs: nowMs) }
    if let reply = event.receive_response {
        let body = Data(base64Encoded: reply.body) ?? Data()
        return try flow.receiveResponse(response: HttpResponse(status: reply.status, body: body), nowMs: nowMs)
    }
    if event.receive_no_response != nil { return try flow.receiveNoResponse(nowMs: nowMs) }
    if event.resume != nil { return try flow.resume(nowMs: nowMs) }
    if event.recover != nil { return try flow.recover(nowMs: nowMs) }
    throw Unknown(what: "event")
}

func take(_ order: Order) async throws {
    let step = try first(order)
    let snapshot = step.flow.snapshot().expose()
    switch step {
    case .save:
        try tell(["step": "save", "snapshot": snapshot])
    case .send(let request, _):
        try tell(["step": "send", "snapshot": snapshot, "purpose": request.purpose])
        if order.send == true { try await send(request) }
    case .wait(let untilMs, _, _):
        try tell(["step": "wait", "snapshot": snapshot, "until_ms": untilMs])
    case .failed(let error, let recovery, _):
        try tell(["step": "failed", "snapshot": snapshot, "code": error.code, "recovery": recovery.map(snake)])
    case .done(.handOff(let handOff), _):
        try tell(["step": "done", "snapshot": snapshot, "hand_off": handOff.expose()])
    case .done:
        try tell(["step": "done", "snapshot": snapshot])
    case .choose, .authorize:
        throw Unknown(what: "step")
    }
}

func send(_ request: HttpRequest) async throws {
    do {
        let reply = try await urlSessionSender()(request)
        try tell(["reply": ["status": reply.status, "body": reply.body.base64EncodedString()] as [String: Any]])
    } catch is NoResponse {
        try tell(["reply": false])
    }
}

while let line = readLine() {
    let order = try JSONDecoder().decode(Order.self, from: Data(line.utf8))
    if let given = order.event.begin {
        try begin(order, given)
    } else {
        try await take(order)
    }
}
