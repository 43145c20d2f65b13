/// The connection has had this event, or is further.
private let movedOn: Set = ["wrong_state", "callback_already_received", "superseded"]

extension Connections {
    /// The user's browser came back to the client's redirect URI. Which of the user's connections that is for, the callback
    /// itself decides, so that you need to keep no id. If none waits for one, it returns the newest that has not ended, or else
    /// the newest: a page was loaded again, or the user came back too late.
    ///
    /// - Parameters:
    ///   - client: the client, by its name in `clients`.
    ///   - owner: the user who is logged in, never one whom the URL names.
    /// - Throws: `ConnectionNotFound` if the user has no connection of this client; `VenuekeyError.rejected` if the callback is
    ///   none of theirs, and all of them stay as they were.
    @discardableResult
    public func receiveClientCallback(_ client: String, url: String, owner: String) async throws -> ConnectionView {
        _ = try rows.client(client)
        let views = try await find(owner: owner).filter { $0.client == client }
        var refused: VenuekeyError?
        for view in views where view.authorizeUrl != nil && view.intent == nil {
            do {
                return try await receiveCallback(view.id, url: url, owner: .user(owner))
            } catch is ConnectionNotFound {
                // Gone meanwhile.
            } catch let error as VenuekeyError {
                if !movedOn.contains(error.code) { refused = error }
            }
        }
        if let refused { throw refused }
        let living = views.filter { $0.status != .ended && $0.intent == nil }
        let newest = (living.isEmpty ? views : living).max { ($0.trail.last?.atMs ?? 0) < ($1.trail.last?.atMs ?? 0) }
        guard let newest else { throw ConnectionNotFound("this owner has no connection of this client") }
        return newest
    }
}
