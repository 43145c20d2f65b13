#if VENUEKEY_SERVER
/// What `Connections.beginByHandOff` has come to.
public struct TakenHandOff: Sendable {
    /// The connection that this hand-off has begun.
    public let view: ConnectionView
    /// Whether this call has begun it. If not, the hand-off was taken before, and nothing was done.
    public let isNew: Bool
}

extension Connections {
    /// Begins a connection with what an app has begun; a server's call, since it takes a client's secret. A hand-off that
    /// comes twice is the same connection, also when that has ended meanwhile: `isNew` tells, and the app gets the same
    /// answer.
    ///
    /// - Parameters:
    ///   - handOff: the text that the app sent, in the request of the user who is logged in as `owner`.
    ///   - onSecretLost: as of `Client.acceptHandOff`.
    /// - Throws: `VenuekeyError` with `hand_off_invalid`, `hand_off_mismatch` or `hand_off_expired`. `ConnectionNotFound`
    ///   where another owner has brought it before.
    public func beginByHandOff(
        _ client: String, handOff: String, owner: String, label: String? = nil, keepAlive: KeepAlive? = nil,
        onSecretLost: LostSecretPolicy? = nil
    ) async throws -> TakenHandOff {
        let connection = try rows.client(client).beginConnectionByHandOff(
            handOff: handOff, onSecretLost: onSecretLost, options: named(client, owner, label, keepAlive),
            nowMs: try await rows.time.nowMs())
        if try await rows.save(connection) {
            return TakenHandOff(view: ConnectionView(connection, noWorker: false), isNew: true)
        }
        return TakenHandOff(view: try await status(connection.id, owner: .user(owner)), isNew: false)
    }
}
#endif
