import Foundation
import Venuekey

#if canImport(Glibc)
import Glibc
#endif

// The documents' Swift, compiled: tests/project/test_snippets.py looks for each block of theirs here, to the letter. What runs it
// are the quick start and the examples. A parameter is what a block takes from its reader's own program.

private struct User { let id: String }
private struct Request { let url: String }

private func server(secret: String, key: Data) async throws {
    let whitebit = try Client.confidential(
        config: ClientConfig(
            venue: .whitebit, environment: .global, clientId: "…", redirectUri: "https://partner.example/callback/whitebit"),
        clientSecret: Secret(text: secret))
    let keys = try SealingKeys(keys: [SealingKey(id: "2026-11", key: key)])  // 32 random bytes, kept with your other secrets
    let connections = try Connections(clients: ["whitebit": whitebit], store: FileStore(path: "/var/lib/app/connections"), keys: keys)

    let worker = Task { try await connections.run(signals: [SIGTERM, SIGINT]) }
    _ = worker
}

private func routes(_ connections: Connections, _ user: User, _ id: String, _ request: Request) async throws {
    let begun = try await connections.begin("whitebit", owner: user.id, goal: .apiKey)
    // keep begun.id in the user's session, and redirect to begun.authorizeUrl
    try await connections.receiveCallback(id, url: request.url, owner: .user(user.id))
    _ = begun
}

private func desktop(_ client: Client) async throws {
    let account = try await connectLocal(client, store: FileStore(path: "bybit-connection"))
    _ = account
}

private func session(_ connections: Connections, _ user: User, _ id: String) async throws {
    let account = try await connections.account(id, owner: .user(user.id))  // or (owner:, venue:)
    let reply = try await account.call(.post, "/api/v4/main-account/balance", parameters: #"{"ticker":"BTC"}"#, patienceMs: 5000)
    let access = try await account.tokens()  // goal .accountTokens
    let others = try await account.tokenRefused(generation: access.generation)  // the exchange answered 401 or 403
    _ = (reply, others)
}

private func account(_ account: Account) async throws {
    for try await balance in account.balances() {
        print(balance.account, balance.currency, balance.total ?? "")
    }
    let year = account.transactions()
    for try await entry in year {
        print(entry.at as Any, entry.kind as Any, entry.amount, entry.currency)
    }
    if let fromMs = year.reachesFromMs { print("The venue reports nothing from before", fromMs) }
}

// Apple's own, where it is not.
#if !canImport(Security)
private func KeychainStore(service: String) -> FileStore { FileStore(path: service) }
private func KeychainSecrets(service: String) -> FileSecrets { FileSecrets(directory: URL(fileURLWithPath: service)) }
#endif
#if !canImport(AuthenticationServices)
private struct AuthenticationSession: Browser {
    func open(_ page: Secret, redirectUri: String) async throws -> String? { nil }
}
#endif

private func device(_ client: Client, _ show: (ConnectionView?) -> Void) async throws {
    let store = KeychainStore(service: "com.example.app")  // on Linux and for desktop programs FileStore(path:)
    let connections = try Connections(clients: ["bybit": client], store: store, keys: try await store.sealingKeys())
    let device = DeviceConnection(connections, client: "bybit")

    let worker = Task { try await connections.run() }
    for try await view in device.updates() { show(view) }  // nil, a page to open, accounts to choose from, connected, …
    try await device.connect()                             // a button; then receivePastedCode, choose, disconnect
    _ = worker
}

private func backend(_ backend: any AppBackend) async throws {
    let connection = BackendConnection("whitebit", backend: backend, secrets: KeychainSecrets(service: "com.example.app"))

    try await connection.resume()  // at each start: delivers what the backend may not have yet
    try await connection.connect(in: AuthenticationSession(), redirectUri: "https://partner.example/callback/whitebit")  // the button
}

/// SwiftUI's, as far as it is shown.
private protocol Shown {}
extension Shown {
    func task(_ action: @escaping @MainActor () async -> Void) -> Self { self }
}
private struct Text: Shown {}

@MainActor private struct Screen {
    let (connections, id): (Connections, String)
    var view: ConnectionView? {
        get { nil }
        nonmutating set {}
    }
    var problem: Error? {
        get { nil }
        nonmutating set {}
    }

    var body: some Shown {
        Text()
            .task {
                do { for try await view in connections.updates(id) { self.view = view } } catch { self.problem = error }
            }
    }
}
