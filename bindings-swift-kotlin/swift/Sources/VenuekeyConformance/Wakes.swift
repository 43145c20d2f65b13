import Venuekey

/// The last resort of a store that does not wake: nothing takes so long.
private let longMs: Int64 = 60_000

/// A wait may end early: what was told before is over after this.
private func calm(_ store: any Store) async throws {
    for _ in 0..<100 {
        if !(await store.wait(timeoutMs: 1)) { return }
    }
    throw Nonconformance(description: "every wait is woken, though nobody wakes")
}

extension Suite {
    /// Waking those who wait.
    var wakes: [ConformanceTest] {
        let own = [
            test("a save that makes a row due wakes who waits, and who waits next") { store, _ in
                try await calm(store)
                let due = row(1) { $0.dueAtMs = nowMs }
                async let woken = store.wait(timeoutMs: longMs)
                _ = try await store.save(due)
                try holds(await woken, "it is woken")
                try await calm(store)
                _ = try await store.save(next(due))
                try holds(await store.wait(timeoutMs: longMs), "it came while nobody waited")
            },
            test("a wake ends a wait, and so do the timeout, a cancellation and the end") { store, _ in
                try await calm(store)
                await store.wake()
                try holds(await store.wait(timeoutMs: longMs), "it is woken")
                try await calm(store)
                let cancelled = Task { await store.wait(timeoutMs: longMs) }
                cancelled.cancel()
                try holds(!(await cancelled.value), "it is cancelled")
                let closed = Task { await store.wait(timeoutMs: longMs) }
                await store.close()
                try holds(!(await closed.value), "it is over")
                try holds(!(await store.wait(timeoutMs: longMs)), "and stays so")
            },
        ]
        guard subject.wakesProcesses else { return own }
        return own + [
            test("a save of another process wakes too") { store, place in
                try await calm(store)
                try await with([.saveUntilTold(row: row(1) { $0.dueAtMs = nowMs })], place) { others in
                    // The first may end for no reason.
                    for _ in 0..<3 { try holds(await store.wait(timeoutMs: longMs), "it is woken") }
                    others[0].say("stop")
                    try same(await others[0].next(), .done, "it ends")
                }
            }
        ]
    }
}
