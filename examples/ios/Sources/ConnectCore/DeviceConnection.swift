import Foundation
import Venuekey

/// A WhiteBIT connection that the app begins by itself, without the backend, and hands off to it. There is no secret of the
/// client's in the app. Prefer to let the backend begin where you can (`ConnectModel`).
public struct DeviceConnection: Sendable {
    private let connections: Connections
    private let backend: Backend
    private let owner = "me"

    /// - Parameters:
    ///   - store: on a device the keychain's, `KeychainStore`, with its `sealingKeys()`.
    ///   - base: for the sandbox.
    public init(
        clientId: String, backend: Backend, store: any Store, keys: SealingKeys, base: String? = nil
    ) throws {
        let config = ClientConfig(
            venue: .whitebit, environment: .global, clientId: clientId,
            redirectUri: backend.callbackUrl(.whitebit).absoluteString, authorizeBase: base, apiBase: base)
        connections = try Connections(clients: ["whitebit": try Client(config: config)], store: store, keys: keys)
        self.backend = backend
    }

    /// The page to open: the same one again while its consent is open.
    public func begin() async throws -> URL {
        let view: ConnectionView
        if let mine = try await mine() {
            view = try await connections.reconnect(mine.id)
        } else {
            view = try await connections.begin("whitebit", owner: owner, goal: .apiKey)
        }
        // Exposed to be opened.
        guard let page = view.authorizeUrl, let url = URL(string: page.expose()) else { throw URLError(.badURL) }
        return url
    }

    /// Takes what the browser brought back, and hands off. Called again after a crash, with or without the callback, it goes
    /// on where it was: the hand-off stays until the backend has it.
    public func finish(callback: URL?) async throws {
        guard let id = try await mine()?.id else { return }
        if let callback, let error = try await connections.receiveCallback(id, url: callback.absoluteString).error {
            throw error
        }
        guard let handOff = try await connections.handOff(id) else { return }
        do {
            // Exposed to be sent, in the body of an authenticated request.
            try await backend.handOff(.whitebit, handOff.expose())
        } catch let refusal as Refusal where refusal.code == "superseded" {
            // It has arrived before: the answer was lost.
        }
        try await connections.handedOff(id, handOff)
    }

    private func mine() async throws -> ConnectionView? {
        try await connections.find(owner: owner).last { $0.status != .ended }
    }
}
