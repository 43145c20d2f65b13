import Foundation
import Rig
import Testing
@testable import Venuekey

/// Clocks that say what can't be, for a moment: in seconds, in microseconds, never set.
@Suite(.timeLimit(.minutes(10))) struct ClockTests {
    static let nonsense: [Int64] = [0, -1, now / 1000, now * 1000, .max, .min]

    let store = FileStore(path: FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path)

    @Test(arguments: nonsense, [true, false]) func noReplyIsLost(_ wrong: Int64, _ isTheStores: Bool) async throws {
        let clock = Wrong(wrong)
        let replies = Replies(tokenReply, uidReply, keyReply)
        var watched = WatchedStore(store, looks: { _ in })
        if isTheStores { watched.clock = clock.tell }
        let connections = try Connections(
            clients: ["main": bybit()], store: watched, keys: try Rig.keys(),
            send: { request in
                let reply = try await replies.send(request)
                if request.purpose == "exchange_code" { clock.goesWrong() }
                return reply
            }, log: { _, _ in }, clock: isTheStores ? nil : clock.tell)
        let begun = try await connections.begin("main", owner: "user", goal: .apiKey)
        let items = URLComponents(string: begun.authorizeUrl?.expose() ?? "")?.queryItems
        let state = items?.first { $0.name == "state" }?.value ?? ""
        try await connections.receiveCallback(begun.id, url: "/cb?code=canary-code&state=\(state)")
        // Outside of a reply it is told.
        for _ in 0..<5 { _ = try? await connections.runOnce() }
        let view = try await connections.status(begun.id)
        #expect(view.status == .connected, "\(String(describing: view.error))")
        #expect(await replies.sent == ["exchange_code", "read_uid", "fetch_api_key"])
        #expect(view.trail.allSatisfy { (now...now + 600_000).contains($0.atMs) }, "\(view.trail.map(\.atMs))")
    }

    @Test(arguments: nonsense) func whatIsNoTimeIsRefusedByName(_ wrong: Int64) async throws {
        let clock = Wrong(wrong)
        clock.goesWrong()
        let error = await thrown { try await Time(store, clock.tell).nowMs() } as? VenuekeyError
        #expect(error?.code == "invalid_argument")
        #expect(error?.details.hint == "what clock returns must be Unix milliseconds between the years 2020 and 2100")
        clock.goesWrong()
        var watched = WatchedStore(store, looks: { _ in })
        watched.clock = clock.tell
        let stores = await thrown { try await Time(watched, nil).nowMs() } as? VenuekeyError
        #expect(stores?.details.hint?.hasPrefix("what the store's nowMs returns must be Unix milliseconds") == true)
    }

    @Test func aFlowIsNotDrivenByNonsense() async throws {
        let connecting = try await Connecting()
        let replies = Replies(tokenReply)
        let error = await thrown {
            try await drive(try await connecting.step(), send: replies.send, save: { _ in true }, clock: { 0 })
        } as? VenuekeyError
        #expect(error?.code == "invalid_argument")
        #expect(await replies.sent.isEmpty)
    }

    @Test(arguments: nonsense) func whereNoneIsRightItIsTheHosts(_ wrong: Int64) async throws {
        let clock = Wrong(wrong)
        clock.goesWrong(times: .max)
        let time = Time(store, clock.tell)
        let before = systemClock()
        #expect(time.at() >= before)
        #expect(await time.sure() >= before)
    }

    @Test func itCountsOnFromTheLastThatWasRight() async throws {
        let clock = Wrong(0)
        let time = Time(store, clock.tell)
        #expect(try await time.nowMs() == now)
        clock.goesWrong(times: .max)
        let uptime = uptimeMs()
        while uptimeMs() < uptime + 20 { await Task.yield() }
        let at = time.at()
        #expect(at >= now + 20 && at < now + 600_000)
    }

    @Test(arguments: nonsense) func aFlowsReplyIsNotLost(_ wrong: Int64) async throws {
        let connecting = try await Connecting()
        let (store, clock) = (connecting.store, Wrong(wrong))
        let replies = Replies(tokenReply, uidReply, keyReply)
        let done = try await drive(
            try await connecting.step(),
            send: { request in
                let reply = try await replies.send(request)
                clock.goesWrong()
                return reply
            }, save: { await store.save($0) }, clock: clock.tell)
        guard case .apiKey(_, let tokens) = done.outcome else { throw Unreplayable("no key") }
        #expect(try #require(tokens.expiresAtMs) > now)
    }

    @Test(arguments: nonsense) func aRefreshsReplyIsNotLost(_ wrong: Int64) async throws {
        let (client, store, clock) = (try bybit(), MemoryStore(), Wrong(wrong))
        let held = try Tokens(
            accessToken: Secret(text: "canary-access"), refreshToken: Secret(text: "canary-refresh"), expiresAtMs: now - 1)
        let shared = try client.shareTokens(tokens: held, nowMs: now)
        _ = await store.save(shared.snapshot())
        let use = try await freshTokens(
            client, load: { await store.load(shared.tokensId) }, save: { await store.save($0) },
            send: { _ in
                // For the reply and its save: the load after them refuses it, and loses nothing.
                clock.goesWrong(times: 2)
                return tokenReply
            }, clock: clock.tell)
        #expect(use.generation == 2)
        #expect(try #require(use.tokens.expiresAtMs) > now)
    }
}

/// A clock by which a second passes at each look, and which is wrong now and then.
private final class Wrong: Sendable {
    private let wrong: Int64
    private let state = Locked((nowMs: now, left: 0))

    init(_ wrong: Int64) {
        self.wrong = wrong
    }

    func goesWrong(times: Int = 3) {
        state.with { $0.left = times }
    }

    @Sendable func tell() -> Int64 {
        state.with { state in
            guard state.left > 0 else {
                defer { state.nowMs += 1000 }
                return state.nowMs
            }
            state.left -= 1
            return wrong
        }
    }
}
