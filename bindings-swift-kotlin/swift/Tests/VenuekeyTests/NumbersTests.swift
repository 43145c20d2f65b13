import Foundation
import Rig
import Testing
@testable import Venuekey

/// Numbers that lie ahead: many were reserved in a short time, or by a clock that was ahead.
@Suite(.timeLimit(.minutes(10))) struct NumbersTests {
    let store = FileStore(path: FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path)
    let bumps = Locked(0)
    let time = Asleep()

    var watched: WatchedStore {
        WatchedStore(store) { [bumps] what in if what == "before bump" { bumps.with { $0 += 1 } } }
    }

    static func whitebit() throws -> Client {
        try Client.confidential(
            config: ClientConfig(venue: .whitebit, environment: .global, clientId: "app-1", redirectUri: redirectUri),
            clientSecret: Secret(text: "canary-client-secret"))
    }

    func numbers(_ sleep: Sleep? = nil) -> Numbers {
        Numbers(watched, Time(watched, time.clock), sleep ?? time.sleep)
    }

    @Test func areWaitedForNoLongerThanPatienceAllows() async throws {
        _ = try await store.bump("key", floor: now + 50_000, by: 50)
        let error = await thrown { try await numbers().next("key", aheadMs: 0, patienceMs: 5_000) } as? VenuekeyError
        #expect(error?.code == "rate_limited" && error?.kind == .unavailable)
        #expect(time.clock() == now + 5_000)
        #expect(bumps.with { $0 } == 2, "a look, and one block")
    }

    @Test func thoseWhoWaitReserveNoOthers() async throws {
        _ = try await store.bump("key", floor: now + 30_000, by: 50)
        let numbers = numbers()
        let taken = try await withThrowingTaskGroup(of: Int64.self) { group in
            for _ in 0..<8 { group.addTask { try await numbers.next("key", aheadMs: 0, patienceMs: 600_000).nonceMs } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(taken.sorted() == (1...8).map { now + 30_050 + $0 })
        #expect(bumps.with { $0 } == 2, "a look, and one block")
    }

    @Test func whoIsCancelledWaitsNoLonger() async throws {
        _ = try await store.bump("key", floor: now + 50_000, by: 50)
        let (waits, wait) = AsyncStream<Void>.makeStream()
        let numbers = numbers {
            wait.yield()
            try await systemSleep($0)
        }
        let task = Task { try await numbers.next("key", aheadMs: 0, patienceMs: .max) }
        for await _ in waits { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func aClockThatWasAheadHoldsUpNobodyOnceItIsRight() async throws {
        let hourMs: Int64 = 3_600_000
        let (one, other) = (numbers(), numbers())
        #expect(try await one.next("key", aheadMs: hourMs, patienceMs: 0).nonceMs >= now + hourMs)
        for numbers in [one, other] {
            #expect(try await numbers.next("key", aheadMs: 0, patienceMs: 0).nonceMs < now + 1_000)
        }
    }

    /// All workers of a store take turns by a counter that never goes back, and WhiteBIT's pairs last ten minutes.
    @Test func norARefresh() async throws {
        let hourMs: Int64 = 3_600_000
        let (nowMs, sent) = (Locked(now), Locked([String]()))
        func connections() throws -> Connections {
            try Connections(
                clients: ["main": Self.whitebit()], store: store, keys: try Rig.keys(),
                send: { request in
                    sent.with { $0.append(request.purpose) }
                    return reply(#"{"data": {"access_token": "a", "refresh_token": "r", "expires_in": 300}}"#)
                }, log: { _, _ in }, clock: { nowMs.with { $0 } }, sleep: { _ in })
        }
        func due(_ owner: String) async throws {
            let tokens = try Tokens(
                accessToken: Secret(text: "access"), refreshToken: Secret(text: "refresh"),
                expiresAtMs: nowMs.with { $0 } + 300_000)
            _ = try await connections().importTokens("main", tokens, owner: owner, keepAlive: .access)
        }
        try await due("user")
        nowMs.with { $0 += hourMs }
        _ = try await connections().runOnce()
        nowMs.with { $0 -= hourMs }
        try await due("other")
        sent.with { $0 = [] }
        nowMs.with { $0 += 290_000 }
        _ = try await connections().runOnce()
        #expect(sent.with { $0 } == ["refresh_tokens"])
    }

    @Test(arguments: [(6_000, false), (7_000, true)]) func whatTheyWaitForIsTakenFromThePatience(
        _ patienceMs: Int64, _ isEnough: Bool
    ) async throws {
        let signed = Locked(0)
        let connections = try Connections(
            clients: ["main": Self.whitebit()], store: store, keys: try Rig.keys(),
            send: { [time] request in
                if request.purpose == "ask_time" { return reply(#"{"time": \#(time.clock() / 1000)}"#) }
                signed.with { $0 += 1 }
                let isFirst = signed.with { $0 == 1 }
                return isFirst ? reply("{}", status: 429, headers: [Header(name: "retry-after", value: Secret(text: "4"))]) : reply("{}")
            }, log: { _, _ in }, clock: time.clock, sleep: time.sleep)
        let key = ImportedKey(apiKey: Secret(text: "canary-key"), apiSecret: Secret(text: "canary-secret"))
        let id = try await connections.importKey("main", key, owner: "user").id
        let counter = try #require(try await connections.rows.loaded(id, .any).nonceCounter)
        // Some two and a half seconds for the number, and four that the venue wants.
        _ = try await store.bump(counter, floor: now + 7_000, by: 1)
        let account = try await connections.account(id)
        let error = await thrown {
            _ = try await account.call(.post, "/api/v4/main-account/balance", parameters: "{}", patienceMs: patienceMs)
        } as? VenuekeyError
        #expect(error?.code == (isEnough ? nil : "rate_limited"))
        #expect(signed.with { $0 } == (isEnough ? 2 : 1))
    }

    @Test func aWorkerLooksAtAKeyByTheVenuesClock() async throws {
        let (nowMs, asked) = (Locked(now), Locked([Int64]()))
        let connections = try Connections(
            clients: ["main": bybit()], store: store, keys: try Rig.keys(),
            send: { request in
                let atMs = nowMs.with { $0 }
                if request.purpose == "ask_time" { return reply(#"{"retCode": 0, "time": \#(atMs + 90_000)}"#) }
                let stamp = request.headers.first { $0.name.lowercased() == "x-bapi-timestamp" }?.value.expose()
                asked.with { $0.append((stamp.flatMap { Int64($0) } ?? 0) - atMs) }
                return reply(#"{"retCode": 0, "result": {}}"#)
            }, log: { _, _ in }, clock: { nowMs.with { $0 } }, sleep: { ms in nowMs.with { $0 += ms } })
        let key = ImportedKey(apiKey: Secret(text: "canary-key"), apiSecret: Secret(text: "canary-secret"))
        _ = try await connections.importKey("main", key, owner: "user")
        if let dueMs = try await connections.runOnce() { nowMs.with { $0 = dueMs } }
        _ = try await connections.runOnce()
        let ahead = asked.with { $0 }
        #expect(ahead.count == 1 && ahead.allSatisfy { abs($0 - 90_000) < 2_000 }, "\(ahead)")
    }

    /// The worker's own look at a key.
    @Test func aWorkerThatWaitsEndsWhenItIsTo() async throws {
        let nowMs = Locked(now)
        let (waits, wait) = AsyncStream<Void>.makeStream()
        let connections = try Connections(
            clients: ["main": Self.whitebit()], store: store, keys: try Rig.keys(), send: { _ in throw NoResponse() }, log: { _, _ in },
            clock: { nowMs.with { $0 } },
            sleep: {
                wait.yield()
                try await systemSleep($0)
            })
        let key = ImportedKey(apiKey: Secret(text: "canary-key"), apiSecret: Secret(text: "canary-secret"))
        let id = try await connections.importKey("main", key, owner: "user").id
        let dueMs = try #require(try await connections.runOnce())
        nowMs.with { $0 = dueMs + 1 }
        let counter = try #require(try await connections.rows.loaded(id, .any).nonceCounter)
        _ = try await store.bump(counter, floor: dueMs + 50_000, by: 50)
        let worker = Task { try await connections.run() }
        for await _ in waits { break }
        worker.cancel()
        try await worker.value
        #expect(try await store.load(id)?.row.leaseHolder == nil)
    }
}
