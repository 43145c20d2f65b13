import Foundation
import Testing
@testable import Venuekey

@Suite struct FreshTokensTests {
    let client: Client
    let store = MemoryStore()
    let tokensId: String
    let time = Asleep()
    let pair = reply(
        #"{"access_token": "canary-next", "refresh_token": "canary-next-refresh", "expires_in": 86400}"#)

    /// Tokens that are over, shared and stored.
    init() async throws {
        client = try bybit()
        let held = try Tokens(
            accessToken: Secret(text: "canary-access"), refreshToken: Secret(text: "canary-refresh"),
            expiresAtMs: now - 1)
        let shared = try client.shareTokens(tokens: held, nowMs: now)
        tokensId = shared.tokensId
        _ = await store.save(shared.snapshot())
    }

    var load: Load { { [store, tokensId] in await store.load(tokensId) } }
    var save: Save { { [store] in await store.save($0) } }

    func fresh(_ replies: Replies, save: Save? = nil) async throws -> UseTokens {
        try await freshTokens(
            client, load: load, save: save ?? self.save, send: replies.send, sleep: time.sleep, clock: time.clock)
    }

    @Test func areRefreshedOnceForAll() async throws {
        let replies = Replies(pair)
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    // No time passes: a lease never ends, and those who wait look again at once.
                    let use = try await freshTokens(
                        client, load: load, save: save, send: replies.send, sleep: { _ in await Task.yield() },
                        clock: { now })
                    return use.tokens.accessToken.expose()
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(texts == Array(repeating: "canary-next", count: 8))
        #expect(await replies.sent == ["refresh_tokens"])
    }

    @Test func aRefusedPairIsRefreshed() async throws {
        _ = try await fresh(Replies(pair))
        let newer = reply(#"{"access_token": "canary-third", "refresh_token": "r", "expires_in": 86400}"#)
        let use = try await freshTokens(
            client, load: load, save: save, send: Replies(newer).send, refusedGeneration: 2, sleep: time.sleep,
            clock: time.clock)
        #expect(use.generation == 3)
        #expect(use.tokens.accessToken.expose() == "canary-third")
    }

    @Test func waitNoLongerThanPatienceAllows() async throws {
        let down = reply("{}", status: 503)
        let replies = Replies(down, down, down, down, down, down, down, down)
        let error = await thrown { try await fresh(replies) } as? VenuekeyError
        #expect(error?.code == "venue_unavailable")
        #expect(time.clock() - now <= 30_000)
    }

    @Test func aPairThatCannotBeStoredIsInTheError() async throws {
        let store = store
        let lossy: Save = { snapshot in
            if snapshot.revision == 3 { throw StoreDown() }
            return await store.save(snapshot)
        }
        let error = await thrown { try await fresh(Replies(pair), save: lossy) }
        let unsaved = try #require(error as? TokensUnsaved)
        #expect(unsaved.cause is StoreDown)
        try await keepTokens(client, unsaved.shared, load: load, save: save)
        #expect(try await fresh(Replies()).tokens.accessToken.expose() == "canary-next")
    }

    @Test func aCancelledRefreshIsFinished() async throws {
        let (asked, ask) = AsyncStream<Void>.makeStream()
        let (open, gate) = AsyncStream<Void>.makeStream()
        let pair = pair
        let replies = Replies(calling: [
            {
                ask.yield()
                for await _ in open { break }
                try Task.checkCancellation()
                return pair
            }
        ])
        let task = Task { await thrown { try await fresh(replies) } }
        for await _ in asked { break }
        task.cancel()
        gate.yield()
        #expect(await task.value is CancellationError)
        #expect(try await fresh(Replies()).tokens.accessToken.expose() == "canary-next")
    }

    /// Once its refresh has begun it is finished, wherever the cancellation comes.
    @Test(arguments: 0..<8) func aCancellationAtAnyPointLosesNoPair(at: Int) async throws {
        let course = Course(at: at)
        let (load, save, pair, time) = (load, save, pair, time)
        let task = Task {
            await thrown {
                try await freshTokens(
                    client,
                    load: { try await course.around { try await load() } },
                    save: { snapshot in try await course.around { try await save(snapshot) } },
                    send: { _ in try await course.around { pair } }, sleep: time.sleep, clock: time.clock)
            }
        }
        course.set(task)
        #expect(await task.value is CancellationError)
        let kept = try client.restoreTokens(text: try #require(await store.load(tokensId)))
        // At the first two nothing has begun.
        #expect(kept.tokens.accessToken.expose() == (at < 2 ? "canary-access" : "canary-next"))
    }

    @Test func missingOnesAreSaidToBe() async throws {
        let error = await thrown {
            try await freshTokens(client, load: { nil }, save: save, send: Replies().send)
        }
        #expect(error is TokensMissing)
    }
}

/// Points before and after each effect; at one of them its task is cancelled.
private final class Course: @unchecked Sendable {
    private let at: Int
    private let handle = Handle()
    private let lock = NSLock()
    private var passed = 0

    init(at: Int) {
        self.at = at
    }

    func set(_ task: Task<(any Error)?, Never>) {
        handle.set(task)
    }

    func around<T>(_ effect: () async throws -> T) async throws -> T {
        point()
        // Where a cancellation comes through, it does here.
        try Task.checkCancellation()
        let result = try await effect()
        point()
        return result
    }

    private func point() {
        let isHere = lock.withLock {
            passed += 1
            return passed - 1 == at
        }
        if isHere { handle.cancel() }
    }
}
