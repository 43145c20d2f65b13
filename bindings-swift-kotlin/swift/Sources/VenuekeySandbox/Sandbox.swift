import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// What the sandbox said about a call that it refused, or why it did not start.
public struct SandboxError: Error, CustomStringConvertible {
    public let description: String
}

/// The exchange's page did not let the user through. The description is what the page says.
public struct ConsentRefused: Error, CustomStringConvertible {
    public let description: String
}

/// A request that your code has sent. Venue and environment are nil if the path lies under no exchange.
public struct RecordedRequest: Sendable, Decodable {
    public let seq: Int
    public let at_ms: Int
    public let venue: String?
    public let environment: String?
    public let endpoint: String
    public let method: String
    public let path: String
    public let status: Int?
}

/// Something that your code has sent and that no documentation covers.
public struct Violation: Sendable, Decodable {
    public let seq: Int
    public let endpoint: String
    public let rule: String
    public let field: String
    public let detail: String
}

/// A running sandbox: both exchanges on your own machine. Times are Unix milliseconds.
public struct Sandbox: Sendable {
    /// The address that it printed as it started.
    public let url: String

    public init(url: String) {
        self.url = url
    }

    /// What stands for the exchange's own address, authorize page and API alike: WhiteBIT's `global` or `eu`, Bybit's
    /// `mainnet` or `testnet`.
    public func baseUrl(_ venue: String, _ environment: String) -> String {
        "\(url)/\(venue)/\(environment)"
    }

    /// What the sandbox's clock reads: the clock to give to the code under test.
    public func nowMs() async throws -> Int {
        try await clock("GET", "clock", nil)
    }

    /// Stops the clock, where it stands or at this time, and returns what it reads.
    @discardableResult
    public func holdClock(atMs: Int? = nil) async throws -> Int {
        try await clock("POST", "clock", Held(held: true, now_ms: atMs))
    }

    /// Moves the clock ahead, held or not, and returns what it reads then.
    @discardableResult
    public func advanceClock(ms: Int) async throws -> Int {
        try await clock("POST", "clock/advance", ["ms": ms])
    }

    /// Lets the clock run on from where it stands.
    public func releaseClock() async throws {
        _ = try await clock("POST", "clock", Held(held: false, now_ms: nil))
    }

    /// Turns one knob: `knob("whitebit", "variant", "old")`.
    public func knob(_ venue: String, _ name: String, _ value: some Encodable) async throws {
        _ = try await ask("PATCH", "knobs", [venue: [name: value]])
    }

    /// Queues a fault for the next requests to an endpoint, such as `token` or `secret`, or `any`.
    public func fault(_ endpoint: String, _ fault: String, count: Int = 1, ms: Int? = nil, status: Int? = nil) async throws {
        _ = try await ask("POST", "faults", Order(endpoint: endpoint, fault: fault, count: count, ms: ms, status: status))
    }

    /// What was sent to the exchanges, oldest first, browsers included; to one endpoint only if it is named.
    public func requests(_ endpoint: String? = nil) async throws -> [RecordedRequest] {
        var found: [RecordedRequest] = []
        while true {
            let page: Page = try await read("requests?after=\(found.last?.seq ?? 0)")
            found += page.requests
            if !page.more { return found.filter { endpoint == nil || $0.endpoint == endpoint } }
        }
    }

    /// What was sent and no documentation covers, oldest first.
    public func violations() async throws -> [Violation] {
        let all: [String: [Violation]] = try await read("violations")
        return all["violations"] ?? []
    }

    /// Lets the user act outside the flow, such as `delete_key`.
    public func userAction(_ venue: String, _ environment: String, _ action: String) async throws {
        _ = try await ask("POST", "user/\(venue)/\(environment)/action", ["action": action])
    }

    /// The user opens `authorizeUrl` and approves. Returns the callback's URL; nobody has opened it yet.
    ///
    /// - Parameters:
    ///   - permissions: what the user ticks; what the page ticks by itself if left out
    ///   - otp: the two-factor code; the right one if left out
    ///   - user: the id of one who is not the demo user
    /// - Throws: `ConsentRefused` if the exchange's page does not let the user through
    public func approve(
        _ authorizeUrl: String, permissions: [String]? = nil, otp: String? = nil, user: Int? = nil
    ) async throws -> String {
        let answer = Answer(url: authorizeUrl, decision: "approve", permissions: permissions, otp: otp, user: user)
        guard let url = try await consent(answer) else {
            throw ConsentRefused(description: "The exchange sent the browser nowhere.")
        }
        return url
    }

    /// The user declines. Returns the callback's URL, or nil if the exchange sends none, as by default.
    public func decline(_ authorizeUrl: String, user: Int? = nil) async throws -> String? {
        try await consent(Answer(url: authorizeUrl, decision: "decline", permissions: nil, otp: nil, user: user))
    }

    /// The user closes the window. No callback ever comes.
    public func closeWindow(_ authorizeUrl: String, user: Int? = nil) async throws {
        _ = try await consent(Answer(url: authorizeUrl, decision: "close", permissions: nil, otp: nil, user: user))
    }

    /// Starts over from the options it was started with: keys, tokens, knobs, faults, clock, records.
    public func reset() async throws {
        _ = try await admin("POST", "reset")
    }

    /// Any other admin endpoint, below `/_sandbox/`: its answer.
    public func admin(_ method: String, _ path: String, _ body: Data? = nil) async throws -> Data {
        let (status, answer) = try await send(method, path, body)
        guard status == 200 else { throw SandboxError(description: Self.error(answer)) }
        return answer
    }

    private func consent(_ answer: Answer) async throws -> String? {
        let (status, reply) = try await send("POST", "consent", JSONEncoder().encode(answer))
        switch status {
        case 200: return try JSONDecoder().decode(Consented.self, from: reply).redirect_url
        case 422: throw ConsentRefused(description: Self.error(reply))
        default: throw SandboxError(description: Self.error(reply))
        }
    }

    private func clock(_ method: String, _ path: String, _ body: (any Encodable)?) async throws -> Int {
        let read = try await ask(method, path, body)
        return try JSONDecoder().decode(Clock.self, from: read).now_ms
    }

    private func read<T: Decodable>(_ path: String) async throws -> T {
        try await JSONDecoder().decode(T.self, from: admin("GET", path))
    }

    private func ask(_ method: String, _ path: String, _ body: (any Encodable)?) async throws -> Data {
        try await admin(method, path, body.map { try JSONEncoder().encode($0) })
    }

    private static func error(_ reply: Data) -> String {
        (try? JSONDecoder().decode([String: String].self, from: reply))?["error"] ?? String(decoding: reply, as: UTF8.self)
    }

    private func send(_ method: String, _ path: String, _ body: Data?) async throws -> (Int, Data) {
        guard let address = URL(string: "\(url)/_sandbox/\(path)") else {
            throw SandboxError(description: "\(url) is no address")
        }
        var request = URLRequest(url: address)
        request.httpMethod = method
        request.httpBody = body
        if body != nil { request.setValue("application/json", forHTTPHeaderField: "content-type") }
        let (data, response) = try await URLSession.shared.data(for: request)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, data)
    }
}

private struct Held: Encodable {
    let held: Bool
    let now_ms: Int?
}

private struct Clock: Decodable {
    let now_ms: Int
}

private struct Order: Encodable {
    let endpoint: String
    let fault: String
    let count: Int
    let ms: Int?
    let status: Int?
}

private struct Page: Decodable {
    let requests: [RecordedRequest]
    let more: Bool
}

private struct Answer: Encodable {
    let url: String
    let decision: String
    let permissions: [String]?
    let otp: String?
    let user: Int?
}

private struct Consented: Decodable {
    let redirect_url: String?
}
