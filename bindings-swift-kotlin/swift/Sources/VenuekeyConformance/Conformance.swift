import Foundation
import Venuekey

/// How the suite comes to a store.
public protocol ConformanceSubject: Sendable {
    /// A program of yours that does nothing but call `conformanceProgram` with the same store: the suite runs it as other
    /// processes.
    var program: URL { get }

    /// Whether a save wakes those who wait in other processes too.
    var wakesProcesses: Bool { get }

    /// A new place without rows, as text that other processes understand: a path, a URL.
    func makePlace() async throws -> String

    /// The store at that place, which may be made for the first time.
    func openStore(_ place: String) async throws -> any Store

    /// Called once the test has ended and its stores are closed.
    func removePlace(_ place: String) async throws

    /// Lets each write fail of the stores at that place, those that are open already too, until `mendPlace`; `false` if
    /// it does not, and the tests of that are left out.
    func breakPlace(_ place: String) async throws -> Bool

    func mendPlace(_ place: String) async throws
}

extension ConformanceSubject {
    public var wakesProcesses: Bool { false }
    public func removePlace(_ place: String) async throws {}
    public func breakPlace(_ place: String) async throws -> Bool { false }
    public func mendPlace(_ place: String) async throws {}
}

/// One test of the suite.
public struct ConformanceTest: Sendable, CustomStringConvertible {
    public let name: String
    private let work: @Sendable () async throws -> Void

    init(_ name: String, _ work: @escaping @Sendable () async throws -> Void) {
        (self.name, self.work) = (name, work)
    }

    public var description: String { name }

    /// Throws `Nonconformance`, or what the store threw.
    public func run() async throws {
        try await work()
    }
}

/// A promise that the store has not kept.
public struct Nonconformance: Error, CustomStringConvertible {
    public let description: String
}

/// What decides whether something is a store: the promises of `Store`, with real processes.
///
/// ```swift
/// @Test(arguments: conformance(MySubject())) func conforms(_ test: ConformanceTest) async throws {
///     try await test.run()
/// }
/// ```
public func conformance(_ subject: some ConformanceSubject) -> [ConformanceTest] {
    let suite = Suite(subject: subject)
    return suite.saves + suite.lookups + suite.contention + suite.wakes + suite.failures
}

struct Suite: Sendable {
    let subject: any ConformanceSubject

    /// A test with a place of its own and the store there.
    func test(
        _ name: String, _ work: @escaping @Sendable (_ store: any Store, _ place: String) async throws -> Void
    ) -> ConformanceTest {
        ConformanceTest(name) {
            let place = try await subject.makePlace()
            do {
                let store = try await subject.openStore(place)
                do {
                    try await work(store, place)
                } catch {
                    await store.close()
                    throw error
                }
                await store.close()
            } catch {
                try await subject.removePlace(place)
                throw error
            }
            try await subject.removePlace(place)
        }
    }
}

// What is asserted

func same<T: Equatable>(_ found: T, _ wanted: T, _ what: String, line: Int = #line, file: String = #fileID) throws {
    guard found != wanted else { return }
    throw Nonconformance(description: "\(file):\(line): \(what): \(short(found)) and not \(short(wanted))")
}

func holds(_ isSo: Bool, _ what: String, line: Int = #line, file: String = #fileID) throws {
    guard !isSo else { return }
    throw Nonconformance(description: "\(file):\(line): \(what)")
}

private func short(_ value: some Any) -> String {
    let text = "\(value)"
    return text.count > 400 ? "\(text.prefix(400))…" : text
}

// Rows

let nowMs: Int64 = 1_790_000_000_000

/// A row to add; each number gives another id.
func row(_ number: Int, _ edit: (inout Fields) -> Void = { _ in }) -> ConnectionRow {
    var fields = Fields(id: String(repeating: "0", count: 32 - "\(number)".count) + "\(number)")
    edit(&fields)
    return fields.row
}

/// The same row, to follow it.
func next(_ row: ConnectionRow, _ edit: (inout Fields) -> Void = { _ in }) -> ConnectionRow {
    var fields = Fields(row)
    fields.revision += 1
    edit(&fields)
    return fields.row
}

/// The same row, but for that.
func edited(_ row: ConnectionRow, _ edit: (inout Fields) -> Void) -> ConnectionRow {
    var fields = Fields(row)
    edit(&fields)
    return fields.row
}

/// With every field, and text that quoting, encoding or shortening would change.
let full = row(1) { fields in
    fields.owner = "Zoë '); DROP TABLE venuekey_connections; -- 🦄 \\ \" %s ? $1"
    fields.label = "Größe: 大 \u{1F511} ﷽ e\u{301}"
    fields.status = .connected
    fields.intent = .disconnect
    fields.dueAtMs = nowMs
    fields.leaseHolder = "worker-1"
    fields.leaseUntilMs = nowMs + 45_000
    fields.accountHash = "0123456789abcdef0123456789abcdef"
    fields.sealed = String(repeating: "A", count: 512 * 1024 - 1) + "z"
}

/// A row that can be changed.
struct Fields {
    var id: String
    var owner = "user-1"
    var client = "main"
    var label: String?
    var venue = Venue.allCases[0]
    var environment = VenueEnvironment.allCases[0]
    var status = ConnectionStatus.working
    var intent: Intent?
    var dueAtMs: Int64?
    var leaseHolder: String?
    var leaseUntilMs: Int64?
    var revision: Int64 = 1
    var sealingKeyId = "key-1"
    var accountHash: String?
    var sealed = "0"

    init(id: String) {
        self.id = id
    }

    init(_ row: ConnectionRow) {
        (id, owner, client, label, venue) = (row.id, row.owner, row.client, row.label, row.venue)
        (environment, status, intent, dueAtMs) = (row.environment, row.status, row.intent, row.dueAtMs)
        (leaseHolder, leaseUntilMs, revision) = (row.leaseHolder, row.leaseUntilMs, row.revision)
        (sealingKeyId, accountHash, sealed) = (row.sealingKeyId, row.accountHash, row.sealed)
    }

    var row: ConnectionRow {
        ConnectionRow(
            id: id, owner: owner, client: client, label: label, venue: venue, environment: environment, status: status,
            intent: intent, dueAtMs: dueAtMs, leaseHolder: leaseHolder, leaseUntilMs: leaseUntilMs, revision: revision,
            sealingKeyId: sealingKeyId, accountHash: accountHash, sealed: sealed)
    }
}
