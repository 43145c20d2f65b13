import Foundation
@testable import Venuekey

// What the tests of drivers and of secrets begin with. No secret here is without the word "canary".

let now: Int64 = 1_790_000_000_000
let redirectUri = "https://partner.example/cb"

func bybit(clientId: String = "app-1", redirectUri: String = redirectUri, isPublic: Bool = false) throws -> Client {
    let config = ClientConfig(venue: .bybit, environment: .mainnet, clientId: clientId, redirectUri: redirectUri)
    if isPublic { return try Client(config: config) }
    return try Client.confidential(config: config, clientSecret: Secret(text: "canary-client-secret"))
}

func reply(_ body: String, status: Int32 = 200, headers: [Header] = []) -> HttpResponse {
    // Any status and body make a reply.
    try! HttpResponse(status: status, body: Data(body.utf8), headers: headers)
}

let tokenReply = reply(
    #"{"access_token": "canary-access", "refresh_token": "canary-refresh", "expires_in": 86400, "token_type": "bearer"}"#)
let uidReply = reply(#"{"ret_code": 0, "ret_msg": "success", "result": {"uid": "106000001"}}"#)
let keyReply = reply(
    #"{"ret_code": 0, "ret_msg": "success", "result": {"api_key": "canary-key", "api_secret": "canary-secret"}}"#)

/// A venue that replies in order; nil is no response, a function is called.
actor Replies {
    typealias Answer = @Sendable () async throws -> HttpResponse
    private var waiting: [Answer]
    private(set) var sent: [String] = []

    init(_ given: HttpResponse?...) {
        waiting = given.map { one in
            {
                guard let one else { throw NoResponse() }
                return one
            }
        }
    }

    init(calling given: [Answer]) {
        waiting = given
    }

    nonisolated var send: Send {
        { request in try await self.next(request)() }
    }

    private func next(_ request: HttpRequest) -> Answer {
        sent.append(request.purpose)
        guard !waiting.isEmpty else { return { throw Unexpected() } }
        return waiting.removeFirst()
    }

    /// A sender's own error, or a request too many.
    struct Unexpected: Error {}
}

/// A clock that only sleeping moves.
final class Asleep: @unchecked Sendable {
    private let lock = NSLock()
    private var nowMs = now

    var clock: Clock { { self.lock.withLock { self.nowMs } } }
    var sleep: Sleep {
        { ms in
            try Task.checkCancellation()
            self.lock.withLock { self.nowMs += ms }
        }
    }
}

/// A flow whose callback has come, in a store.
struct Connecting {
    let client: Client
    let store = MemoryStore()
    let authorizeUrl: Secret
    let pending: Flow
    let state: String
    let time = Asleep()

    init(_ client: Client? = nil, callbackPath: String = "/cb") async throws {
        self.client = try client ?? bybit()
        let started = try self.client.begin(goal: .apiKey, nowMs: now)
        (authorizeUrl, pending) = (started.authorizeUrl, started.pending)
        let items = URLComponents(string: authorizeUrl.expose())?.queryItems
        state = items?.first { $0.name == "state" }?.value ?? ""
        _ = await store.save(pending.snapshot())
        self.callbackPath = callbackPath
    }

    private let callbackPath: String

    var callback: String { "\(callbackPath)?code=canary-code&state=\(state)" }

    func step() async throws -> Step {
        try await restored().receiveCallback(url: callback, nowMs: now)
    }

    func restored() async throws -> Flow {
        try client.restore(text: await store.load(pending.flowId) ?? "")
    }

    @discardableResult
    func run(
        _ step: Step, _ replies: Replies, save: Save? = nil,
        choose: (@Sendable (ChooseStep) async throws -> String)? = nil,
        onStep: (@Sendable (Step) async throws -> Void)? = nil
    ) async throws -> DoneStep {
        let store = store
        return try await drive(
            step, send: replies.send, save: save ?? { await store.save($0) }, choose: choose, sleep: time.sleep,
            clock: time.clock, onStep: onStep)
    }
}

/// What a call throws.
func thrown<T>(_ call: () async throws -> T) async -> (any Error)? {
    do {
        _ = try await call()
        return nil
    } catch {
        return error
    }
}

/// Texts that tasks add to.
actor Log {
    private(set) var lines: [String] = []

    func add(_ line: String) {
        lines.append(line)
    }
}

/// A task that is cancelled from inside itself, even before it is known.
final class Handle: @unchecked Sendable {
    private let lock = NSLock()
    private var task: Task<(any Error)?, Never>?
    private var isCancelled = false

    func set(_ task: Task<(any Error)?, Never>) {
        let late = lock.withLock {
            self.task = task
            return isCancelled
        }
        if late { task.cancel() }
    }

    func cancel() {
        let task = lock.withLock {
            isCancelled = true
            return self.task
        }
        task?.cancel()
    }
}
