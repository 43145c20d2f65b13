import Foundation
import Venuekey

/// A WhiteBIT connection that the app begins by itself, without the backend, and hands off to it. There is no secret of the
/// client's in the app. Prefer to let the backend begin where you can (`ConnectModel`).
public struct DeviceConnection: Sendable {
    private let client: Client
    private let backend: Backend
    private let vault: any Vault

    /// `authorizeBase` is for the sandbox.
    public init(clientId: String, backend: Backend, vault: any Vault, authorizeBase: String? = nil) throws {
        client = try Client(
            config: ClientConfig(
                venue: .whitebit, environment: .global, clientId: clientId,
                redirectUri: backend.callbackUrl(.whitebit).absoluteString, authorizeBase: authorizeBase))
        self.backend = backend
        self.vault = vault
    }

    /// The page to open.
    public func begin() throws -> URL {
        let started = try client.begin(goal: .apiKey)
        try keep(started.pending.snapshot())
        // Exposed to be opened.
        guard let url = URL(string: started.authorizeUrl.expose()) else { throw URLError(.badURL) }
        return url
    }

    /// Takes what the browser brought back, and hands off. Called again after a crash, with or without the callback, it goes
    /// on where it was: the backend takes a hand-off once.
    public func finish(callback: URL?) async throws {
        guard let snapshot = try vault.load(name) else { return }
        var flow = try client.restore(text: snapshot)
        if case .awaitingCallback = flow.status {
            guard let callback else { return }
            flow = try flow.receiveCallback(url: callback.absoluteString).flow
            try keep(flow.snapshot())
        }
        let done = try await drive(
            try flow.resume(), send: { _ in throw NoResponse("nothing_to_send") },
            save: { snapshot in
                try keep(snapshot)
                return true  // one app, one flow: nobody else writes here
            })
        guard case .handOff(let handOff) = done.outcome else { return }
        do {
            // Exposed to be sent, in the body of an authenticated request.
            try await backend.handOff(.whitebit, handOff.expose())
        } catch let refusal as Refusal where refusal.code == "superseded" {
            // It has arrived before: the answer was lost.
        }
        try vault.forget(name)
    }

    private let name = "flow.whitebit"

    private func keep(_ snapshot: Snapshot) throws {
        try vault.keep(snapshot.expose(), as: name)
    }
}
