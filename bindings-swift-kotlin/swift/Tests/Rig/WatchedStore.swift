import Venuekey

/// A store that something looks on at: before and after each call that writes. What `looks` throws, the call throws.
public struct WatchedStore: Store {
    public typealias Looks = @Sendable (_ what: String) async throws -> Void

    let inner: any Store
    let looks: Looks
    /// The store's own clock, if it is to have one.
    public var clock: Clock?
    /// Whether it says of each save that another worker won.
    public var losesSaves = false
    /// Before each `load` and `nextDue`: a store that is away, or hangs.
    public var reads: Looks?

    public init(_ inner: any Store, looks: @escaping Looks) {
        (self.inner, self.looks) = (inner, looks)
    }

    private func watched<T>(_ what: String, _ work: () async throws -> T) async throws -> T {
        try await looks("before \(what)")
        let result = try await work()
        try await looks("after \(what)")
        return result
    }

    public func save(_ row: ConnectionRow) async throws -> Bool {
        try await watched("save") { losesSaves ? false : try await inner.save(row) }
    }

    public func delete(_ id: String, revision: Int64) async throws -> Bool {
        try await watched("delete") { try await inner.delete(id, revision: revision) }
    }

    public func bump(_ name: String, floor: Int64, by: Int64) async throws -> Int64 {
        try await watched("bump") { try await inner.bump(name, floor: floor, by: by) }
    }

    public func load(_ id: String) async throws -> Stored? {
        try await reads?("load")
        return try await inner.load(id)
    }
    public func due(nowMs: Int64, limit: Int) async throws -> [Stored] { try await inner.due(nowMs: nowMs, limit: limit) }
    public func nextDue() async throws -> Int64? {
        try await reads?("nextDue")
        return try await inner.nextDue()
    }
    public func find(owner: String) async throws -> [Stored] { try await inner.find(owner: owner) }
    public func findAccount(hashes: [String], exceptId: String) async throws -> Bool {
        try await inner.findAccount(hashes: hashes, exceptId: exceptId)
    }
    public func touch(_ id: String, lastUsedAtMs: Int64) async { await inner.touch(id, lastUsedAtMs: lastUsedAtMs) }
    public func quarantine(_ id: String, revision: Int64, code: String) async throws -> Bool {
        try await inner.quarantine(id, revision: revision, code: code)
    }
    public func rowsSealedByOthers(keyId: String, limit: Int, afterId: String) async throws -> [String] {
        try await inner.rowsSealedByOthers(keyId: keyId, limit: limit, afterId: afterId)
    }
    public func nowMs() async throws -> Int64? {
        if let clock { return clock() }
        return try await inner.nowMs()
    }
    public func wake() async { await inner.wake() }
    public func wait(timeoutMs: Int64) async -> Bool { await inner.wait(timeoutMs: timeoutMs) }
    public func seen(holder: String, nowMs: Int64) async throws { try await inner.seen(holder: holder, nowMs: nowMs) }
    public func lastSeen() async throws -> Int64? { try await inner.lastSeen() }
    public func close() async { await inner.close() }
}
