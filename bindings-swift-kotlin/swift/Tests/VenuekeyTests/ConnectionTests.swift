import Foundation
import Rig
import Testing
@testable import Venuekey

/// What needs no exchange: owners, stores that fail, replies that must not be lost, rows that can't be opened.
@Suite(.timeLimit(.minutes(10))) struct ConnectionTests {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    let told = Told()
    let keys = try! Rig.keys()

    func connections(
        _ send: @escaping Send, keys: SealingKeys? = nil, clients: [String: Client]? = nil, log: ConnectionLog? = nil,
        clock: Clock? = nil, looks: WatchedStore.Looks? = nil
    ) throws -> Connections {
        let (store, told) = (FileStore(path: path), told)
        return try Connections(
            clients: try clients ?? ["main": bybit()], store: looks.map { WatchedStore(store, looks: $0) } ?? store,
            keys: keys ?? self.keys, send: send, onEvent: { told.add($0) }, log: log ?? { told.log($0, $1) }, clock: clock)
    }

    /// A connection whose callback has come.
    func calledBack(_ connections: Connections, owner: String = "user") async throws -> ConnectionView {
        let begun = try await connections.begin("main", owner: owner, goal: .apiKey)
        let items = URLComponents(string: begun.authorizeUrl?.expose() ?? "")?.queryItems
        let state = items?.first { $0.name == "state" }?.value ?? ""
        return try await connections.receiveCallback(begun.id, url: "/cb?code=canary-code&state=\(state)", owner: .user(owner))
    }

    @Test func ofAnotherOwnerItIsNotThere() async throws {
        let connections = try connections(Replies().send)
        let view = try await calledBack(connections)
        for owner in [Owner.user("somebody else"), .user("")] {
            let calls: [() async throws -> Void] = [
                { _ = try await connections.status(view.id, owner: owner) },
                { _ = try await connections.disconnect(view.id, owner: owner) },
                { _ = try await connections.account(view.id, owner: owner) },
                { for try await _ in connections.updates(view.id, owner: owner) {} },
            ]
            for call in calls { await #expect(throws: ConnectionNotFound()) { try await call() } }
        }
        for id in ["", "../counters", String(repeating: "0", count: 32)] {
            await #expect(throws: ConnectionNotFound()) { try await connections.status(id) }
        }
        #expect(try await connections.find(owner: "user").map(\.id) == [view.id])
        #expect(try await connections.find(owner: "nobody").isEmpty)
        _ = try await calledBack(connections)
        await #expect(throws: AmbiguousAccount(count: 2)) { try await connections.account(owner: "user") }
        await #expect(throws: ConnectionNotFound.self) { try await connections.account(owner: "user", venue: .whitebit) }
    }

    @Test func whatIsWrongIsSaidByName() async throws {
        let connections = try connections(Replies().send)
        let wrong: [() async throws -> Void] = [
            { _ = try await connections.begin("other", owner: "user", goal: .apiKey) },
            { _ = try await connections.begin("main", owner: "", goal: .apiKey) },
            { try await connections.run(holder: "") },
            { _ = try await connections.runOnce(holder: String(repeating: "é", count: 33)) },
            { _ = try Connections(clients: [:], store: FileStore(path: path), keys: keys) },
            { _ = try Connections(clients: ["a": bybit()], store: FileStore(path: path), keys: keys, concurrency: 0) },
            { _ = try await connections.reseal(limit: 0) },
            { _ = try await connections.reseal(limit: -1) },
        ]
        for call in wrong {
            let error = await thrown { try await call() } as? VenuekeyError
            #expect(error?.code == "invalid_argument" && error?.kind == .misuse)
            #expect("\(try #require(error))".contains("docs/errors/invalid_argument"))
        }
        let foreign = await thrown {
            let begun = try await connections.begin("main", owner: "user", goal: .apiKey)
            return try await connections.receiveCallback(begun.id, url: "/cb?code=canary&state=canary")
        } as? VenuekeyError
        #expect(foreign?.kind == .rejected)
    }

    @Test func cancelledWithACodeOutItWaitsForTheReplyAndStoresIt() async throws {
        let (sent, isSent) = AsyncStream<Void>.makeStream()
        let (open, gate) = AsyncStream<Void>.makeStream()
        let replies = Replies(calling: [
            {
                isSent.yield()
                for await _ in open { break }
                return tokenReply
            }, { uidReply }, { keyReply },
        ])
        let connections = try connections(replies.send)
        let view = try await calledBack(connections)
        let ended = Locked(false)
        let worker = Task {
            try await connections.run()
            ended.with { $0 = true }
        }
        for await _ in sent { break }
        worker.cancel()
        // It is out, so it is waited for, however long that takes: longer than an end waits for anything else, which is what
        // another worker waits for that was asked later.
        try await endedWithoutItsReply()
        #expect(!ended.with { $0 })
        gate.yield()
        try await worker.value
        #expect(await replies.sent == ["exchange_code"])
        let row = try #require(try await FileStore(path: path).load(view.id)).row
        #expect(row.leaseHolder == nil)
        _ = try await connections.runOnce()
        #expect(try await connections.status(view.id).status == .connected)
        #expect(await replies.sent.filter { $0 == "exchange_code" }.count == 1)
    }

    @Test func cancelledWithNothingThatMustBeKeptItEndsAtOnce() async throws {
        try await endedWithoutItsReply()
    }

    /// A worker that is cancelled with a request out that may be sent again, by a sender that heeds no cancellation.
    func endedWithoutItsReply() async throws {
        let (sent, isSent) = AsyncStream<Void>.makeStream()
        let (open, gate) = AsyncStream<Void>.makeStream()
        let other = ConnectionTests()
        let connections = try other.connections({ request in
            if request.purpose == "exchange_code" { return tokenReply }
            isSent.yield()
            try await shielded { for await _ in open { break } }
            throw NoResponse()
        })
        let view = try await other.calledBack(connections)
        let worker = Task { try await connections.run() }
        for await _ in sent { break }
        worker.cancel()
        // It comes to its end, although the reply never comes.
        try await worker.value
        // The lease is given back, by what is left behind where the end could not wait for it.
        while try await FileStore(path: other.path).load(view.id)?.row.leaseHolder != nil { try await systemSleep(10) }
        gate.finish()
    }

    @Test func stopEndsEveryRun() async throws {
        let connections = try connections(Replies().send)
        let workers = (1...3).map { _ in Task { try await connections.run() } }
        while told.lines.filter({ $0.contains("begins") }).count < 3 { await Task.yield() }
        await connections.stop()
        for worker in workers { try await worker.value }
    }

    @Test func aSignalEndsARunAndNotTheProcess() async throws {
        let (process, output) = (Process(), Pipe())
        let built = ProcessInfo.processInfo.environment["VENUEKEY_BUILT"] ?? ".build/debug"
        process.executableURL = URL(fileURLWithPath: "\(built)/worker")
        process.arguments = [path, "http://127.0.0.1:9", "\(beginMs)", "0"]
        process.standardOutput = output
        try process.run()
        let begun = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        #expect(begun == "begins\n")
        kill(process.processIdentifier, SIGTERM)
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0)
        #expect(text == "ended\n")
    }

    @Test func aReplyIsStoredHoweverOftenTheStoreFails() async throws {
        let failures = Locked((left: 3, isReply: false))
        let replies = Replies(tokenReply, uidReply, keyReply)
        let connections = try connections(
            { request in
                let reply = try await replies.send(request)
                failures.with { $0.isReply = true }
                return reply
            },
            looks: { what in
                let fails = failures.with { failures in
                    guard what == "before save", failures.isReply, failures.left > 0 else { return false }
                    failures.left -= 1
                    return true
                }
                if fails { throw StoreError(operation: "save", error: "No space left on device (28)") }
            })
        let view = try await calledBack(connections)
        _ = try await connections.runOnce()
        #expect(try await connections.status(view.id).status == .connected)
        #expect(await replies.sent.filter { $0 == "exchange_code" }.count == 1)
        #expect(failures.with { $0.left } == 0)
        let lines = told.lines.filter { $0.hasPrefix("warning") }
        #expect(lines.count == 3 && lines.allSatisfy { $0.contains("a reply is not stored yet") }, "\(lines)")
        #expect(!told.lines.contains { $0.contains("canary") })
    }

    @Test func aSaveThatLiesIsFoundOutByLoading() async throws {
        let lies = Locked(2)
        let replies = Replies(tokenReply, uidReply, keyReply)
        // It is stored, and the store says that it failed: before a send, and after a reply.
        let connections = try connections(replies.send, looks: { what in
            let isLie = lies.with { left in
                guard what == "after save", left > 0 else { return false }
                left -= 1
                return true
            }
            if isLie { throw StoreError(operation: "save", error: "connection reset") }
        })
        lies.with { $0 = 0 }
        let view = try await calledBack(connections)
        lies.with { $0 = 2 }
        _ = try await connections.runOnce()
        for _ in 0..<3 where try await connections.status(view.id).status == .working { _ = try await connections.runOnce() }
        #expect(try await connections.status(view.id).status == .connected)
        #expect(await replies.sent.filter { $0 == "exchange_code" }.count == 1)
    }

    @Test func anEventIsToldAgainWhereTheHostCouldNotTakeIt() async throws {
        let (now, fails) = (Locked(beginMs), Locked(true))
        let told = told
        let connections = try Connections(
            clients: ["main": bybit()], store: FileStore(path: path), keys: keys,
            send: Replies(tokenReply, uidReply, keyReply).send,
            onEvent: { event in
                told.add(event)
                if fails.with({ $0 }) { throw StoreDown() }
            }, log: { told.log($0, $1) }, clock: { now.with { $0 } })
        let view = try await calledBack(connections)
        let nextMs = try #require(try await connections.runOnce())
        #expect(told.kinds == [.connected])
        #expect(told.lines.contains { $0.hasPrefix("error") && $0.contains("onEvent failed at connected (StoreDown)") })
        #expect(nextMs > now.with { $0 } && nextMs <= now.with { $0 } + 60_000)
        fails.with { $0 = false }
        now.with { $0 = nextMs }
        _ = try await connections.runOnce()
        #expect(told.kinds == [.connected, .connected])
        #expect(try await connections.status(view.id).status == .connected)
    }

    @Test func aBadRowStopsNobodyAndCanBeRemoved() async throws {
        let connections = try connections(Replies(tokenReply, uidReply, keyReply).send)
        let (bad, good) = (try await calledBack(connections, owner: "bad"), try await calledBack(connections, owner: "good"))
        let store = FileStore(path: path)
        let row = try #require(try await store.load(bad.id)).row
        var text = String(decoding: try JSONEncoder().encode(row), as: UTF8.self)
        text = text.replacingOccurrences(of: #""revision":\#(row.revision)"#, with: #""revision":\#(row.revision + 1)"#)
        // Its seal is bound to the revision that it had.
        #expect(try await store.save(try JSONDecoder().decode(ConnectionRow.self, from: Data(text.utf8))))
        // Before any row of the key was opened, the key may be wrong: the row is left alone.
        for _ in 0..<3 { _ = try await connections.runOnce() }
        #expect(try await connections.status(good.id).status == .connected)
        let view = try await connections.status(bad.id)
        #expect(view.status == .quarantined && view.error?.code == "seal_invalid" && view.goal == nil)
        #expect(try await store.load(bad.id)?.quarantined == "seal_invalid")
        await #expect(throws: VenuekeyError.self) { try await connections.release(bad.id) }
        #expect(try await connections.forget(owner: "bad").map(\.status) == [.quarantined])
        await #expect(throws: ConnectionNotFound()) { try await connections.status(bad.id) }
    }

    @Test func whatAnotherProcessMayReadIsLeftAlone() async throws {
        let first = try connections(Replies().send)
        let view = try await calledBack(first)
        let newKey = SealingKey(id: "2027-02", key: Data(32..<64))
        let others = [
            try connections(Replies().send, clients: ["other": bybit()]),
            try connections(Replies().send, keys: try SealingKeys(keys: [newKey])),
        ]
        for other in others {
            let nextMs = try #require(try await other.runOnce())
            #expect(nextMs > systemClock() + 30_000)
            #expect(try await other.status(view.id).status == .quarantined)
        }
        #expect(told.lines.filter { $0.contains("left alone") }.count == 2)
        #expect(try await FileStore(path: path).load(view.id)?.quarantined == nil)

        // 0 would say that the older key can go.
        let unopened = await thrown { _ = try await others[1].reseal() } as? VenuekeyError
        #expect(unopened?.code == "invalid_configuration")
        #expect(unopened?.details.hint?.contains(view.id) == true)

        // With both keys the row is sealed anew, and the older key is needed no more.
        let both = try connections(
            Replies().send, keys: try SealingKeys(keys: [newKey, SealingKey(id: "2026-11", key: Data(0..<32))]))
        #expect(try await both.reseal() == 1)
        #expect(try await both.reseal() == 0)
        #expect(try await others[1].status(view.id).status == .working)
    }

    @Test func updatesEndWithTheConnection() async throws {
        let connections = try connections(Replies(tokenReply, uidReply, keyReply).send)
        let begun = try await connections.begin("main", owner: "user", goal: .apiKey)
        let seen = Task { () -> [ConnectionStatus] in
            var seen: [ConnectionStatus] = []
            for try await view in connections.updates(begun.id) where seen.last != view.status {
                seen.append(view.status)
                if view.status == .awaitingUser { try await connections.disconnect(begun.id) }
            }
            return seen
        }
        let worker = Task { try await connections.run() }
        #expect(try await seen.value.last == .ended)
        worker.cancel()
        try await worker.value
        let cancelled = Task { for try await _ in connections.updates(begun.id) {} }
        try await cancelled.value
    }

    @Test func aViewIsJSONWithoutItsSecret() async throws {
        let connections = try connections(Replies().send, clock: { beginMs })
        let view = try await connections.begin("main", owner: "user", goal: .apiKey, label: "mine")
        let json = try JSON.parse(try JSONEncoder().encode(view))
        #expect(json["status"] == "awaiting_user" && json["owner"] == "user" && json["label"] == "mine")
        #expect(json["no_worker"]?.bool == false && json["venue"] == "bybit")
        #expect(json["authorize_url"] == nil)
        var dumped = ""
        dump(view, to: &dumped)
        #expect(!"\(view)\(dumped)".contains("state="))
    }

    @Test func noWorkerIsSeenByWhoLooks() async throws {
        let now = Locked(beginMs)
        let connections = try connections(Replies().send, clock: { now.with { $0 } })
        let view = try await calledBack(connections)
        #expect(try await connections.status(view.id).noWorker == false)
        now.with { $0 += 61_000 }
        #expect(try await connections.status(view.id).noWorker)
        try await FileStore(path: path).seen(holder: "somebody", nowMs: now.with { $0 })
        #expect(try await connections.status(view.id).noWorker == false)
    }

    /// All of its places are taken for good: it does not count as one that looks.
    @Test func aWorkerWithoutAPlaceIsNotSeen() async throws {
        let nowMs = Locked(beginMs)
        let (hangs, isHanging) = AsyncStream<Void>.makeStream()
        let (open, gate) = AsyncStream<Void>.makeStream()
        let stuck = try Connections(
            clients: ["main": bybit()], store: FileStore(path: path), keys: keys,
            send: Replies(tokenReply, uidReply, keyReply).send,
            onEvent: { _ in
                isHanging.yield()
                for await _ in open { break }
            }, log: { _, _ in }, clock: { nowMs.with { $0 } }, concurrency: 1)
        _ = try await calledBack(stuck)
        let worker = Task { try await stuck.run() }
        for await _ in hangs { break }
        let waiting = try await calledBack(stuck, owner: "other")
        nowMs.with { $0 += 61_000 }
        // As long as a worker with nothing to do takes for a few looks, each of which asks for the time twice.
        let asked = Locked(0)
        let idle = try Connections(
            clients: ["main": bybit()], store: FileStore(path: "\(path)-idle"), keys: keys, send: Replies().send, log: { _, _ in },
            clock: {
                asked.with { $0 += 1 }
                return beginMs
            })
        let others = Task { try await idle.run() }
        while asked.with({ $0 }) < 6 { try await systemSleep(10) }
        let view = try await stuck.status(waiting.id)
        #expect(view.status == .working && view.noWorker)
        gate.finish()
        for each in [worker, others] {
            each.cancel()
            try await each.value
        }
    }

    @Test func aStoreThatHasANewConnectionAlreadyHasFailed() async throws {
        var store = WatchedStore(FileStore(path: path)) { _ in }
        store.losesSaves = true
        let connections = try Connections(clients: ["main": bybit()], store: store, keys: keys, send: Replies().send)
        let error = await thrown { try await connections.begin("main", owner: "user", goal: .apiKey) } as? StoreError
        #expect(error == StoreError(operation: "save", error: "a new connection's id is in the store already"))
    }

    @Test func whenConnectionsWereUsedIsKnownOfSoMany() async throws {
        let signing = await (try connections(Replies().send)).signing
        #expect(signing.isDue("first") && !signing.isDue("first"))
        for number in 0..<10_000 { #expect(signing.isDue("\(number)")) }
        #expect(signing.isDue("first"))
    }

    @Test func whatCameFromOtherTablesIsImported() async throws {
        let connections = try connections(Replies().send)
        let key = ImportedKey(apiKey: Secret(text: "canary-key"), apiSecret: Secret(text: "canary-secret"), uid: "106000001")
        let view = try await connections.importKey("main", key, owner: "user", label: "old")
        #expect(view.status == .connected && view.uid == "106000001" && view.goal == .apiKey)
        let tokens = try Tokens(
            accessToken: Secret(text: "canary-access"), refreshToken: Secret(text: "canary-refresh"),
            expiresAtMs: systemClock() + 3_600_000)
        let other = try await connections.importTokens("main", tokens, owner: "user", keepAlive: .onUse)
        #expect(other.status == .connected && other.goal == .accountTokens)
        #expect(try await connections.account(other.id).tokens().tokens.accessToken.expose() == "canary-access")
        #expect(try await connections.find(owner: "user").count == 2)
    }
}

private let beginMs = now
