import Foundation
import Rig
import Testing
@testable import Venuekey

/// A lease that is in the store, or may be, keeps the code of its request from everybody: it is given back, or used.
@Suite(.timeLimit(.minutes(10))) struct DoubtTests {
    let rig = ConnectionTests()
    let replies = Replies(tokenReply, uidReply, keyReply)
    let nowMs = Locked(now)
    let lost = StoreError(operation: "save", error: "connection reset")

    /// Over a store that something looks on at, once it is armed; and the connection whose callback has come.
    func calledBack(
        looks: @escaping WatchedStore.Looks = { _ in }, reads: WatchedStore.Looks? = nil
    ) async throws -> (Connections, ConnectionView) {
        let isArmed = Locked(false)
        var store = WatchedStore(FileStore(path: rig.path)) { what in if isArmed.with({ $0 }) { try await looks(what) } }
        store.reads = { what in if isArmed.with({ $0 }) { try await reads?(what) } }
        let (told, nowMs) = (rig.told, nowMs)
        let connections = try Connections(
            clients: ["main": bybit()], store: store, keys: rig.keys, send: replies.send, log: { told.log($0, $1) },
            clock: { nowMs.with { $0 } })
        let view = try await rig.calledBack(connections)
        isArmed.with { $0 = true }
        return (connections, view)
    }

    func row(_ id: String) async throws -> ConnectionRow {
        try #require(try await FileStore(path: rig.path).load(id)).row
    }

    /// Nothing was sent, and another process goes on at once: it is the same moment still.
    func goesOnElsewhere(_ id: String, from revision: Int64) async throws {
        while true {
            let row = try await row(id)
            if row.revision >= revision + 2 && row.leaseHolder == nil { break }
            try await systemSleep(10)
        }
        #expect(await replies.sent.isEmpty)
        let nowMs = nowMs
        let other = try rig.connections(replies.send, clock: { nowMs.with { $0 } })
        _ = try await other.runOnce()
        let view = try await other.status(id)
        #expect(view.status == .connected, "\(String(describing: view.error))")
        #expect(await replies.sent == ["exchange_code", "read_uid", "fetch_api_key"])
    }

    @Test func aLeaseThatIsStoredOnlyAfterTheEndIsGivenBack() async throws {
        let (saves, isSaving) = AsyncStream<Void>.makeStream()
        let (open, gate) = AsyncStream<Void>.makeStream()
        let (connections, view) = try await calledBack(looks: { what in
            if what == "before save" {
                isSaving.yield()
                for await _ in open { break }
            }
        })
        let revision = try await row(view.id).revision
        let worker = Task { try await connections.run() }
        for await _ in saves { break }
        await connections.stop()
        // It ends, although the store has not answered.
        try await worker.value
        #expect(try await row(view.id).revision == revision)
        gate.finish()
        try await goesOnElsewhere(view.id, from: revision)
    }

    /// It was stored, and the store says that it failed, and is away for a while then.
    @Test func aLeaseThatMayBeStoredIsLookedForUntilTheStoreAnswers() async throws {
        let (lies, away) = (Locked(true), Locked(6))
        let lost = lost
        let (connections, view) = try await calledBack(
            looks: { what in
                if what == "after save", lies.with({ lies in defer { lies = false }; return lies }) { throw lost }
            },
            reads: { what in
                let isAway = !lies.with { $0 } && what == "load" && away.with { left in left -= 1; return left >= 0 }
                if isAway { throw StoreDown() }
            })
        _ = try await connections.runOnce()
        #expect(away.with { $0 } < 0)
        #expect(try await connections.status(view.id).status == .connected)
        #expect(await replies.sent == ["exchange_code", "read_uid", "fetch_api_key"])
    }

    @Test func evenAfterTheEnd() async throws {
        let (saves, isSaving) = AsyncStream<Void>.makeStream()
        let (lies, isAway) = (Locked(true), Locked(true))
        let lost = lost
        let (connections, view) = try await calledBack(
            looks: { what in
                if what == "after save", lies.with({ lies in defer { lies = false }; return lies }) {
                    isSaving.yield()
                    throw lost
                }
            },
            reads: { what in if what == "load", isAway.with({ $0 }) { throw StoreDown() } })
        let revision = try await row(view.id).revision
        let worker = Task { try await connections.run() }
        for await _ in saves { break }
        await connections.stop()
        try await worker.value
        #expect(try await row(view.id).leaseHolder != nil)
        isAway.with { $0 = false }
        try await goesOnElsewhere(view.id, from: revision)
    }

    @Test func whereTheLeaseIsOverItIsGivenUp() async throws {
        let (lies, asked) = (Locked(true), Locked(0))
        let (lost, nowMs) = (lost, nowMs)
        let (connections, _) = try await calledBack(
            looks: { what in
                if what == "after save", lies.with({ lies in defer { lies = false }; return lies }) { throw lost }
            },
            reads: { what in
                guard what == "load" else { return }
                // Longer than one lease.
                if asked.with({ asked in asked += 1; return asked }) == 6 { nowMs.with { $0 += 600_000 } }
                throw StoreDown()
            })
        let worker = Task { try await connections.run() }
        let told = rig.told
        while !told.lines.contains(where: { $0.hasPrefix("error") && $0.contains("looked at again in") }) {
            try await systemSleep(10)
        }
        #expect(asked.with { $0 } == 6)
        #expect(await replies.sent.isEmpty)
        worker.cancel()
        try await worker.value
    }

    /// What it reads tells each time that no lease is there: no other one is tried for as long as that.
    @Test func aStoreThatOnlyReadsIsGivenUp() async throws {
        let saves = Locked(0)
        let lost = lost
        let (connections, view) = try await calledBack(looks: { what in
            guard what == "before save" else { return }
            saves.with { $0 += 1 }
            throw lost
        })
        let worker = Task { try await connections.run() }
        let told = rig.told
        while !told.lines.contains(where: { $0.hasPrefix("error") && $0.contains("looked at again in") }) {
            try await systemSleep(10)
        }
        #expect(told.lines.contains { $0.hasPrefix("error") && $0.contains("StoreError: save, connection reset") })
        worker.cancel()
        try await worker.value
        #expect(saves.with { $0 } >= 5)
        #expect(try await row(view.id).leaseHolder == nil)
    }

    @Test func aStoreThatHangsHoldsUpNoEndOfRunOnce() async throws {
        let (asks, isAsked) = AsyncStream<Void>.makeStream()
        let (open, gate) = AsyncStream<Void>.makeStream()
        var store = WatchedStore(FileStore(path: rig.path)) { _ in }
        store.reads = { what in
            guard what == "nextDue" else { return }
            isAsked.yield()
            try await shielded { for await _ in open { break } }
        }
        let connections = try Connections(clients: ["main": bybit()], store: store, keys: rig.keys, send: replies.send)
        let once = Task { try await connections.runOnce() }
        for await _ in asks { break }
        await connections.stop()
        let error = StoreError(operation: "nextDue", error: "it did not answer before the end")
        await #expect(throws: error) { try await once.value }
        gate.finish()
    }

    /// One that answers late, and within the time, is heard.
    @Test func whatIsDueNextIsToldAfterTheEndToo() async throws {
        let (asks, isAsked) = AsyncStream<Void>.makeStream()
        let (open, gate) = AsyncStream<Void>.makeStream()
        var store = WatchedStore(FileStore(path: rig.path)) { _ in }
        store.reads = { what in
            guard what == "nextDue" else { return }
            isAsked.yield()
            try await shielded { for await _ in open { break } }
        }
        let connections = try Connections(clients: ["main": bybit()], store: store, keys: rig.keys, send: replies.send)
        let once = Task { try await connections.runOnce() }
        for await _ in asks { break }
        await connections.stop()
        gate.finish()
        #expect(try await once.value == nil)
    }
}
