extension Connections {
    /// As `reseal`.
    func resealed(_ limit: Int) async throws -> Int {
        var (sealed, after) = (0, "")
        var left: String?
        while sealed < limit {
            let ids = try await rows.store.rowsSealedByOthers(keyId: rows.keys.newestId, limit: limit - sealed, afterId: after)
            guard let last = ids.last else { break }
            after = last
            for id in ids {
                do {
                    // A revision of its own, since the seal is bound to it.
                    _ = try await rows.apply(id, .any) { try $0.touched(nowMs: $1) }
                    sealed += 1
                } catch is ConnectionNotFound {
                    // Gone meanwhile.
                } catch let error as VenuekeyError {
                    left = left ?? id
                    let what = "it can't be sealed anew (\(Venuekey.named(error)))"
                    runner.hands.log(.warning, "connection \(id): \(what)\(pageFor(error))")
                }
            }
        }
        if let left, sealed == 0 {
            let hint = "rows are left that can't be opened here, the first is \(left): give the key that sealed it"
            throw VenuekeyError.misuse("invalid_configuration", hint)
        }
        return sealed
    }
}
