import Foundation
import Rig
import Testing
@testable import Venuekey

/// Connections over a directory of their own, against the sandbox.
struct Paved: Sendable {
    let connections: Connections
    let store: FileStore
    let path: String
    let told = Told()

    init(
        path: String? = nil, send: @escaping Send = urlSessionSender(), clock: Clock? = nil,
        sleep: @escaping Sleep = systemSleep, concurrency: Int = 8, looks: WatchedStore.Looks? = nil
    ) throws {
        self.path = path ?? FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        store = FileStore(path: self.path)
        let (told, store) = (told, store)
        connections = try Connections(
            clients: try Rig.clients(Sandbox.url), store: looks.map { WatchedStore(store, looks: $0) } ?? store,
            keys: try Rig.keys(), send: send, onEvent: { told.add($0) }, log: { told.log($0, $1) }, clock: clock, sleep: sleep,
            concurrency: concurrency)
    }

    /// Begun, agreed to by the user, and the callback stored.
    func calledBack(_ client: String, owner: String = "user", goal: Goal = .apiKey) async throws -> ConnectionView {
        let begun = try await connections.begin(client, owner: owner, goal: goal)
        let url = try await Sandbox.approve(try #require(begun.authorizeUrl).expose())
        return try await connections.receiveCallback(begun.id, url: url, owner: .user(owner))
    }

    /// With a worker at work meanwhile.
    func working<T>(_ work: () async throws -> T) async throws -> T {
        let (connections, worker) = (connections, Task { [connections] in try await connections.run() })
        _ = connections
        do {
            let result = try await work()
            worker.cancel()
            try await worker.value
            return result
        } catch {
            worker.cancel()
            try await worker.value
            throw error
        }
    }

    /// The first view of which this holds.
    func until(_ id: String, _ isSo: (ConnectionView) -> Bool) async throws -> ConnectionView {
        var last: ConnectionView?
        for try await view in connections.updates(id) {
            if isSo(view) { return view }
            last = view
        }
        throw Unreplayable("it never comes to that: \(String(describing: last))")
    }

    func connected(_ client: String, owner: String = "user", goal: Goal = .apiKey) async throws -> ConnectionView {
        let view = try await calledBack(client, owner: owner, goal: goal)
        let end = try await until(view.id) { $0.status != .working }
        #expect(end.status == .connected, "\(String(describing: end.error))")
        return end
    }

    /// Whether the exchange takes what is signed with the stored key.
    func isRight(_ id: String) async throws -> Bool {
        let account = try await connections.account(id)
        let reply =
            switch try await account.view().venue {
            case .whitebit: try await account.call(.post, "/api/v4/trade-account/balance")
            case .bybit: try await account.call(.get, "/v5/user/query-api")
            }
        return try JSON.parse(Data(reply.payload.utf8)).object?.isEmpty == false
    }
}

/// What the host was told.
final class Told: Sendable {
    private let state = Locked<(events: [Event], lines: [String])>(([], []))

    func add(_ event: Event) { state.with { $0.events.append(event) } }
    func log(_ level: LogLevel, _ line: String) { state.with { $0.lines.append("\(level) \(line)") } }

    /// By which a repetition is known.
    var names: [String] { state.with { $0.events.map { "\($0.connectionId) \($0.number)" } } }
    var kinds: [EventKind] { state.with { $0.events.map(\.kind) } }
    var lines: [String] { state.with { $0.lines } }
}

func nothingUndocumented() async throws {
    #expect(try await Sandbox.admin("GET", "violations")["violations"] == .array([]))
}

/// The sandbox's clock, which stands still until somebody moves it.
struct Held: Sendable {
    init() async throws {
        try await Sandbox.admin("POST", "clock", #"{"held": true}"#)
    }

    @discardableResult
    func advance(_ ms: Int64) async throws -> Int64 {
        try #require(try await Sandbox.admin("POST", "clock/advance", #"{"ms": \#(max(0, ms))}"#)["now_ms"]?.int)
    }

    static func release() async throws {
        let nowMs = Int64(Date().timeIntervalSince1970 * 1000)
        try await Sandbox.admin("POST", "clock", #"{"held": false, "now_ms": \#(nowMs)}"#)
    }
}
