import Foundation
import Testing
@testable import Venuekey

/// Whole connections over URLSession against the sandbox's real sockets. One after the other: they share it.
@Suite(.serialized, .timeLimit(.minutes(10))) struct JourneyTests {
    init() async throws {
        try await Sandbox.reset()
    }

    struct Journey {
        let client: Client
        let base: String
        let venue: Venue
        let environment: VenueEnvironment
        let store = MemoryStore()
        let flowId: String

        /// Begun, approved by the user, and the callback received and stored.
        init(_ venue: Venue, _ goal: Goal = .apiKey) async throws {
            (self.venue, environment) = (venue, venue == .whitebit ? .global : .mainnet)
            base = "\(Sandbox.url)/\(venue)/\(environment)"
            let config = ClientConfig(
                venue: venue, environment: environment, clientId: "demo-\(venue)",
                redirectUri: "http://127.0.0.1:8000/callback/\(venue)", authorizeBase: base, apiBase: base)
            client = try Client.confidential(config: config, clientSecret: Secret(text: "demo-\(venue)-secret"))
            let started = try client.begin(goal: goal)
            flowId = started.pending.flowId
            _ = await store.save(started.pending.snapshot())
            let url = try await Sandbox.approve(started.authorizeUrl.expose())
            let step = try started.pending.receiveCallback(url: url)
            _ = await store.save(step.flow.snapshot())
        }

        /// What the store holds, as another process finds it.
        func step() async throws -> Step {
            try client.restore(text: await store.load(flowId) ?? "").resume()
        }

        func run(
            _ step: Step, send: @escaping Send = urlSessionSender(), save: Save? = nil,
            onStep: (@Sendable (Step) async throws -> Void)? = nil
        ) async throws -> DoneStep {
            let store = store
            return try await drive(step, send: send, save: save ?? { await store.save($0) }, onStep: onStep)
        }
    }

    @Test(arguments: [Venue.whitebit, .bybit]) func aKeyByConsentAndASignedCall(_ venue: Venue) async throws {
        let journey = try await Journey(venue)
        let done = try await journey.run(try await journey.step())
        guard case .apiKey(let key, _) = done.outcome else { throw Unreplayable("no key") }
        let options = SignerOptions(venue: venue, environment: journey.environment, apiBase: journey.base)
        let signer = try Signer(options: options, apiKey: key.apiKey, apiSecret: key.apiSecret)
        let reply =
            switch venue {
            case .whitebit: try await call(signer, .post, "/api/v4/trade-account/balance", send: urlSessionSender())
            case .bybit: try await call(signer, .get, "/v5/user/query-api", send: urlSessionSender())
            }
        #expect(try JSON.parse(Data(reply.payload.utf8)).object?.isEmpty == false)
        try await nothingUndocumented()
    }

    @Test(arguments: [Venue.whitebit, .bybit]) func killedAfterEveryThirdSave(_ venue: Venue) async throws {
        // Each life ends once its third save is in the store, as a process that is killed; the next one goes on from there.
        // Bybit's key is asked for again where nobody knows whether it was: a flow that says so names that as its recovery.
        let journey = try await Journey(venue)
        let store = journey.store
        var lives = 0
        while true {
            lives += 1
            let steps = Steps()
            do {
                var step = try await journey.step()
                if case .failed(let error, let recovery, let flow) = step {
                    guard recovery == .askAgain else { throw error }
                    step = try flow.recover()
                }
                let done = try await journey.run(
                    step,
                    save: { snapshot in
                        let isStored = await store.save(snapshot)
                        if await steps.count() > 2 { throw Killed() }
                        return isStored
                    })
                guard case .apiKey = done.outcome else { throw Unreplayable("no key") }
                break
            } catch let failed as SaveFailed where failed.cause is Killed {
            } catch let error as VenuekeyError where error.code == "key_unconfirmed" {}
            try #require(lives < 20)
        }
        #expect(lives > 2)
        #expect(try await Sandbox.asked("token") == 1)
        #expect(try await Sandbox.asked(venue == .whitebit ? "secret" : "openapi") == 1)
        try await nothingUndocumented()
    }

    @Test func aCodeWhoseReplyWasLostIsExchangedOnce() async throws {
        let journey = try await Journey(.whitebit)
        try await Sandbox.admin("POST", "faults", #"{"endpoint": "token", "fault": "drop_reply", "count": 1}"#)
        let step = try await journey.step()
        let error = await thrown { try await journey.run(step) } as? VenuekeyError
        #expect(error?.kind == .reauthorize)
        #expect(error?.code == "outcome_unknown")
        #expect(try await Sandbox.asked("token") == 1)
    }

    @Test func theOnceOnlySecretIsAskedForAsOftenAsTheFlowSays() async throws {
        let journey = try await Journey(.whitebit)
        try await Sandbox.admin("POST", "faults", #"{"endpoint": "secret", "fault": "drop_reply", "count": 1}"#)
        let (step, steps) = (try await journey.step(), Steps())
        let error = await thrown {
            try await journey.run(
                step,
                onStep: { step in
                    if case .send(let request, _) = step, request.replay == .onceOnly { _ = await steps.count() }
                })
        }
        #expect((error as? VenuekeyError)?.kind == .userAction)
        guard case .failed(_, let recovery, let flow) = try await journey.step() else { throw Unreplayable("it failed") }
        #expect(recovery == .deleteKey)
        #expect(try await Sandbox.asked("secret") == Int(await steps.total))
        // And that is the way on: the key is deleted, and the user can connect again.
        let ended = try flow.recover()
        let deleted = await thrown { try await journey.run(ended) } as? VenuekeyError
        #expect(try await Sandbox.asked("delete") == 1)
        #expect(deleted?.kind == .reauthorize)
    }

    @Test(arguments: ["truncated_json", "html_403", "server_error", "rate_limit", "oversized", "empty_body"])
    func whateverComesInsteadOfAReplyIsTypedAndNothingIsLost(_ fault: String) async throws {
        let journey = try await Journey(.bybit, .accountTokens)
        try await Sandbox.admin("POST", "faults", #"{"endpoint": "uid", "fault": "\#(fault)", "count": 1}"#)
        let step = try await journey.step()
        let end = await thrown { try await journey.run(step) }
        // Either the flow has got over it, or it says how it goes on, with the tokens in it.
        guard let end else { return }
        #expect(end is VenuekeyError)
        guard case .failed(_, let recovery, let flow) = try await journey.step() else { throw Unreplayable("it failed") }
        #expect(flow.tokens != nil)
        guard recovery != nil else { return }
        let done = try await journey.run(try flow.recover())
        guard case .accountTokens(_, let uid) = done.outcome else { throw Unreplayable("no tokens") }
        #expect(uid != nil)
    }

    @Test func cancelledInTheMiddleOfARequestItGoesOn() async throws {
        let journey = try await Journey(.bybit, .accountTokens)
        try await Sandbox.admin("POST", "faults", #"{"endpoint": "uid", "fault": "delay", "ms": 14000, "count": 1}"#)
        let (step, replies, send) = (try await journey.step(), Log(), urlSessionSender())
        let task = Task {
            await thrown {
                try await journey.run(
                    step,
                    send: { request in
                        let reply = try await send(request)
                        await replies.add(request.purpose)
                        return reply
                    })
            }
        }
        while try await Sandbox.asked("uid") == 0 { await Task.yield() }
        task.cancel()
        #expect(await task.value is CancellationError)
        // It has not waited for the reply.
        #expect(await replies.lines == ["exchange_code"])
        let done = try await journey.run(try await journey.step())
        guard case .accountTokens = done.outcome else { throw Unreplayable("no tokens") }
    }

    @Test func pagesOfAnAccountWithTokensThatAreRefreshed() async throws {
        try await Sandbox.admin("PATCH", "knobs", #"{"whitebit": {"history_rows": 25}}"#)
        let journey = try await Journey(.whitebit, .accountTokens)
        let done = try await journey.run(try await journey.step())
        guard case .accountTokens(let tokens, _) = done.outcome else { throw Unreplayable("no tokens") }
        let (client, store, send) = (journey.client, journey.store, urlSessionSender())
        let shared = try client.shareTokens(tokens: tokens)
        _ = await store.save(shared.snapshot())
        let id = shared.tokensId
        // The venue refuses the first pair once: the same page is asked for again with the next one.
        try await Sandbox.admin("POST", "faults", #"{"endpoint": "transactions", "fault": "token_expired", "count": 1}"#)
        var (ids, cursors): (Set<String>, [String]) = ([], [])
        let read = try client.readTransactions(query: TransactionsQuery(limit: 10))
        let fresh: @Sendable (Int64?) async throws -> UseTokens = { refused in
            try await freshTokens(
                client, load: { await store.load(id) }, save: { await store.save($0) }, send: send,
                refusedGeneration: refused)
        }
        for try await page in pages(read, send: send, tokens: fresh) {
            guard case .transactions(let transactions) = page.records else { throw Unreplayable("no transactions") }
            ids.formUnion(transactions.map(\.transactionId))
            if let next = page.next { cursors.append(next.cursor()) }
        }
        #expect(ids.count == 25)
        #expect(cursors.count >= 2)
        #expect(try await Sandbox.asked("refresh") == 1)

        // From a cursor, in another process.
        var rest = 0
        let resumed = try client.resumeRead(cursor: cursors[0])
        for try await one in try records(AccountTransaction.self, resumed, send: send, tokens: fresh) {
            #expect(ids.contains(one.transactionId))
            rest += 1
        }
        #expect(rest == 15)
        #expect(throws: OtherRecords.self) { try records(Deal.self, resumed, send: send, tokens: fresh) }
        try await nothingUndocumented()
    }
}

private struct Killed: Error {}

private actor Steps {
    private(set) var total: Int64 = 0

    func count() -> Int64 {
        total += 1
        return total
    }
}
