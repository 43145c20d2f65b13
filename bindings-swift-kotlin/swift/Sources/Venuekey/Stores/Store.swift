/// A row, and what the store keeps beside it.
public struct Stored: Sendable, Equatable {
    /// As it was saved, but for the `status` of a quarantined one.
    public var row: ConnectionRow
    /// When its credentials were last used, in Unix milliseconds, at most an hour behind; see `Store.touch`.
    public var lastUsedAtMs: Int64?
    /// Why it is quarantined, where it is: an error's code.
    public var quarantined: String?

    public init(row: ConnectionRow, lastUsedAtMs: Int64? = nil, quarantined: String? = nil) {
        (self.row, self.lastUsedAtMs, self.quarantined) = (row, lastUsedAtMs, quarantined)
    }
}

/// A store of connections, shared by any number of tasks, processes and machines. `FileStore` is one, `KeychainStore`
/// another; whatever keeps these promises is one, and the library `VenuekeyConformance` tests that.
///
/// Nothing here assumes one process or one machine: each write is one statement of a database, and no call depends on
/// what an earlier one has left in memory. docs/stores.md has the schema that PostgreSQL stores use in other languages.
///
/// Every call that throws throws a `StoreError` if the database fails. Times are Unix milliseconds.
public protocol Store: Sendable {
    /// The row as it was saved last; nil if there is none.
    func load(_ id: String) async throws -> Stored?

    /// Stores the row if the stored revision is `row.revision - 1`, or, for revision 1, if there is no row; tells
    /// whether it did. It is atomic, durable when it returns, and never part of a transaction of the caller. Begun, it is
    /// not cut by a cancellation. A won save ends a quarantine, and wakes workers where the row is due some time and nobody
    /// holds its lease.
    func save(_ row: ConnectionRow) async throws -> Bool

    /// Rows whose `dueAtMs` has come by the clock that is given, those due longest first, none that is quarantined. It only
    /// reads, so several workers may be given the same row.
    func due(nowMs: Int64, limit: Int) async throws -> [Stored]

    /// The earliest `dueAtMs` of all rows that are not quarantined.
    func nextDue() async throws -> Int64?

    /// The owner's rows.
    func find(owner: String) async throws -> [Stored]

    /// Whether another row than `exceptId` has one of these as its `accountHash`: one whose `status` is not `.ended` and that is
    /// not about to end, so has no `intent`. A quarantined row counts whatever its `intent`.
    func findAccount(hashes: [String], exceptId: String) async throws -> Bool

    /// Deletes the row if its revision is that one. Tells whether there is no such row now.
    func delete(_ id: String, revision: Int64) async throws -> Bool

    /// Raises the counter to `max(counter, floor) + by` and returns that; atomic, and durable when it returns. A counter
    /// that is not there yet counts as 0.
    func bump(_ name: String, floor: Int64, by: Int64) async throws -> Int64

    /// Keeps when the credentials were last used, where what is kept is an hour older or nothing. Best effort: it leaves
    /// row and revision alone.
    func touch(_ id: String, lastUsedAtMs: Int64) async

    /// Takes the row out of `due` until it is saved again; its status is `quarantined`, the rest stays as it is. Tells
    /// whether its revision was that one.
    func quarantine(_ id: String, revision: Int64, code: String) async throws -> Bool

    /// Ids of rows that another key than this one has sealed, in their order, from those after `afterId` on.
    func rowsSealedByOthers(keyId: String, limit: Int, afterId: String) async throws -> [String]

    /// The store's own clock; nil if it has none, and the host's counts.
    func nowMs() async throws -> Int64?

    /// Ends `wait` in the workers that the store can reach. Best effort.
    func wake() async

    /// Waits until a save makes a row due, at most that long, and no longer than its task is not cancelled. Tells whether
    /// it was woken. Whoever waits looks again each second or so all the same: a lost wake loses nothing. One that comes
    /// while nobody waits ends the next wait.
    func wait(timeoutMs: Int64) async -> Bool

    /// A worker says that it has looked.
    func seen(holder: String, nowMs: Int64) async throws

    /// The newest time at which any worker has looked.
    func lastSeen() async throws -> Int64?

    /// Gives back what the store holds, and ends every wait. Every other call fails after that.
    func close() async
}

/// The store failed. A save that failed may be stored all the same: load the row to know. It names the call and the
/// driver's error, never what a row holds.
public struct StoreError: Error, Equatable, CustomStringConvertible {
    /// The call that failed: `save`.
    public let operation: String
    /// The driver's own name of the error, with its code if there is one: `No space left on device (28)`.
    public let error: String
    /// Its page: what to do now, and what may be lost.
    public var docUrl: String { pageOf("store_error") }

    public init(operation: String, error: String) {
        (self.operation, self.error) = (operation, error)
    }

    public var description: String { "the store's \(operation) failed: \(error); see \(docUrl)" }
}
