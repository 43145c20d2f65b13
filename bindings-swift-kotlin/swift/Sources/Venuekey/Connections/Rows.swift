/// Whose connection it must be.
public enum Owner: Sendable, Equatable {
    /// Anybody's: if you have looked yourself whose it is.
    case any
    /// That user's: any other's is not found. Give it whenever the id comes from a browser.
    case user(String)

    func has(_ owner: String) -> Bool {
        switch self {
        case .any: true
        case .user(let name): name.isIdentical(to: owner)
        }
    }
}

/// What a connection becomes by an event; with the same revision, nothing.
typealias Change = @Sendable (_ connection: Connection, _ nowMs: Int64) throws -> Connection

/// The rows of one store, opened.
final class Rows: Sendable {
    /// So often does an event from the web try to be the next revision.
    private static let tries = 5
    private static let noWorkerMs: Int64 = 60_000
    /// What is wrong with the row itself. Anything else may be this process's own: its clients, its keys, its release.
    private static let damage = ["seal_invalid", "snapshot_invalid"]

    let clients: [String: Client]
    let store: any Store
    let keys: SealingKeys
    let time: Time
    let changes = Changes()
    /// The sealing keys with which some row was opened here: these are right.
    private let rightKeys = Locked<Set<String>>([])

    init(clients: [String: Client], store: any Store, keys: SealingKeys, time: Time) {
        (self.clients, self.store, self.keys, self.time) = (clients, store, keys, time)
    }

    func client(_ name: String) throws -> Client {
        if let client = clients[name] { return client }
        throw VenuekeyError.argument("there is no client \"\(name)\"; there are: \(clients.keys.sorted().joined(separator: ", "))")
    }

    /// Throws as `openConnection`, and if there is no such client.
    func opened(_ stored: Stored, nowMs: Int64) throws -> Connection {
        let row = stored.row
        let sealed = StoredConnection(
            id: row.id, owner: row.owner, client: row.client, revision: row.revision, sealed: row.sealed)
        do {
            let connection = try client(row.client).openConnection(row: sealed, keys: keys, nowMs: nowMs)
            rightKeys.with { _ = $0.insert(row.sealingKeyId) }
            guard let usedAtMs = stored.lastUsedAtMs else { return connection }
            return try connection.used(lastUsedAtMs: usedAtMs, nowMs: nowMs)
        } catch let error as VenuekeyError {
            // Its seal was opened, and what is in it is wrong.
            if error.code.hasPrefix("snapshot_") { rightKeys.with { _ = $0.insert(row.sealingKeyId) } }
            throw error
        }
    }

    /// Its status and venue, by what is sealed; by the columns only where that can't be opened.
    func told(_ stored: Stored) async throws -> (id: String, status: ConnectionStatus, venue: Venue, opens: Bool) {
        let (row, nowMs) = (stored.row, try await time.nowMs())
        guard let connection = try? opened(stored, nowMs: nowMs) else { return (row.id, row.status, row.venue, false) }
        return (row.id, connection.status, try client(connection.clientName).venue, true)
    }

    /// Whether it is the row that is damaged: another process could not open it either.
    func isDamaged(_ row: ConnectionRow, _ error: any Error) -> Bool {
        guard let error = error as? VenuekeyError else { return false }
        return Rows.damage.contains(error.code) && lacks(row, error) == nil
    }

    /// What this process lacks to open the row, if another one may have it.
    func lacks(_ row: ConnectionRow, _ error: any Error) -> String? {
        guard let client = clients[row.client] else { return "there is no client '\(row.client)'" }
        if client.venue != row.venue || client.environment != row.environment {
            return "client '\(row.client)' is of \(client.venue.name) \(client.environment.name)"
        }
        guard keys.ids.contains(row.sealingKeyId) else { return "there is no sealing key '\(row.sealingKeyId)'" }
        let isProven = rightKeys.with { $0.contains(row.sealingKeyId) }
        guard (error as? VenuekeyError)?.code == "seal_invalid", !isProven else { return nil }
        return "no row of sealing key '\(row.sealingKeyId)' could be opened here: is the key right?"
    }

    /// For a driver, which may have a reply in hand.
    func load(_ id: String) async throws -> Connection? {
        guard let stored = try await store.load(id) else { return nil }
        return try opened(stored, nowMs: await time.sure())
    }

    /// The row, where it is this owner's: the seal is bound to that column.
    func stored(_ id: String, _ owner: Owner) async throws -> Stored {
        // What is no id can be anything: the store is not asked.
        guard id.utf8.count == 32, id.allSatisfy(\.isHexDigit), let stored = try await store.load(id), owner.has(stored.row.owner)
        else { throw ConnectionNotFound() }
        return stored
    }

    func loaded(_ id: String, _ owner: Owner) async throws -> Connection {
        try opened(try await stored(id, owner), nowMs: try await time.nowMs())
    }

    /// Whether it is stored; another worker won if not. Begun, it is finished, whoever cancels meanwhile.
    func save(_ connection: Connection) async throws -> Bool {
        let row = try connection.seal(keys: keys)
        let won = try await shielded { try await self.store.save(row) }
        if won { changes.tell(row.id) }
        return won
    }

    /// Saves what the event makes of the row. If another save comes first, it is applied to that.
    func apply(_ id: String, _ owner: Owner, _ change: Change) async throws -> Connection {
        for _ in 0..<Rows.tries {
            let connection = try await loaded(id, owner)
            let changed = try change(connection, try await time.nowMs())
            if changed.revision == connection.revision { return changed }
            if try await save(changed) { return changed }
        }
        throw StoreBusy()
    }

    /// The view of what the store has, whether it can be opened or not.
    func look(_ stored: Stored) async throws -> ConnectionView {
        let nowMs = try await time.nowMs()
        let connection: Connection
        do {
            connection = try opened(stored, nowMs: nowMs)
        } catch let error as VenuekeyError {
            return ConnectionView(stored.row, unreadable: error)
        }
        // Such a row may never be due.
        if stored.quarantined == Kept.wrongType { return ConnectionView(stored.row, unreadable: .damaged(Kept.wrongType)) }
        // By the column: opened, work that is ready is due now, whenever that is.
        let waits = stored.row.dueAtMs.map { nowMs - $0 > Rows.noWorkerMs } ?? false
        var noWorker = waits
        if waits, let seenMs = try await store.lastSeen() { noWorker = nowMs - seenMs > Rows.noWorkerMs }
        return ConnectionView(connection, noWorker: noWorker)
    }
}
