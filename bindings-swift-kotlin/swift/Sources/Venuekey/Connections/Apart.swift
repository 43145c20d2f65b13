/// Rows that are due and not to be worked at: one bad row stops nobody. All workers of one process share it.
final class Apart: Sendable {
    /// How long a row that failed rests: twice as long each time, and a minute at most.
    private static let restMs: Int64 = 1000
    private static let longestRestMs: Int64 = 60_000

    private struct State {
        /// Of rows that are left alone, the revision that was told of.
        var told: [String: Int64] = [:]
        var failed: [String: (times: Int, untilMs: Int64)] = [:]
    }

    private let rows: Rows
    private let log: ConnectionLog
    private let state = Locked(State())

    init(_ rows: Rows, _ log: @escaping ConnectionLog) {
        (self.rows, self.log) = (rows, log)
    }

    /// It can't be opened: it is quarantined, which is told, or left alone if another process may be able to read it.
    func isQuarantined(_ row: ConnectionRow, _ error: any Error) async throws -> Bool {
        if rows.isDamaged(row, error) {
            log(.error, "connection \(row.id): it can't be opened (\(named(error))), quarantined\(pageFor(error))")
            _ = try await rows.store.quarantine(row.id, revision: row.revision, code: named(error))
            rows.changes.tell(row.id)
            return true
        }
        let isNew = state.with { $0.told.updateValue(row.revision, forKey: row.id) != row.revision }
        if isNew {
            let lacks = rows.lacks(row, error)
            let said = lacks.map { "\($0)), left alone" } ?? "\(named(error))), left alone\(pageFor(error))"
            log(.warning, "connection \(row.id): this process can't read it (\(said)")
        }
        return false
    }

    func fails(_ id: String, _ error: any Error) {
        let restMs = state.with { state in
            let times = (state.failed[id]?.times ?? 0) + 1
            let restMs = min(Apart.restMs << min(times - 1, 10), Apart.longestRestMs)
            state.failed[id] = (times, uptimeMs() + restMs)
            return restMs
        }
        log(.error, "connection \(id): \(named(error)), looked at again in \(restMs / 1000) s\(pageFor(error))")
    }

    func works(_ id: String) {
        state.with { $0.failed[id] = nil }
    }

    func rests(_ id: String) -> Bool {
        state.with { uptimeMs() < $0.failed[id]?.untilMs ?? 0 }
    }

    /// When to come back for what is due all the same.
    var restMs: Int64 {
        state.with { $0.failed.isEmpty } ? Apart.longestRestMs : Apart.restMs
    }
}
