extension Connections {
    /// As `reseal`.
    func resealed(_ limit: Int) async throws -> Int {
        var (sealed, after) = (0, "")
        while sealed < limit {
            let ids = try await rows.store.rowsSealedByOthers(keyId: rows.keys.newestId, limit: limit - sealed, afterId: after)
            guard let last = ids.last else { break }
            after = last
            for id in ids {
                do {
                    // A revision of its own, since the seal is bound to it.
                    _ = try await rows.apply(id, .any) { try $0.touched(nowMs: $1) }
                    sealed += 1
                } catch let error as StoreError {
                    throw error
                } catch {
                    let what = "it can't be sealed anew (\(Venuekey.named(error)))"
                    runner.hands.log(.warning, "connection \(id): \(what)\(pageFor(error))")
                }
            }
        }
        return sealed
    }
}
