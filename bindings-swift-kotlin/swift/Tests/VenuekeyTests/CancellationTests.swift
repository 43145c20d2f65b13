import Foundation
import Testing
@testable import Venuekey

@Suite struct CancellationTests {
    /// Runs it in a task, which it is given to cancel.
    func cancelling(
        _ connecting: Connecting, _ step: Step, _ replies: (@escaping @Sendable () -> Void) -> Replies
    ) async -> (any Error)? {
        let handle = Handle()
        let replies = replies { handle.cancel() }
        let task = Task { await thrown { try await connecting.run(step, replies) } }
        handle.set(task)
        return await task.value
    }

    /// Wherever it comes, nothing is lost and nothing is sent twice.
    @Test func atEveryPoint() async throws {
        let whole = Course(at: -1) {}
        let connecting = try await Connecting()
        _ = try await whole.drive(connecting, try await connecting.step())
        let points = whole.passed
        #expect(points > 20)
        for at in 0..<points {
            let connecting = try await Connecting()
            let step = try await connecting.step()
            let handle = Handle()
            let course = Course(at: at) { handle.cancel() }
            let task = Task { await thrown { try await course.drive(connecting, step) } }
            handle.set(task)
            let end = await task.value
            // The last save may have been the end.
            #expect(end is CancellationError || (end == nil && at >= points - 2), "at \(at): \(String(describing: end))")
            let rest = try await connecting.restored().resume(nowMs: connecting.time.clock())
            let done = try await course.drive(connecting, rest)
            guard case .apiKey(let key, _) = done.outcome else { throw Unreplayable("no key") }
            #expect(key.apiSecret.expose() == "canary-secret")
            let once = ["exchange_code", "fetch_api_key"].map { purpose in course.sent.count { $0 == purpose } }
            #expect(once == [1, 1], "at \(at): \(course.sent)")
        }
    }

    @Test func ofACallItsReplyIsWaitedForAndGiven() async throws {
        let options = SignerOptions(venue: .whitebit, environment: .global)
        let signer = try Signer(options: options, apiKey: Secret(text: "key"), apiSecret: Secret(text: "secret"))
        let handle = Handle()
        let log = Log()
        let task = Task {
            await thrown {
                let got = try await call(
                    signer, .post, "/api/v4/order/new",
                    send: { _ in
                        handle.cancel()
                        try Task.checkCancellation()
                        return reply(#"{"orderId":7}"#)
                    })
                await log.add(got.payload)
                // Before it, nothing is sent.
                _ = try await call(signer, .post, "/api/v4/order/new", send: { _ in throw StoreDown() })
            }
        }
        handle.set(task)
        #expect(await task.value is CancellationError)
        #expect(await log.lines == [#"{"orderId":7}"#])
    }

    @Test func whenAReplyHasComeItIsStoredFirst() async throws {
        let connecting = try await Connecting()
        let error = await cancelling(connecting, try await connecting.step()) { cancel in
            Replies(calling: [
                {
                    cancel()
                    return tokenReply
                }
            ])
        }
        #expect(error is CancellationError)
        let kept = try await connecting.restored()
        #expect(kept.tokens?.accessToken.expose() == "canary-access")
        let done = try await connecting.run(try kept.resume(nowMs: now), Replies(uidReply, keyReply))
        #expect(done.flow.status == .done)
    }

    @Test func beforeItBeginsAnAcceptedCallbackIsStoredAndNothingIsSent() async throws {
        let connecting = try await Connecting()
        let (step, replies) = (try await connecting.step(), Replies(tokenReply))
        let task = Task {
            // Begun only once it has been cancelled.
            while !Task.isCancelled { await Task.yield() }
            return await thrown { try await connecting.run(step, replies) }
        }
        task.cancel()
        #expect(await task.value is CancellationError)
        #expect(await replies.sent.isEmpty)
        #expect(try await connecting.restored().status == .ready)
    }

    @Test func aSaveThatHasBegunIsFinished() async throws {
        let connecting = try await Connecting()
        let (step, store) = (try await connecting.step(), connecting.store)
        let (begun, begin) = AsyncStream<Void>.makeStream()
        let (open, gate) = AsyncStream<Void>.makeStream()
        let task = Task {
            await thrown {
                try await connecting.run(
                    step, Replies(tokenReply),
                    save: { snapshot in
                        begin.yield()
                        // As a database's driver would give up.
                        for await _ in open { break }
                        try Task.checkCancellation()
                        return await store.save(snapshot)
                    })
            }
        }
        for await _ in begun { break }
        task.cancel()
        gate.yield()
        #expect(await task.value is CancellationError)
        #expect(try await connecting.restored().status == .ready)
    }

    @Test func itEndsASleep() async throws {
        let connecting = try await Connecting()
        let (step, store, replies) = (try await connecting.step(), connecting.store, Replies(tokenReply, nil))
        let (waiting, wait) = AsyncStream<Void>.makeStream()
        let task = Task {
            await thrown {
                try await drive(
                    step, send: replies.send, save: { await store.save($0) },
                    clock: { now },
                    onStep: { if case .wait = $0 { wait.yield() } })
            }
        }
        for await _ in waiting { break }
        task.cancel()
        #expect(await task.value is CancellationError)
    }

    @Test func whatOnStepThrowsComesAfterTheStore() async throws {
        let connecting = try await Connecting()
        let step = try await connecting.step()
        let error = await thrown {
            try await connecting.run(step, Replies(tokenReply), onStep: { _ in throw StoreDown() })
        }
        #expect(error is StoreDown)
        #expect(try await connecting.restored().status == .ready)
    }
}

/// Functions that pass numbered points, each before and after its effect; at one of them something happens.
private final class Course: @unchecked Sendable {
    private let at: Int
    private let happens: @Sendable () -> Void
    private let lock = NSLock()
    private var count = 0
    private var purposes: [String] = []

    init(at: Int, happens: @escaping @Sendable () -> Void) {
        (self.at, self.happens) = (at, happens)
    }

    var passed: Int { lock.withLock { count } }
    var sent: [String] { lock.withLock { purposes } }

    private func point() {
        let isHere = lock.withLock {
            count += 1
            return count - 1 == at
        }
        if isHere { happens() }
    }

    func drive(_ connecting: Connecting, _ step: Step) async throws -> DoneStep {
        let (store, time) = (connecting.store, connecting.time)
        return try await Venuekey.drive(
            step,
            send: { request in
                self.point()
                // Where a cancellation comes through, it does here.
                try Task.checkCancellation()
                let isFirst = self.lock.withLock {
                    self.purposes.append(request.purpose)
                    return self.purposes.count { $0 == request.purpose } == 1
                }
                let answer =
                    switch request.purpose {
                    case "exchange_code": tokenReply
                    case "fetch_api_key": keyReply
                    default: isFirst ? reply("{}", status: 503) : uidReply
                    }
                self.point()
                return answer
            },
            save: { snapshot in
                self.point()
                try Task.checkCancellation()
                let isStored = await store.save(snapshot)
                self.point()
                return isStored
            },
            sleep: { ms in
                self.point()
                try await time.sleep(ms)
                self.point()
            },
            clock: time.clock)
    }
}
