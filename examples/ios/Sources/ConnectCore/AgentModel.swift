import Foundation
import Observation
import Venuekey

/// An account that the device itself holds, without a backend: Bybit's AI agent, whose client has no secret. What is stored
/// survives the app's end at any moment: the next start goes on.
@MainActor @Observable public final class AgentModel {
    /// Where it stands: a page to open, accounts to choose from, connected.
    public private(set) var view: ConnectionView?
    /// Why the last button did not do it.
    public private(set) var refusal: VenuekeyError?

    private let connections: Connections
    private let owner = "me"

    /// - Parameters:
    ///   - store: on a device the keychain's, `KeychainStore`, with its `sealingKeys()`.
    ///   - base: for the sandbox.
    public init(store: any Store, keys: SealingKeys, base: String? = nil) throws {
        let config = ClientConfig(
            venue: .bybit, environment: .mainnet, clientId: "ai-agent", redirectUri: "https://www.bybit.com/oauth/callback",
            authorizeBase: base, apiBase: base)
        connections = try Connections(clients: ["bybit": try Client(config: config)], store: store, keys: keys)
    }

    /// Works and shows how things stand until its task is cancelled, as SwiftUI's `task` does when the screen goes.
    public func follow() async throws {
        let worker = Task { [connections] in try await connections.run() }
        defer { worker.cancel() }
        let known = try await connections.find(owner: owner).last { $0.status != .ended }
        guard let known else { return }
        for try await view in connections.updates(known.id) { self.view = view }
    }

    /// The connect button; then `follow`.
    public func connect() async throws {
        view = try await connections.begin("bybit", owner: owner, goal: .apiKey)
    }

    /// The code that the user has copied from the page at `view.authorizeUrl`.
    public func paste(_ code: String) async throws {
        try await act { try await connections.receivePastedCode($0, pasted: code) }
    }

    public func choose(_ accountId: String) async throws {
        try await act { try await connections.choose($0, accountId: accountId) }
    }

    public func disconnect() async throws {
        try await act { try await connections.disconnect($0) }
    }

    /// What the account holds.
    public func balances() async throws -> [CommonBalance] {
        guard let id = view?.id else { return [] }
        var balances: [CommonBalance] = []
        for try await balance in try await connections.account(id).balances() { balances.append(balance) }
        return balances
    }

    private func act(_ whatever: (String) async throws -> ConnectionView) async throws {
        guard let id = view?.id else { return }
        refusal = nil
        do {
            view = try await whatever(id)
        } catch let error as VenuekeyError {
            refusal = error
        }
    }
}
