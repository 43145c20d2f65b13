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

    public let device: DeviceConnection
    private let connections: Connections

    /// - Parameters:
    ///   - store: on a device the keychain's, `KeychainStore`, with its `sealingKeys()`.
    ///   - base: for the sandbox.
    public init(store: any Store, keys: SealingKeys, base: String? = nil) throws {
        let config = ClientConfig(
            venue: .bybit, environment: .mainnet, clientId: "ai-agent", redirectUri: "https://www.bybit.com/oauth/callback",
            authorizeBase: base, apiBase: base)
        connections = try Connections(clients: ["bybit": try Client(config: config)], store: store, keys: keys)
        device = DeviceConnection(connections, client: "bybit")
    }

    /// Works and shows how things stand until its task is cancelled, as SwiftUI's `task` does when the screen goes.
    public func follow() async throws {
        let worker = Task { [connections] in try await connections.run() }
        defer { worker.cancel() }
        for try await view in device.updates() { self.view = view }
    }

    /// A button.
    public func press(_ button: (DeviceConnection) async throws -> ConnectionView) async throws {
        refusal = nil
        do {
            view = try await button(device)
        } catch let error as VenuekeyError {
            refusal = error
        }
    }
}
