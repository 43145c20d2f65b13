import Observation
import Venuekey

/// What the screen shows of one exchange, and what its buttons do. The backend begins the connection and holds every
/// secret of it; the app opens a page and carries the callback back.
@MainActor @Observable public final class ConnectModel {
    /// The newest the backend has said.
    public private(set) var standing: Standing?
    /// Why the last button did not do it, in the backend's words.
    public private(set) var refusal: BackendRefusal?
    public private(set) var isWorking = false

    private let exchange: Exchange
    private let backend: Backend
    private let browser: any Browser
    private let connection: BackendConnection
    private let pollMs: UInt64

    /// The secrets keep the callback until the backend has it: the system may end the app now, and the code comes once.
    public init(
        _ exchange: Exchange, backend: Backend, browser: any Browser, secrets: any AppSecrets, pollMs: UInt64 = 1000
    ) {
        self.exchange = exchange
        self.backend = backend
        self.browser = browser
        self.pollMs = pollMs
        connection = BackendConnection(exchange.rawValue, backend: backend, secrets: secrets)
    }

    /// The connect button. Throws where the backend can't be reached.
    public func connect() async throws {
        try await work { try await connection.connect(in: browser, redirectUri: backend.callbackUrl(exchange)) }
    }

    /// When the app appears: takes up what it was ended in, and asks how things stand.
    public func appear() async throws {
        try await work { try await connection.resume() }
    }

    /// The disconnect button.
    public func forget() async throws {
        try await work { try await backend.disconnect(exchange.rawValue) }
    }

    private func work(_ whatever: () async throws -> Void) async throws {
        guard !isWorking else { return }
        isWorking = true
        refusal = nil
        defer { isWorking = false }
        do {
            try await whatever()
        } catch let refused as BackendRefusal where refused.code != "superseded" {
            refusal = refused
        } catch is BackendRefusal {
            // Another one of this user is in full swing: show how it goes.
        }
        repeat {
            standing = try await backend.standings()[exchange.rawValue]
            guard standing?.state == "working" else { return }
            try await Task.sleep(nanoseconds: pollMs * 1_000_000)
        } while true
    }
}
