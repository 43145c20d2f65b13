#if VENUEKEY_SERVER
extension Connections {
    /// Begins a connection with what an app has begun; a server's call, since it takes a client's secret. A hand-off that
    /// comes twice is the same connection, also when that has ended meanwhile.
    ///
    /// - Parameters:
    ///   - handOff: the text that the app sent, in the request of the user who is logged in as `owner`.
    ///   - onSecretLost: as of `Client.acceptHandOff`.
    /// - Throws: `VenuekeyError` with `hand_off_invalid`, `hand_off_mismatch` or `hand_off_expired`. `ConnectionNotFound`
    ///   where another owner has brought it before.
    public func beginByHandOff(
        _ client: String, handOff: String, owner: String, label: String? = nil, keepAlive: KeepAlive? = nil,
        onSecretLost: LostSecretPolicy? = nil
    ) async throws -> ConnectionView {
        let connection = try rows.client(client).beginConnectionByHandOff(
            handOff: handOff, onSecretLost: onSecretLost, options: named(client, owner, label, keepAlive),
            nowMs: try await rows.time.nowMs())
        if try await rows.save(connection) { return ConnectionView(connection, noWorker: false) }
        return try await status(connection.id, owner: .user(owner))
    }
}
#endif
