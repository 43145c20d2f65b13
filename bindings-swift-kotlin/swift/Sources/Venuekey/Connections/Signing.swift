/// What sessions share: numbers, the venues' clocks and limits, and what is written down of a key's use.
final class Signing: Sendable {
    private static let touchMs: Int64 = 3_600_000
    private static let mostTouched = 10_000

    let runner: Runner
    let budget: Budget
    /// When each connection was last said to be in use, by this process's own count.
    private let touched = Locked<[String: Int64]>([:])

    init(_ runner: Runner, _ budget: Budget) {
        (self.runner, self.budget) = (runner, budget)
    }

    /// A number for a request of this connection's key; `isAnew` if the venue has refused the last one.
    func number(
        _ connection: Connection, _ signer: Signer, isAnew: Bool, patienceMs: Int64
    ) async throws -> (nonceMs: Int64, waitedMs: Int64) {
        let aheadMs = try await runner.offsets.aheadMs(signer, isAnew: isAnew)
        return try await runner.numbers.next(connection.nonceCounter ?? "", aheadMs: aheadMs, patienceMs: patienceMs)
    }

    /// The venue has accepted the key. It is not waited for: the reply is the caller's.
    func touch(_ id: String) {
        guard isDue(id) else { return }
        let rows = runner.rows
        Task { await rows.store.touch(id, lastUsedAtMs: rows.time.at()) }
    }

    /// Whether that is worth writing down; then it counts as written.
    func isDue(_ id: String) -> Bool {
        let atMs = uptimeMs()
        return touched.with { touched in
            if let before = touched[id], atMs - before < Signing.touchMs { return false }
            // Whoever is forgotten here is written down once more, which the store leaves alone within the hour.
            if touched.count >= Signing.mostTouched { touched = [:] }
            touched[id] = atMs
            return true
        }
    }

    /// A key that works no more is written down, so that the user is asked. What the venue said is the caller's in any case.
    func learn(_ connection: Connection, _ error: VenuekeyError) async {
        let rows = runner.rows
        do {
            if try connection.keyRefused(error: error, nowMs: rows.time.at()).revision == connection.revision { return }
            _ = try await shielded {
                try await rows.apply(connection.id, .any) { stored, nowMs in
                    // The user may have connected again meanwhile: it was not the new key that was refused.
                    if stored.nonceCounter != connection.nonceCounter { return stored }
                    return try stored.keyRefused(error: error, nowMs: nowMs)
                }
            }
        } catch {
            let what = "could not store that its key was refused (\(named(error)))"
            runner.hands.log(.warning, "connection \(connection.id): \(what)\(pageFor(error))")
        }
    }
}
