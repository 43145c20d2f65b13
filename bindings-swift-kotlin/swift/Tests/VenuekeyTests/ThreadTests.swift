import Foundation
import Testing
@testable import Venuekey

/// One object in sixteen threads: immutable ones answer the same in each, and a block gives each number once. (README has
/// the guarantees; `test.sh --sanitize` runs this under the thread sanitizer.)
@Suite struct ThreadTests {
    /// Runs it in sixteen threads at once and gathers what each brought.
    func inSixteen<T: Sendable>(_ work: @escaping @Sendable (Int) throws -> T) throws -> [T] {
        let gathered = Gathered<T>()
        let gate = DispatchSemaphore(value: 0)
        let done = DispatchGroup()
        for index in 0..<16 {
            done.enter()
            Thread {
                gate.wait()
                gathered.add(Result { try work(index) })
                done.leave()
            }.start()
        }
        for _ in 0..<16 { gate.signal() }
        done.wait()
        return try gathered.all.map { try $0.get() }
    }

    @Test func aClientAndItsFlows() async throws {
        let connecting = try await Connecting()
        let (client, pending, callback) = (connecting.client, connecting.pending, connecting.callback)
        let ends = try inSixteen { _ in
            var texts: [String] = []
            for _ in 0..<20 {
                let flow = try client.restore(text: pending.snapshot().expose())
                let saved = try flow.receiveCallback(url: callback, nowMs: now).flow
                let sent = try saved.resume(nowMs: now).flow
                let next = try sent.receiveResponse(response: tokenReply, nowMs: now).flow
                texts.append(next.snapshot().expose() + "\(next)")
            }
            return Set(texts)
        }
        #expect(ends.allSatisfy { $0 == ends[0] && $0.count == 1 })
    }

    @Test func flowsBegunAtOnceAreDistinct() throws {
        let client = try bybit()
        let ids = try inSixteen { _ in try (0..<20).map { _ in try client.begin(goal: .apiKey).pending.flowId } }
        #expect(Set(ids.joined()).count == 320)
    }

    @Test func aSignerAndABlockOfNonces() throws {
        let options = SignerOptions(venue: .whitebit, environment: .global)
        let signer = try Signer(options: options, apiKey: Secret(text: "key"), apiSecret: Secret(text: "secret"))
        let block = try Nonces.reserve(reserved: 0, count: 1600, venueNowMs: now)
        let taken = try inSixteen { _ in
            try (0..<100).compactMap { _ in
                let nonce = try block.take(venueNowMs: now)
                let path = "/api/v4/trade-account/balance"
                _ = try signer.sign(method: .post, path: path, nonceMs: nonce).headers
                return nonce
            }
        }
        #expect(Set(taken.joined()).count == 1600)
        #expect(try block.take(venueNowMs: now) == nil)
    }

    @Test func sharedTokensSecretsAndTheLastReference() throws {
        let client = try bybit()
        let held = try Tokens(accessToken: Secret(text: "canary"), expiresAtMs: now + 3_600_000)
        let shared = try client.shareTokens(tokens: held, nowMs: now)
        let seen = try inSixteen { _ in
            try (0..<50).map { _ in
                // Each brings objects of its own, which end here, while others hold theirs.
                guard case .use(let tokens, _, _) = try shared.plan(nowMs: now) else { return "" }
                return tokens.accessToken.expose()
            }
        }
        #expect(seen.joined().allSatisfy { $0 == "canary" })
    }

    @Test func oneStoreAndSixteenDrivers() async throws {
        let connecting = try await Connecting()
        let replies = Replies(tokenReply, uidReply, keyReply)
        let step = try await connecting.step()
        let ends = await withTaskGroup(of: String.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    let error = await thrown { try await connecting.run(step, replies) }
                    return (error as? VenuekeyError)?.code ?? "done"
                }
            }
            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(ends == ["done": 1, "superseded": 15])
        #expect(await replies.sent == ["exchange_code", "read_uid", "fetch_api_key"])
    }
}

private final class Gathered<T: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var results: [Result<T, any Error>] = []

    var all: [Result<T, any Error>] { lock.withLock { results } }

    func add(_ result: Result<T, any Error>) {
        lock.withLock { results.append(result) }
    }
}
