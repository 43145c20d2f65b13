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

    @Test func whileAReplyIsOnItsWayTheFlowIsInFlight() async throws {
        let connecting = try await Connecting()
        let error = await cancelling(connecting, try await connecting.step()) { cancel in
            Replies(calling: [
                {
                    cancel()
                    try Task.checkCancellation()
                    return tokenReply
                }
            ])
        }
        #expect(error is CancellationError)
        #expect(try await connecting.restored().status() == .inFlight)
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
        #expect(kept.tokens()?.accessToken().expose() == "canary-access")
        let done = try await connecting.run(try kept.resume(nowMs: now), Replies(uidReply, keyReply))
        #expect(done.flow.status() == .done)
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
        #expect(try await connecting.restored().status() == .ready)
    }

    @Test func aSaveThatHasBegunIsFinished() async throws {
        let connecting = try await Connecting()
        let (step, store) = (try await connecting.step(), connecting.store)
        let (begun, begin) = AsyncStream<Void>.makeStream()
        let task = Task {
            await thrown {
                try await connecting.run(
                    step, Replies(tokenReply),
                    save: { snapshot in
                        begin.yield()
                        // As a database's driver would give up.
                        try await Task.sleep(nanoseconds: 50_000_000)
                        return await store.save(snapshot)
                    })
            }
        }
        for await _ in begun { break }
        task.cancel()
        #expect(await task.value is CancellationError)
        #expect(try await connecting.restored().status() == .ready)
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
        #expect(try await connecting.restored().status() == .ready)
    }
}

/// A task that is cancelled from inside itself, even before it is known.
private final class Handle: @unchecked Sendable {
    private let lock = NSLock()
    private var task: Task<(any Error)?, Never>?
    private var isCancelled = false

    func set(_ task: Task<(any Error)?, Never>) {
        let late = lock.withLock {
            self.task = task
            return isCancelled
        }
        if late { task.cancel() }
    }

    func cancel() {
        let task = lock.withLock {
            isCancelled = true
            return self.task
        }
        task?.cancel()
    }
}
