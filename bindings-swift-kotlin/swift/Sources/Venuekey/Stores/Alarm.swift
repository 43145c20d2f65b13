import Foundation

/// Ends every wait at once, or the next one if nobody waits.
final class Alarm: Sendable {
    private struct State {
        var waiting: [Int: CheckedContinuation<Bool, Never>] = [:]
        var next = 0
        var isPending = false
        var isOver = false
    }

    private let state = Locked(State())

    func ring() {
        let waiting = state.with { state in
            state.isPending = state.waiting.isEmpty
            defer { state.waiting = [:] }
            return state.waiting
        }
        for each in waiting.values { each.resume(returning: true) }
    }

    /// Ends every wait, those to come too.
    func end() {
        let waiting = state.with { state in
            state.isOver = true
            defer { state.waiting = [:] }
            return state.waiting
        }
        for each in waiting.values { each.resume(returning: false) }
    }

    /// Whether it was rung; `false` after the time, where its task is cancelled, and once all is over.
    func wait(timeoutMs: Int64) async -> Bool {
        let number = state.with { state in
            state.next += 1
            return state.next
        }
        let timer = Task {
            try await systemSleep(max(0, timeoutMs))
            give(number)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now: Bool? = state.with { state in
                    if state.isOver { return false }
                    if state.isPending {
                        state.isPending = false
                        return true
                    }
                    // Cancelled before it is here, its handler has found nothing.
                    if Task.isCancelled || timeoutMs <= 0 { return false }
                    state.waiting[number] = continuation
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            give(number)
        }
    }

    private func give(_ number: Int) {
        state.with { $0.waiting.removeValue(forKey: number) }?.resume(returning: false)
    }
}

/// A value behind a lock.
final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) {
        self.value = value
    }

    func with<T>(_ work: (inout Value) throws -> T) rethrows -> T {
        lock.lock()
        defer { lock.unlock() }
        return try work(&value)
    }
}
