import Foundation

/// Connections in a directory, a file each, for the tasks and processes of one machine: a desktop's program, a server with
/// a disk of its own, a device without a keychain.
///
/// What is saved has been flushed to the disk when `save` returns, and a file is replaced as a whole: a process that is
/// killed leaves the row as it was, or as it was to be. Processes take turns by a lock of the operating system's (`flock`),
/// which ends with whoever holds it. The directory belongs on a disk of this machine, not on a network's. It looks at all
/// of its rows where it looks for some, and is meant for thousands, not for millions.
///
/// It is made by the first call, for its owner alone (0700, files 0600). A save wakes the workers of this process; those of
/// others look each second.
public actor FileStore: Store {
    private let files: Files
    private let alarm = Alarm()

    public init(directory: URL) {
        files = Files(directory.path)
    }

    public init(path: String) {
        files = Files(path)
    }

    /// A sealing key of the directory's own, made if there is none yet: for a program in a user's own hands. Whoever has
    /// the whole directory has it too; a server keeps its keys with its other secrets.
    public func sealingKeys() async throws -> SealingKeys {
        let key = try await files.run("sealingKeys") { files in try files.locked { try files.key() } }
        return try SealingKeys(keys: [SealingKey(id: "local", key: key)])
    }

    public func load(_ id: String) async throws -> Stored? {
        try await files.run("load") { try $0.row(id)?.stored }
    }

    public func save(_ row: ConnectionRow) async throws -> Bool {
        let won = try await files.run("save") { files in
            guard row.revision > 0 else { throw Refused(reason: "a revision is 1 or more") }
            return try files.locked {
                let before = try files.row(row.id)
                guard Kept.follows(row, before) else { return false }
                try files.keep(Kept(row, lastUsedAtMs: before?.lastUsedAtMs))
                return true
            }
        }
        if won && row.dueAtMs != nil && row.leaseHolder == nil { alarm.ring() }
        return won
    }

    public func due(nowMs: Int64, limit: Int) async throws -> [Stored] {
        try await files.run("due") { try $0.rows().due(nowMs: nowMs, limit: limit) }
    }

    public func nextDue() async throws -> Int64? {
        try await files.run("nextDue") { try $0.rows().nextDue() }
    }

    public func find(owner: String) async throws -> [Stored] {
        try await files.run("find") { try $0.rows().find(owner: owner) }
    }

    public func findAccount(hashes: [String], exceptId: String) async throws -> Bool {
        try await files.run("findAccount") { try $0.rows().findAccount(hashes: hashes, exceptId: exceptId) }
    }

    public func delete(_ id: String, revision: Int64) async throws -> Bool {
        try await files.run("delete") { files in
            try files.locked {
                guard let kept = try files.row(id) else { return true }
                guard kept.row.revision == revision else { return false }
                try files.remove(id)
                return true
            }
        }
    }

    public func bump(_ name: String, floor: Int64, by: Int64) async throws -> Int64 {
        try await files.run("bump") { files in
            try files.locked {
                var counters = try files.numbers("counters")
                let (value, isOver) = max(counters[name] ?? 0, floor).addingReportingOverflow(by)
                guard !isOver && value < 1 << 53 else { throw Refused(reason: "the counter is past what a number holds") }
                if counters[name] != value {
                    counters[name] = value
                    try files.keep(counters, "counters")
                }
                return value
            }
        }
    }

    public func touch(_ id: String, lastUsedAtMs: Int64) async {
        try? await files.run("touch") { files in
            // Nearly every call ends here, without a lock.
            guard try files.row(id)?.wants(lastUsedAtMs) == true else { return }
            try files.locked {
                guard var kept = try files.row(id), kept.wants(lastUsedAtMs) else { return }
                kept.lastUsedAtMs = lastUsedAtMs
                try files.keep(kept)
            }
        }
    }

    public func quarantine(_ id: String, revision: Int64, code: String) async throws -> Bool {
        try await files.run("quarantine") { files in
            try files.locked {
                guard var kept = try files.row(id), kept.row.revision == revision else { return false }
                kept.quarantined = code
                try files.keep(kept)
                return true
            }
        }
    }

    public func rowsSealedByOthers(keyId: String, limit: Int, afterId: String = "") async throws -> [String] {
        try await files.run("rowsSealedByOthers") { files in
            try files.rows().sealedByOthers(keyId: keyId, limit: limit, afterId: afterId)
        }
    }

    /// It has no clock of its own.
    public func nowMs() async throws -> Int64? {
        nil
    }

    public func wake() async {
        alarm.ring()
    }

    public nonisolated func wait(timeoutMs: Int64) async -> Bool {
        await alarm.wait(timeoutMs: timeoutMs)
    }

    public func seen(holder: String, nowMs: Int64) async throws {
        try await files.run("seen") { files in
            try files.locked {
                // Each start of a worker is another holder.
                var workers = try files.numbers("workers").filter { $0.value >= nowMs - 24 * hourMs }
                workers[holder] = nowMs
                try files.keep(workers, "workers")
            }
        }
    }

    public func lastSeen() async throws -> Int64? {
        try await files.run("lastSeen") { try $0.numbers("workers").values.max() }
    }

    public func close() async {
        alarm.end()
        files.close()
    }
}
