import Foundation
import Rig
import Testing
@testable import Venuekey

extension JourneyTests {
    /// From the click to "forget".
    @Suite(.serialized) struct ConnectionJourneys {
        init() async throws {
            try await Held.release()
            try await Sandbox.reset()
        }

        @Test(arguments: ["whitebit", "bybit"]) func aServersByItsCallback(_ client: String) async throws {
            let paved = try Paved()
            let connections = paved.connections
            let code = try await paved.working {
                let begun = try await connections.begin(client, owner: "user", goal: .apiKey, label: "mine")
                #expect(begun.status == .awaitingUser && begun.label == "mine" && begun.goal == .apiKey)
                let url = try await Sandbox.approve(try #require(begun.authorizeUrl).expose())
                try await connections.receiveCallback(begun.id, url: url, owner: .user("user"))
                let view = try await paved.until(begun.id) { $0.status == .connected }
                // A page that is loaded again changes nothing.
                #expect(try await connections.receiveCallback(begun.id, url: url).status == .connected)
                #expect(try await paved.isRight(view.id))
                #expect(try await connections.account(owner: "user", venue: view.venue).id == view.id)

                try await connections.disconnect(view.id, owner: .user("user"), deleteKey: true)
                _ = try await paved.until(view.id) { $0.status == .ended }
                let gone = await thrown { try await paved.isRight(view.id) }
                #expect(gone is VenuekeyError)
                #expect(try await connections.forget(owner: "user").map(\.status) == [.ended])
                // The end waits for no event: the next worker would tell of it.
                while paved.told.kinds.count < 2 { try await systemSleep(10) }
                return URLComponents(string: url)?.queryItems?.first { $0.name == "code" }?.value ?? ""
            }
            #expect(paved.told.kinds == [.connected, .ended])
            #expect(try await Sandbox.asked("token") == 1)
            #expect(paved.told.lines.contains { $0.contains("exchange_code: HTTP 200") })
            #expect(code.count > 8 && !paved.told.lines.contains { $0.contains(code) || $0.contains("state=") })
            try await nothingUndocumented()
        }

        @Test func theAgentsByAPastedCode() async throws {
            let paved = try Paved()
            let connections = paved.connections
            try await paved.working {
                let begun = try await connections.begin("agent", owner: "me", goal: .apiKey)
                let shown = try await Sandbox.approve(try #require(begun.authorizeUrl).expose(), untilCode: true)
                let code = try #require(URLComponents(string: shown)?.queryItems?.first { $0.name == "code" }?.value)
                try await connections.receivePastedCode(begun.id, pasted: code)
                let asked = try await paved.until(begun.id) { $0.choices != nil }
                #expect(asked.status == .awaitingUser)
                let refused = await thrown { try await connections.choose(begun.id, accountId: "none") } as? VenuekeyError
                #expect(refused?.code == "invalid_argument")
                let account = try #require(asked.choices?.subaccounts.first)
                try await connections.choose(begun.id, accountId: account.id)
                let view = try await paved.until(begun.id) { $0.status == .connected }
                #expect(try await paved.isRight(view.id))
                try await connections.disconnect(view.id)
                _ = try await paved.until(view.id) { $0.status == .ended }
            }
            #expect(try await Sandbox.asked("token") == 1)
            try await nothingUndocumented()
        }

        @Test func byAHandOffWhereTheDeviceHasNoSecret() async throws {
            // On the device: a public client, and a flow that it hands off.
            let base = "\(Sandbox.url)/whitebit/global"
            let device = try Client(
                config: ClientConfig(
                    venue: .whitebit, environment: .global, clientId: "demo-whitebit",
                    redirectUri: "http://127.0.0.1:8000/callback/whitebit", authorizeBase: base))
            let started = try device.begin(goal: .apiKey)
            let url = try await Sandbox.approve(started.authorizeUrl.expose())
            let kept = MemoryStore()
            _ = await kept.save(started.pending.snapshot())
            let done = try await drive(
                try started.pending.receiveCallback(url: url), send: { _ in throw NoResponse() }, save: { await kept.save($0) })
            guard case .handOff(let handOff) = done.outcome else { throw Unreplayable("no hand-off") }

            let paved = try Paved()
            let connections = paved.connections
            try await paved.working {
                let begun = try await connections.beginByHandOff("whitebit", handOff: handOff.expose(), owner: "user")
                let again = try await connections.beginByHandOff("whitebit", handOff: handOff.expose(), owner: "user")
                #expect(begun.isNew && !again.isNew && begun.view.id == again.view.id)
                await #expect(throws: ConnectionNotFound.self) {
                    try await connections.beginByHandOff("whitebit", handOff: handOff.expose(), owner: "somebody else")
                }
                let view = try await paved.until(begun.view.id) { $0.status == .connected }
                #expect(try await paved.isRight(view.id))
                try await connections.disconnect(view.id, deleteKey: true)
                _ = try await paved.until(view.id) { $0.status == .ended }
                // Ended, it stays the same connection.
                let late = try await connections.beginByHandOff("whitebit", handOff: handOff.expose(), owner: "user")
                #expect(!late.isNew && late.view.id == view.id && late.view.status == .ended)
            }
            #expect(try await Sandbox.asked("token") == 1)
            try await nothingUndocumented()
        }

        @Test func tokensAndReadsWithThem() async throws {
            try await Sandbox.admin("PATCH", "knobs", #"{"whitebit": {"history_rows": 25}}"#)
            let paved = try Paved()
            let client = try #require(try Rig.clients(Sandbox.url)["whitebit"])
            try await paved.working {
                let view = try await paved.connected("whitebit", goal: .accountTokens)
                let account = try await paved.connections.account(view.id, owner: .user("user"))
                let first = try await account.tokens()
                // The venue refuses the first pair once: the same page is asked for again with the next one.
                try await Sandbox.admin("POST", "faults", #"{"endpoint": "transactions", "fault": "token_expired", "count": 1}"#)
                var (ids, cursors): (Set<String>, [String]) = ([], [])
                for try await page in account.pages(try client.readTransactions(query: TransactionsQuery(limit: 10))) {
                    guard case .transactions(let transactions) = page.records else { throw Unreplayable("no transactions") }
                    ids.formUnion(transactions.map(\.transactionId))
                    if let next = page.next { cursors.append(next.cursor()) }
                }
                #expect(ids.count == 25 && cursors.count >= 2)
                #expect(try await account.tokens().generation == first.generation + 1)
                #expect(try await Sandbox.asked("refresh") == 1)
                // Of an older pair nothing more is to be done.
                #expect(try await account.tokenRefused(generation: first.generation).generation == first.generation + 1)
                #expect(try await Sandbox.asked("refresh") == 1)
                var rest = 0
                let resumed = try client.resumeRead(cursor: cursors[0])
                for try await one in try account.records(AccountTransaction.self, resumed) {
                    #expect(ids.contains(one.transactionId))
                    rest += 1
                }
                #expect(rest == 15)
                #expect(throws: OtherRecords.self) { try account.records(Deal.self, resumed) }
                let noKey = await thrown { try await account.call(.post, "/api/v4/trade-account/balance") } as? VenuekeyError
                #expect(noKey?.code == "not_supported" && noKey?.kind == .misuse)
            }
            try await nothingUndocumented()
        }

        @Test func readsWithAKeyAndItsLimits() async throws {
            try await Sandbox.admin("PATCH", "knobs", #"{"whitebit": {"history_rows": 12}}"#)
            let paved = try Paved()
            let client = try #require(try Rig.clients(Sandbox.url)["whitebit"])
            try await paved.working {
                let view = try await paved.connected("whitebit")
                let account = try await paved.connections.account(view.id)
                // A page that gets no answer, a limit that says when it ends, and a number that is refused: none is told.
                for fault in [#""drop_reply""#, #""clock_ahead", "ms": 60000"#] {
                    try await Sandbox.admin("POST", "faults", #"{"endpoint": "signed", "fault": \#(fault), "count": 1}"#)
                }
                var count = 0
                let read = try client.readTransactions(query: TransactionsQuery(limit: 5))
                for try await _ in try account.records(AccountTransaction.self, read) { count += 1 }
                #expect(count == 12)
                let limit = #"{"endpoint": "signed", "fault": "reply", "status": 429, "headers": {"Retry-After": "37"}, "body": {}}"#
                try await Sandbox.admin("POST", "faults", limit)
                let impatient = await thrown { try await account.page(read, patienceMs: 1000) } as? VenuekeyError
                #expect(impatient?.code == "rate_limited" && impatient?.kind == .unavailable)
                await #expect(throws: VenuekeyError.self) { try await account.tokens() }
            }
        }

        /// By which a record is known.
        func name(_ entry: CommonTransaction) -> String {
            "\(entry.kind?.name ?? "") \(entry.id ?? "") \(entry.txId ?? "") \(entry.atMs ?? 0)"
        }

        static let accounts: [(String, Goal)] = [("whitebit", .apiKey), ("whitebit", .accountTokens), ("bybit", .apiKey)]

        @Test(arguments: accounts) func aWholeHistory(_ client: String, _ goal: Goal) async throws {
            let venue = client == "whitebit" ? "whitebit" : "bybit"
            try await Sandbox.admin("PATCH", "knobs", #"{"\#(venue)": {"history_rows": 130}}"#)
            let paved = try Paved()
            try await paved.working {
                let view = try await paved.connected(client, goal: goal)
                let account = try await paved.connections.account(view.id)
                var (balances, entries): ([String], [CommonTransaction]) = ([], [])
                for try await balance in account.balances() {
                    balances.append("\(balance.account) \(balance.currency) \(balance.total ?? "")")
                }
                let told = Locked<[HistoryProgress]>([])
                // Of a whole year Bybit's limits make a minute more.
                let fromMs = client == "bybit" ? systemClock() - 60 * 86_400_000 : nil
                let year = account.transactions(fromMs: fromMs, progress: { one in told.with { $0.append(one) } })
                #expect(year.cursor == nil && year.reachesFromMs == nil)
                for try await entry in year { entries.append(entry) }
                #expect(!balances.isEmpty && entries.count > 50, "\(entries.count)")
                #expect(Set(entries.map(name)).count == entries.count)
                #expect(year.cursor == nil)
                let pages = told.with { $0 }
                #expect(pages.count > 1 && pages.last?.records == entries.count && pages.last?.cursor == nil)

                // From a cursor, in another process, and not a record twice.
                let cursor = try #require(pages[0].cursor)
                let rest = account.transactions(cursor: cursor)
                var count = 0
                for try await entry in rest {
                    #expect(name(entries[pages[0].records + count]) == name(entry))
                    count += 1
                }
                #expect(count == entries.count - pages[0].records)

                for history in [account.orders(cursor: cursor)] {
                    let wrong = await thrown { for try await _ in history {} } as? VenuekeyError
                    #expect(wrong?.code == "invalid_argument")
                }
                let both = account.trades(fromMs: 1, cursor: cursor)
                let hint = await thrown { for try await _ in both {} } as? VenuekeyError
                #expect(hint?.details.hint == "a cursor already has its query: leave out fromMs")

                let seconds = account.trades(fromMs: systemClock() / 1000)
                let unit = await thrown { for try await _ in seconds {} } as? VenuekeyError
                #expect(unit?.details.hint == "fromMs must be Unix milliseconds between the years 2009 and 2100")
                let ages = account.trades(fromMs: 1_262_304_000_000)
                for try await trade in ages {
                    #expect(!trade.symbol.isEmpty)
                    break
                }
                #expect(try #require(ages.reachesFromMs) > 1_262_304_000_000)
            }
        }

        @Test func aPageThatFailsIsAskedForAgainByTheNextLoop() async throws {
            try await Sandbox.admin("PATCH", "knobs", #"{"whitebit": {"history_rows": 130}}"#)
            let fails = Locked(false)
            let send = urlSessionSender()
            let paved = try Paved(send: { request in
                if fails.with({ $0 }) { throw NoResponse() }
                return try await send(request)
            }, sleep: { _ in })
            let view = try await { () async throws -> ConnectionView in
                let view = try await paved.calledBack("whitebit")
                while try await paved.connections.status(view.id).status == .working { _ = try await paved.connections.runOnce() }
                return view
            }()
            let account = try await paved.connections.account(view.id)
            let history = account.transactions(progress: { _ in fails.with { $0 = true } })
            var ids: [String] = []
            await #expect(throws: NoResponse.self) { for try await entry in history { ids.append(name(entry)) } }
            #expect(!ids.isEmpty && history.cursor != nil)
            fails.with { $0 = false }
            var closes = false
            for _ in 0..<20 where history.cursor != nil {
                do {
                    for try await entry in history { ids.append(name(entry)) }
                } catch is NoResponse {
                    fails.with { $0 = false }
                }
                closes = true
            }
            #expect(closes && Set(ids).count == ids.count && ids.count >= 130)
            history.close()
            for try await _ in history { Issue.record("it is closed") }
        }

        @Test(arguments: ["whitebit", "bybit"]) func aClockThatHasMovedIsMeasuredAnew(_ client: String) async throws {
            let paved = try Paved()
            try await paved.working {
                let view = try await paved.connected(client)
                #expect(try await paved.isRight(view.id))
                // Only now: what was measured counts for an hour.
                try await Sandbox.admin("POST", "clock/advance", #"{"ms": 60000}"#)
                #expect(try await paved.isRight(view.id))
            }
            try await Held.release()
        }

        @Test func aKeyThatTheUserDeletesIsToldOf() async throws {
            let paved = try Paved()
            try await paved.working {
                let view = try await paved.connected("bybit")
                try await Sandbox.admin("POST", "user/bybit/mainnet/action", #"{"action": "delete_key"}"#)
                let error = await thrown { try await paved.isRight(view.id) } as? VenuekeyError
                #expect(error != nil)
                let needs = try await paved.until(view.id) { $0.status == .needsUser }
                #expect(needs.error != nil)
                let again = try await paved.connections.reconnect(view.id, owner: .user("user"))
                let page = again.authorizeUrl == nil ? try await paved.until(view.id) { $0.authorizeUrl != nil } : again
                let url = try await Sandbox.approve(try #require(page.authorizeUrl).expose())
                try await paved.connections.receiveCallback(view.id, url: url)
                _ = try await paved.until(view.id) { $0.status == .connected }
                #expect(try await paved.isRight(view.id))
                while !paved.told.kinds.contains(.needsUser) { try await systemSleep(10) }
            }
            #expect(paved.told.kinds.first == .connected)
        }

        @Test func twoWorkersAndManyUsers() async throws {
            let (one, two) = (try Paved(concurrency: 2), Locked<[String]>([]))
            let other = try Paved(path: one.path, concurrency: 2)
            try await one.working {
                try await other.working {
                    for number in 1...6 {
                        let view = try await one.calledBack(number > 1 ? "bybit" : "whitebit", owner: "user-\(number)")
                        two.with { $0.append(view.id) }
                    }
                    for id in two.with({ $0 }) {
                        let view = try await one.until(id) { $0.status != .working }
                        #expect(view.status == .connected)
                        // No number comes twice, whoever draws it.
                        async let mine = one.isRight(id)
                        async let theirs = other.isRight(id)
                        #expect(try await [mine, theirs] == [true, true])
                    }
                    while Set(one.told.names + other.told.names).count < 6 { try await systemSleep(10) }
                }
            }
            #expect(try await Sandbox.asked("token") == 6)
            let done = [one, other].map { $0.told.lines.filter { $0.contains("exchange_code: HTTP 200") }.count }
            #expect(done.reduce(0, +) == 6)
            #expect(Set(one.told.kinds + other.told.kinds) == [.connected])
            // Both may tell of one, at least once being what is promised.
            #expect(Set(one.told.names + other.told.names).count == 6)
            try await nothingUndocumented()
        }
    }
}
