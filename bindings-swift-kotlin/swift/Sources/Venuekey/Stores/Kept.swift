import Foundation

/// By the names that the columns have in every language.
extension ConnectionRow: Codable {
    private enum Column: String, CodingKey {
        case id, owner, client, label, venue, environment, status, intent, revision, sealed
        case dueAtMs = "due_at_ms"
        case leaseHolder = "lease_holder"
        case leaseUntilMs = "lease_until_ms"
        case sealingKeyId = "sealing_key_id"
        case accountHash = "account_hash"
    }

    public init(from decoder: any Decoder) throws {
        let row = try decoder.container(keyedBy: Column.self)
        self.init(
            id: try row.decode(String.self, forKey: .id), owner: try row.decode(String.self, forKey: .owner),
            client: try row.decode(String.self, forKey: .client), label: try row.decodeIfPresent(String.self, forKey: .label),
            venue: try row.decode(Venue.self, forKey: .venue),
            environment: try row.decode(VenueEnvironment.self, forKey: .environment),
            status: try row.decode(ConnectionStatus.self, forKey: .status),
            intent: try row.decodeIfPresent(Intent.self, forKey: .intent),
            dueAtMs: try row.decodeIfPresent(Int64.self, forKey: .dueAtMs),
            leaseHolder: try row.decodeIfPresent(String.self, forKey: .leaseHolder),
            leaseUntilMs: try row.decodeIfPresent(Int64.self, forKey: .leaseUntilMs),
            revision: try row.decode(Int64.self, forKey: .revision),
            sealingKeyId: try row.decode(String.self, forKey: .sealingKeyId),
            accountHash: try row.decodeIfPresent(String.self, forKey: .accountHash),
            sealed: try row.decode(String.self, forKey: .sealed))
    }

    public func encode(to encoder: any Encoder) throws {
        var row = encoder.container(keyedBy: Column.self)
        try row.encode(id, forKey: .id)
        try row.encode(owner, forKey: .owner)
        try row.encode(client, forKey: .client)
        try row.encodeIfPresent(label, forKey: .label)
        try row.encode(venue, forKey: .venue)
        try row.encode(environment, forKey: .environment)
        try row.encode(status, forKey: .status)
        try row.encodeIfPresent(intent, forKey: .intent)
        try row.encodeIfPresent(dueAtMs, forKey: .dueAtMs)
        try row.encodeIfPresent(leaseHolder, forKey: .leaseHolder)
        try row.encodeIfPresent(leaseUntilMs, forKey: .leaseUntilMs)
        try row.encode(revision, forKey: .revision)
        try row.encode(sealingKeyId, forKey: .sealingKeyId)
        try row.encodeIfPresent(accountHash, forKey: .accountHash)
        try row.encode(sealed, forKey: .sealed)
    }
}

extension ConnectionRow {
    fileprivate func shown(as status: ConnectionStatus) -> ConnectionRow {
        ConnectionRow(
            id: id, owner: owner, client: client, label: label, venue: venue, environment: environment, status: status,
            intent: intent, dueAtMs: dueAtMs, leaseHolder: leaseHolder, leaseUntilMs: leaseUntilMs, revision: revision,
            sealingKeyId: sealingKeyId, accountHash: accountHash, sealed: sealed)
    }
}

/// A row with what stands beside it, as it lies in a file or in the keychain.
struct Kept: Codable {
    static let newest = 1

    private(set) var format = Kept.newest
    var row: ConnectionRow
    var lastUsedAtMs: Int64?
    var quarantined: String?

    init(_ row: ConnectionRow, lastUsedAtMs: Int64?) {
        (self.row, self.lastUsedAtMs) = (row, lastUsedAtMs)
    }

    /// Why a row is set aside whose columns hold what no store of ours has written. Any save writes them anew.
    static let wrongType = "a column of the row has the wrong type: release the connection, which writes it anew"

    /// Of a newer release or damaged: nil.
    init?(_ data: Data) {
        let read = { (data: Data) in try? JSONDecoder().decode(Kept.self, from: data) }
        guard let kept = read(data) ?? Kept.withoutHints(data).flatMap(read), kept.format == Kept.newest else { return nil }
        self = kept
    }

    /// The same without what only serves to look rows up, in case that is what is wrong with it.
    private static func withoutHints(_ data: Data) -> Data? {
        guard var kept = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any], var row = kept["row"] as? [String: Any]
        else { return nil }
        for name in ["label", "intent", "due_at_ms", "lease_holder", "lease_until_ms", "account_hash"] { row[name] = nil }
        row["status"] = ConnectionStatus.quarantined.name
        kept["row"] = row
        kept["lastUsedAtMs"] = nil
        kept["quarantined"] = wrongType
        return try? JSONSerialization.data(withJSONObject: kept)
    }

    func data() throws -> Data {
        try JSONEncoder().encode(self)
    }

    var stored: Stored {
        Stored(row: quarantined == nil ? row : row.shown(as: .quarantined), lastUsedAtMs: lastUsedAtMs, quarantined: quarantined)
    }

    /// Whether the save is stored: it follows what is there.
    static func follows(_ row: ConnectionRow, _ before: Kept?) -> Bool {
        row.revision == (before?.row.revision ?? 0) + 1
    }

    /// Whether a use is worth writing down.
    func wants(_ usedAtMs: Int64) -> Bool {
        lastUsedAtMs.map { usedAtMs - $0 >= hourMs } ?? true
    }

    /// Whether it may work with its account's key. One that is about to end keeps no other from deleting it, or of two that end
    /// together neither would; nobody knows what a quarantined one holds.
    var works: Bool {
        row.status != .ended && (row.intent == nil || quarantined != nil)
    }

    /// Due and not quarantined.
    func isDue(_ nowMs: Int64) -> Bool {
        quarantined == nil && row.dueAtMs.map { $0 <= nowMs } ?? false
    }
}

let hourMs: Int64 = 3_600_000

extension [Kept] {
    // What a store that reads all of its rows looks for.

    func due(nowMs: Int64, limit: Int) -> [Stored] {
        let found = filter { $0.isDue(nowMs) }.sorted { ($0.row.dueAtMs ?? 0, $0.row.id) < ($1.row.dueAtMs ?? 0, $1.row.id) }
        return found.prefix(Swift.max(0, limit)).map(\.stored)
    }

    func nextDue() -> Int64? {
        filter { $0.quarantined == nil }.compactMap(\.row.dueAtMs).min()
    }

    func find(owner: String) -> [Stored] {
        filter { $0.row.owner.isIdentical(to: owner) }.sorted { $0.row.id < $1.row.id }.map(\.stored)
    }

    func findAccount(hashes: [String], exceptId: String) -> Bool {
        contains { kept in
            kept.row.id != exceptId && kept.works && kept.row.accountHash.map(hashes.contains) ?? false
        }
    }

    func sealedByOthers(keyId: String, limit: Int, afterId: String) -> [String] {
        let ids = filter { $0.row.sealingKeyId != keyId && $0.row.id > afterId }.map(\.row.id).sorted()
        return Array<String>(ids.prefix(Swift.max(0, limit)))
    }
}

extension String {
    /// The same bytes: Swift's `==` takes two spellings of an accent for one, and they are two users' names.
    func isIdentical(to other: String) -> Bool {
        utf8.elementsEqual(other.utf8)
    }
}
