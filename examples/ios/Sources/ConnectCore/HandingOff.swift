import Venuekey

/// A WhiteBIT connection that the app begins by itself, without the backend, and hands off to it. There is no secret of the
/// client's in the app. Prefer to let the backend begin where you can (`ConnectModel`).
///
/// - Parameters:
///   - store: on a device the keychain's, `KeychainStore`, with its `sealingKeys()`.
///   - base: for the sandbox.
public func handingOff(
    clientId: String, backend: Backend, store: any Store, keys: SealingKeys, base: String? = nil
) throws -> BackendConnection {
    let config = ClientConfig(
        venue: .whitebit, environment: .global, clientId: clientId, redirectUri: backend.callbackUrl(.whitebit),
        authorizeBase: base, apiBase: base)
    let connections = try Connections(clients: ["whitebit": try Client(config: config)], store: store, keys: keys)
    return BackendConnection(backend: backend, device: DeviceConnection(connections, client: "whitebit", owner: "me"))
}
