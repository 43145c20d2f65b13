extension Connections {
    /// Ends a row, or removes one of which nothing can be ended.
    func end(_ stored: Stored, _ intent: Intent) async throws -> ConnectionView {
        let row = stored.row
        do {
            return try await apply(row.id, .user(row.owner)) { try $0.disconnect(intent: intent, nowMs: $1) }
        } catch let error as VenuekeyError {
            let isQuarantined = stored.quarantined != nil
            guard isQuarantined || rows.isDamaged(row, error) else { throw error }
            // No worker is to take it up meanwhile.
            if !isQuarantined {
                guard try await rows.store.quarantine(row.id, revision: row.revision, code: error.code) else { throw error }
            }
            guard try await rows.store.delete(row.id, revision: row.revision) else { throw error }
            rows.changes.tell(row.id)
            let what = "removed, since it can't be opened (\(error.code))"
            runner.hands.log(.error, "connection \(row.id): \(what)\(pageFor(error))")
            return ConnectionView(row, unreadable: error)
        }
    }
}
