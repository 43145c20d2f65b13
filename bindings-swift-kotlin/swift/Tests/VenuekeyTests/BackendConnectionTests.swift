import Foundation
import Testing
@testable import Venuekey

/// What is kept of callbacks until the backend has the true one, by a backend that only says what it is told to.
@Suite(.timeLimit(.minutes(10))) struct BackendConnectionTests {
    let secrets = Secrets()
    let backend = Scripted()
    let ours = "app://callback?code=canary&state=true"
    let forged = "app://callback?code=canary&state=forged"

    var app: BackendConnection { BackendConnection("whitebit", backend: backend, secrets: secrets) }

    /// Begun, and each of these has come while the backend could not be reached.
    func kept(_ urls: String...) async throws {
        _ = try await app.begin()
        backend.state.with { $0.isAway = true }
        for url in urls { await #expect(throws: Away()) { try await app.receiveCallback(url) } }
        backend.state.with { ($0.isAway, $0.begun, $0.received) = (false, 0, []) }
    }

    @Test func aSecondTapDeliversWhatIsKept() async throws {
        try await kept(ours)
        let error = await thrown { try await app.begin() } as? VenuekeyError
        #expect(error?.code == "wrong_state")
        #expect(error?.details.hint == "the user has consented, and the backend has the callback now: there is nothing to open")
        #expect(backend.state.with { $0.received } == [ours])
        #expect(backend.state.with { $0.begun } == 0)
        #expect(try await app.pending() == nil)
        _ = try await app.begin()
        #expect(try await app.pending() == PendingAttempt(hasCallback: false))
    }

    @Test func aSecondTapLosesNothingWhileTheBackendIsAway() async throws {
        try await kept(ours)
        backend.state.with { $0.isAway = true }
        await #expect(throws: Away()) { try await app.begin() }
        #expect(backend.state.with { $0.begun } == 0)
        #expect(try await app.pending() == PendingAttempt(hasCallback: true))
        backend.state.with { ($0.isAway, $0.received) = (false, []) }
        try await app.resume()
        #expect(backend.state.with { $0.received } == [ours])
        #expect(try await app.pending() == nil)
    }

    @Test func aSecondTapBeginsAnewWhereWhatIsKeptIsOfNoUse() async throws {
        try await kept(forged)
        #expect(try await app.begin().expose() == "https://venue.example/consent")
        #expect(backend.state.with { $0.begun } == 1)
        #expect(try await app.pending() == PendingAttempt(hasCallback: false))
    }

    @Test func theButtonOpensNoPageForWhatIsKept() async throws {
        try await kept(ours)
        #expect(try await app.connect(in: Unopened(), redirectUri: "app://callback"))
        #expect(backend.state.with { $0.received } == [ours])
        #expect(try await app.pending() == nil)
    }

    @Test(arguments: [true, false]) func anotherAppsAddressReplacesNothing(_ isFirst: Bool) async throws {
        try await kept(isFirst ? forged : ours, isFirst ? ours : forged)
        try await app.resume()
        #expect(backend.state.with { $0.received } == (isFirst ? [forged, ours] : [ours]))
        #expect(try await app.pending() == nil)
    }

    @Test func whatIsRefusedIsKeptNoLonger() async throws {
        try await kept(forged, "\(forged)2")
        await #expect(throws: BackendRefusal(code: "state_mismatch")) { try await app.resume() }
        #expect(try await app.pending() == PendingAttempt(hasCallback: false))
        #expect(try await app.receiveCallback(ours))
        #expect(backend.state.with { $0.received } == [forged, "\(forged)2", ours])
    }

    /// It alone may be the true one: a refusal of the others ends nothing.
    @Test func whatTheBackendHasNotHeardOfStays() async throws {
        try await kept(ours, forged)
        backend.state.with { $0.losesFirst = true }
        await #expect(throws: Away()) { try await app.resume() }
        #expect(backend.state.with { $0.received } == [ours, forged])
        #expect(try await secrets.load("callback.whitebit") == ours)
        try await app.resume()
        #expect(try await app.pending() == nil)
    }

    @Test func aFloodNeitherGrowsNorReplacesTheFirst() async throws {
        try await kept(ours)
        backend.state.with { $0.isAway = true }
        // A page that is loaded again is one that is kept.
        await #expect(throws: Away()) { try await app.receiveCallback(ours) }
        for number in 1...40 { await #expect(throws: Away()) { try await app.receiveCallback("\(forged)\(number)\r\n") } }
        let lines = try #require(try await secrets.load("callback.whitebit")).split(separator: "\n")
        #expect(lines.count == 16 && lines[0] == ours && lines[1] == "\(forged)26%0D%0A" && lines[15] == "\(forged)40%0D%0A")
    }

    @Test func cancelledItBringsNoMore() async throws {
        try await kept(ours, forged)
        let (app, handle) = (app, Handle())
        backend.state.with { ($0.isAway, $0.happens) = (true, { handle.cancel() }) }
        let task = Task { await thrown { try await app.resume() } }
        handle.set(task)
        #expect(await task.value is Away)
        #expect(backend.state.with { $0.received } == [ours])
        #expect(try await secrets.load("callback.whitebit") == "\(ours)\n\(forged)")
    }

    /// The system may end the app while somebody else waits for the backend.
    @Test func itIsKeptAtOnce() async throws {
        try await kept(forged)
        let (asks, gate) = backend.hang()
        let app = app
        let resumes = Task { await thrown { try await app.resume() } }
        for await _ in asks { break }
        let receives = Task { try await app.receiveCallback(ours) }
        while try await secrets.load("callback.whitebit") != "\(forged)\n\(ours)" { await Task.yield() }
        #expect(backend.state.with { $0.received }.isEmpty)
        gate.finish()
        #expect(await resumes.value is BackendRefusal)
        #expect(try await receives.value)
        #expect(backend.state.with { $0.received } == [forged, ours])
        #expect(try await app.pending() == nil)
    }

    @Test func whatIsRefusedTakesNothingAlongThatCameMeanwhile() async throws {
        try await kept(forged)
        let (asks, gate) = backend.hang()
        let app = app
        let resumes = Task { await thrown { try await app.resume() } }
        for await _ in asks { break }
        let receives = Task { await thrown { try await app.receiveCallback(ours) } }
        while try await secrets.load("callback.whitebit") != "\(forged)\n\(ours)" { await Task.yield() }
        // Whoever brought it is gone.
        receives.cancel()
        #expect(await receives.value is CancellationError)
        gate.finish()
        #expect(await resumes.value is BackendRefusal)
        #expect(try await secrets.load("callback.whitebit") == ours)
    }

    /// It was another call that has brought it: the backend has it all the same.
    @Test func whoeverBringsItTheBackendHasIt() async throws {
        try await kept(forged)
        let (asks, gate) = backend.hang()
        let app = app
        let first = Task { await thrown { try await app.resume() } }
        for await _ in asks { break }
        let second = Task { await thrown { try await app.resume() } }
        // So that it is the second in the queue. Where it is the third, there is less to see.
        for _ in 0..<1000 { await Task.yield() }
        let receives = Task { try await app.receiveCallback(ours) }
        while try await secrets.load("callback.whitebit") != "\(forged)\n\(ours)" { await Task.yield() }
        gate.finish()
        #expect(try await receives.value)
        #expect(await first.value is BackendRefusal)
        #expect(await second.value == nil)
        #expect(backend.state.with { $0.received } == [forged, ours])
    }

    @Test func twoObjectsLoseNothingOfEachOther() async throws {
        _ = try await app.begin()
        backend.state.with { $0.isAway = true }
        secrets.isSlow.with { $0 = true }
        let urls = (0..<8).map { "\(forged)\($0)" }
        await withTaskGroup(of: Void.self) { group in
            for url in urls { group.addTask { await #expect(throws: Away()) { try await app.receiveCallback(url) } } }
        }
        let lines = try await secrets.load("callback.whitebit")?.split(separator: "\n").map(String.init)
        #expect(lines?.sorted() == urls)
    }

    /// An attempt was pending, and another one is begun.
    @Test func beginningWipesNothingThatCameMeanwhile() async throws {
        _ = try await app.begin()
        let (asks, gate) = backend.hang()
        let app = app
        let begins = Task { try await app.begin() }
        for await _ in asks { break }
        let receives = Task { await thrown { try await app.receiveCallback(ours) } }
        while try await secrets.load("callback.whitebit") != ours { await Task.yield() }
        receives.cancel()
        #expect(await receives.value is CancellationError)
        gate.finish()
        #expect(try await begins.value.expose() == "https://venue.example/consent")
        #expect(try await app.pending() == PendingAttempt(hasCallback: true))
        try await app.resume()
        #expect(try await app.pending() == nil)
    }

    @Test func oneIsAtItAtATime() async throws {
        try await kept(ours)
        let app = app
        backend.state.with { $0.isSlow = true }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { try await app.resume() } }
            try await group.waitForAll()
        }
        #expect(backend.state.with { $0.received } == [ours])
    }
}

private struct Away: Error, Equatable {}

private struct Unopened: Browser {
    func open(_ page: Secret, redirectUri: String) async throws -> String? {
        Issue.record("there was nothing to open")
        return nil
    }
}

/// A backend that takes what has the true state.
struct Scripted: AppBackend {
    struct State {
        var isAway = false
        /// Nobody hears of the first answer.
        var losesFirst = false
        var isSlow = false
        var begun = 0
        var received: [String] = []
        var happens: (@Sendable () -> Void)?
        /// Waited for before an answer.
        var hangs: (@Sendable () async -> Void)?
    }

    let state = Locked(State())

    /// From now on it tells when it is asked, and answers once the gate is opened.
    func hang() -> (asks: AsyncStream<Void>, gate: AsyncStream<Void>.Continuation) {
        let (asks, isAsked) = AsyncStream<Void>.makeStream()
        let (open, gate) = AsyncStream<Void>.makeStream()
        state.with {
            $0.hangs = {
                isAsked.yield()
                for await _ in open { break }
            }
        }
        return (asks, gate)
    }

    func begin(_ client: String) async throws -> Secret {
        if state.with({ $0.isAway }) { throw Away() }
        await state.with { $0.hangs }?()
        state.with { $0.begun += 1 }
        return Secret(text: "https://venue.example/consent")
    }

    func receiveCallback(_ client: String, url: String) async throws {
        if state.with({ $0.isSlow }) { for _ in 0..<1000 { await Task.yield() } }
        await state.with { $0.hangs }?()
        state.with { $0.happens }?()
        let isLost = state.with { state in
            state.received.append(url)
            defer { state.losesFirst = false }
            return state.isAway || state.losesFirst
        }
        if isLost { throw Away() }
        if !url.hasSuffix("state=true") { throw BackendRefusal(code: "state_mismatch") }
    }

    func forget(_ client: String) async throws {}
}

/// In memory.
final class Secrets: AppSecrets {
    private let texts = Locked<[String: String]>([:])
    let isSlow = Locked(false)

    func load(_ name: String) async throws -> String? {
        let text = texts.with { $0[name] }
        if isSlow.with({ $0 }) { for _ in 0..<100 { await Task.yield() } }
        return text
    }
    func save(_ name: String, _ text: String?) async throws { texts.with { $0[name] = text } }
}
