/// What the work gives, or `CancellationError` as soon as the caller is cancelled: the work is cancelled too then, and
/// nobody waits for it.
func unlessCancelled<T: Sendable>(_ work: @escaping @Sendable () async throws -> T) async throws -> T {
    let race = Race<T>()
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            race.begin(continuation)
            let task = Task {
                do {
                    race.end(.success(try await work()))
                } catch {
                    race.end(.failure(error))
                }
            }
            race.runs(task)
        }
    } onCancel: {
        race.cancel()
    }
}

private final class Race<T: Sendable>: Sendable {
    private struct State {
        var continuation: CheckedContinuation<T, any Error>?
        var task: Task<Void, Never>?
        var isCancelled = false
    }

    private let state = Locked(State())

    func begin(_ continuation: CheckedContinuation<T, any Error>) {
        let isLate = state.with { state in
            if !state.isCancelled { state.continuation = continuation }
            return state.isCancelled
        }
        if isLate { continuation.resume(throwing: CancellationError()) }
    }

    func runs(_ task: Task<Void, Never>) {
        let isLate = state.with { state in
            state.task = task
            return state.isCancelled
        }
        if isLate { task.cancel() }
    }

    func end(_ result: Result<T, any Error>) {
        let continuation = state.with { state in
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(with: result)
    }

    func cancel() {
        let task = state.with { state in
            state.isCancelled = true
            return state.task
        }
        task?.cancel()
        end(.failure(CancellationError()))
    }
}
