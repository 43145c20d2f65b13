#if canImport(Security)
import Foundation
import Security

/// Connections in the keychain, an item each: for what a device or a Mac holds itself. Readable after the device's first
/// unlock, on this device alone, and in no backup.
///
/// The keychain compares and sets by itself: an item carries its revision as `kSecAttrGeneric`, and what is changed is the
/// item with the revision that is expected. So an app and its extensions can share it by `accessGroup`. A save wakes the
/// workers of this process.
public actor KeychainStore: Store {
    private let service: String
    private let accessGroup: String?
    private let alarm = Alarm()
    private var isClosed = false

    /// - Parameters:
    ///   - service: the items' service: a name of your app's own.
    ///   - accessGroup: the keychain group that an app shares with its extensions.
    public init(service: String, accessGroup: String? = nil) {
        (self.service, self.accessGroup) = (service, accessGroup)
    }

    /// A sealing key of the keychain's own, made if there is none yet.
    public func sealingKeys() async throws -> SealingKeys {
        while true {
            if let key = try data("sealingKeys", "key") {
                return try SealingKeys(keys: [SealingKey(id: "local", key: key)])
            }
            // An extension of the app may be quicker.
            _ = try put("sealingKeys", "key", randomBytes(32), 1, over: nil)
        }
    }

    public func load(_ id: String) async throws -> Stored? {
        try row("load", id)?.stored
    }

    public func save(_ row: ConnectionRow) async throws -> Bool {
        let before = row.revision == 1 ? nil : try self.row("save", row.id)
        guard row.revision == 1 || before?.row.revision == row.revision - 1 else { return false }
        let won = try put("save", Kept(row, lastUsedAtMs: before?.lastUsedAtMs), over: row.revision == 1 ? nil : row.revision - 1)
        if won && row.dueAtMs != nil && row.leaseHolder == nil { alarm.ring() }
        return won
    }

    public func due(nowMs: Int64, limit: Int) async throws -> [Stored] {
        try rows("due").due(nowMs: nowMs, limit: limit)
    }

    public func nextDue() async throws -> Int64? {
        try rows("nextDue").nextDue()
    }

    public func find(owner: String) async throws -> [Stored] {
        try rows("find").find(owner: owner)
    }

    public func findAccount(hashes: [String], exceptId: String) async throws -> Bool {
        try rows("findAccount").findAccount(hashes: hashes, exceptId: exceptId)
    }

    public func delete(_ id: String, revision: Int64) async throws -> Bool {
        guard try row("delete", id) != nil else { return true }
        let query = item("row/\(id)").merging([kSecAttrGeneric: number(revision)]) { $1 }
        let isGone = try done("delete", SecItemDelete(query as CFDictionary))
        return try isGone || row("delete", id) == nil
    }

    public func bump(_ name: String, floor: Int64, by: Int64) async throws -> Int64 {
        while true {
            let before = try data("bump", "counter/\(name)").map(count)
            let (value, isOver) = max(before ?? 0, floor).addingReportingOverflow(by)
            guard !isOver && value < 1 << 53 else {
                throw StoreError(operation: "bump", error: "the counter is past what a number holds")
            }
            if value == before { return value }
            if try put("bump", "counter/\(name)", number(value), value, over: before) { return value }
        }
    }

    public func touch(_ id: String, lastUsedAtMs: Int64) async {
        guard var kept = try? row("touch", id), kept.wants(lastUsedAtMs) else { return }
        kept.lastUsedAtMs = lastUsedAtMs
        _ = try? put("touch", kept, over: kept.row.revision)
    }

    public func quarantine(_ id: String, revision: Int64, code: String) async throws -> Bool {
        guard var kept = try row("quarantine", id), kept.row.revision == revision else { return false }
        kept.quarantined = code
        return try put("quarantine", kept, over: revision)
    }

    public func rowsSealedByOthers(keyId: String, limit: Int, afterId: String = "") async throws -> [String] {
        try rows("rowsSealedByOthers").sealedByOthers(keyId: keyId, limit: limit, afterId: afterId)
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

    /// One app has few workers: the newest look is kept, not whose it was.
    public func seen(holder: String, nowMs: Int64) async throws {
        let before = try data("seen", "seen").map(count)
        _ = try put("seen", "seen", number(nowMs), nowMs, over: before)
    }

    public func lastSeen() async throws -> Int64? {
        try data("lastSeen", "seen").map(count)
    }

    public func close() async {
        alarm.end()
        isClosed = true
    }

    // Items

    private func item(_ name: String) -> [CFString: Any] {
        let plain: [CFString: Any] = [
            kSecClass: kSecClassGenericPassword, kSecAttrService: service, kSecAttrAccount: name,
            kSecUseDataProtectionKeychain: true,
        ]
        return accessGroup.map { plain.merging([kSecAttrAccessGroup: $0]) { $1 } } ?? plain
    }

    private func row(_ operation: String, _ id: String) throws -> Kept? {
        guard let data = try data(operation, "row/\(id)") else { return nil }
        guard let kept = Kept(data) else {
            throw StoreError(operation: operation, error: "a row is damaged, or a newer release's")
        }
        return kept
    }

    private func rows(_ operation: String) throws -> [Kept] {
        var query = item("")
        query[kSecAttrAccount] = nil
        query[kSecReturnAttributes] = true
        query[kSecMatchLimit] = kSecMatchLimitAll
        var found: CFTypeRef?
        guard try done(operation, SecItemCopyMatching(query as CFDictionary, &found)) else { return [] }
        let names = (found as? [[String: Any]] ?? []).compactMap { $0[kSecAttrAccount as String] as? String }
        // macOS gives no data with kSecMatchLimitAll.
        return try names.filter { $0.hasPrefix("row/") }.compactMap { try data(operation, $0).flatMap(Kept.init) }
    }

    private func data(_ operation: String, _ name: String) throws -> Data? {
        var found: CFTypeRef?
        let query = item(name).merging([kSecReturnData: true]) { $1 }
        return try done(operation, SecItemCopyMatching(query as CFDictionary, &found)) ? found as? Data : nil
    }

    private func put(_ operation: String, _ kept: Kept, over before: Int64?) throws -> Bool {
        try put(operation, "row/\(kept.row.id)", try kept.data(), kept.row.revision, over: before)
    }

    /// Where the item is at `before`, or if there is none.
    private func put(_ operation: String, _ name: String, _ data: Data, _ at: Int64, over before: Int64?) throws -> Bool {
        let value: [CFString: Any] = [
            kSecValueData: data, kSecAttrGeneric: number(at),
            kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
        ]
        guard let before else { return try done(operation, SecItemAdd(item(name).merging(value) { $1 } as CFDictionary, nil)) }
        let query = item(name).merging([kSecAttrGeneric: number(before)]) { $1 }
        return try done(operation, SecItemUpdate(query as CFDictionary, value as CFDictionary))
    }

    /// Whether it was done; not where the item is another's, or none.
    private func done(_ operation: String, _ status: OSStatus) throws -> Bool {
        if isClosed { throw StoreError(operation: operation, error: "it is closed") }
        switch status {
        case errSecSuccess: return true
        case errSecItemNotFound, errSecDuplicateItem: return false
        default: throw StoreError(operation: operation, error: "OSStatus \(status)")
        }
    }

    private func number(_ value: Int64) -> Data {
        Data("\(value)".utf8)
    }

    private func count(_ data: Data) -> Int64 {
        Int64(String(decoding: data, as: UTF8.self)) ?? 0
    }
}
#endif
