import Foundation
import Testing
import VenuekeyConformance
@testable import Venuekey

/// docs/connections-swift.md calls a reader's own so.
private typealias MySubject = FilesOfATest

/// The suite that decides what counts as a store, and what only this one promises.
@Suite(.serialized, .timeLimit(.minutes(10))) struct FileStoreTests {
    @Test(arguments: conformance(MySubject())) func conforms(_ test: ConformanceTest) async throws {
        try await test.run()
    }

    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path

    func row(_ number: Int, _ edit: (String) -> String = { $0 }) throws -> ConnectionRow {
        let id = String(repeating: "0", count: 31) + "\(number)"
        let json = #"{"id":"\#(id)","owner":"o","client":"c","venue":"bybit","environment":"mainnet","status":"working","#
        return try JSONDecoder().decode(
            ConnectionRow.self, from: Data(edit(json + #""due_at_ms":1,"revision":1,"sealing_key_id":"k","sealed":"s"}"#).utf8))
    }

    @Test func filesAreTheUsersAlone() async throws {
        let store = FileStore(path: path)
        let row = try row(1)
        _ = try await store.save(row)
        let mode = { (path: String) in try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int }
        #expect(try mode(path) == 0o700)
        #expect(try mode("\(path)/rows/\(row.id)") == 0o600)
    }

    @Test func noIdLeadsOutOfTheDirectory() async throws {
        let store = FileStore(path: path)
        for id in ["../counters", "..", "a/b", "", "é"] {
            #expect(try await store.load(id) == nil)
            let bad = try row(1) { $0.replacingOccurrences(of: String(repeating: "0", count: 31) + "1", with: id) }
            await #expect(throws: StoreError.self) { try await store.save(bad) }
        }
    }

    @Test func aDamagedRowStopsNoOther() async throws {
        let store = FileStore(path: path)
        for number in 1...2 { _ = try await store.save(try row(number)) }
        #expect(try await store.due(nowMs: 1, limit: 9).count == 2)
        try Data("{".utf8).write(to: URL(fileURLWithPath: "\(path)/rows/\(try row(1).id)"))
        #expect(try await store.due(nowMs: 1, limit: 9).map(\.row.id) == [try row(2).id])
        let error = await thrown { try await store.load(try row(1).id) } as? StoreError
        #expect(error?.operation == "load")
        // Whoever saves over it would not know what it follows.
        await #expect(throws: StoreError.self) { try await store.save(try row(1)) }
    }

    @Test func aDamagedColumnIsOneBadRow() async throws {
        let store = FileStore(path: path)
        for number in 1...2 { _ = try await store.save(try row(number)) }
        let file = URL(fileURLWithPath: "\(path)/rows/\(try row(1).id)")
        let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        let damaged = text.replacingOccurrences(of: #""due_at_ms":1"#, with: #""due_at_ms":"soon""#)
        #expect(damaged != text)
        try Data(damaged.utf8).write(to: file)
        let found = try await store.load(try row(1).id)
        #expect(found?.quarantined == Kept.wrongType)
        #expect(found?.row.status == .quarantined)
        #expect(found?.row.sealed == "s", "what counts is still there")
        #expect(try await store.due(nowMs: 1, limit: 9).map(\.row.id) == [try row(2).id])
        #expect(try await store.find(owner: "o").count == 2)
        // Any save writes the columns anew.
        let next = try row(1) { $0.replacingOccurrences(of: #""revision":1"#, with: #""revision":2"#) }
        #expect(try await store.save(next))
        #expect(try await store.load(next.id)?.quarantined == nil)
        #expect(try await store.due(nowMs: 1, limit: 9).count == 2)
    }

    @Test func countersThatCantBeReadDoNotBeginAnew() async throws {
        let store = FileStore(path: path)
        #expect(try await store.bump("nonce", floor: 0, by: 7) == 7)
        try Data().write(to: URL(fileURLWithPath: "\(path)/counters"))
        await #expect(throws: StoreError.self) { try await store.bump("nonce", floor: 0, by: 1) }
        let past = await thrown { try await store.bump("other", floor: Int64.max, by: 1) }
        #expect(past is StoreError)
    }

    @Test func itsSealingKeyIsMadeOnce() async throws {
        let keys = try await withThrowingTaskGroup(of: Data.self) { group in
            for _ in 0..<4 {
                group.addTask { [path] in
                    #expect(try await FileStore(path: path).sealingKeys().ids == ["local"])
                    return try Data(contentsOf: URL(fileURLWithPath: "\(path)/key"))
                }
            }
            return try await group.reduce(into: Set<Data>()) { $0.insert($1) }
        }
        #expect(keys.count == 1 && keys.first?.count == 32)
        try Data("short".utf8).write(to: URL(fileURLWithPath: "\(path)/key"))
        await #expect(throws: StoreError.self) { try await FileStore(path: path).sealingKeys() }
    }

    @Test func whatAKilledProcessLeftHalfWrittenIsOverwritten() async throws {
        let store = FileStore(path: path)
        _ = try await store.save(try row(1))
        try Data("half a row".utf8).write(to: URL(fileURLWithPath: "\(path)/new"))
        #expect(try await store.save(try row(2)))
        #expect(try await FileStore(path: path).load(try row(2).id)?.row == (try row(2)))
    }
}

private struct FilesOfATest: ConformanceSubject {
    var program: URL {
        let built = ProcessInfo.processInfo.environment["VENUEKEY_BUILT"] ?? ".build/debug"
        return URL(fileURLWithPath: "\(built)/store-child")
    }

    func makePlace() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    }

    func openStore(_ place: String) -> any Store {
        FileStore(path: place)
    }

    func removePlace(_ place: String) {
        // It is not there where nothing was asked of the store.
        try? FileManager.default.removeItem(atPath: place)
    }

    /// A disk that is full: whatever is written goes through this file first.
    func breakPlace(_ place: String) throws -> Bool {
        try? FileManager.default.removeItem(atPath: "\(place)/new")
        try FileManager.default.createSymbolicLink(atPath: "\(place)/new", withDestinationPath: "/dev/full")
        return true
    }

    func mendPlace(_ place: String) throws {
        try FileManager.default.removeItem(atPath: "\(place)/new")
    }
}
