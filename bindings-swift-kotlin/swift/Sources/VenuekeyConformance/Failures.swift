import Venuekey

private let hidden = "hidden-text"

/// An error that names the call, and nothing of any row.
private func fails(_ operation: String, _ call: () async throws -> Void) async throws {
    do {
        try await call()
    } catch let error as StoreError {
        try same(error.operation, operation, "the call that failed")
        var shown = "\(error) \(String(reflecting: error)) \(error.localizedDescription)"
        dump(error, to: &shown)
        try holds(!shown.contains(hidden), "an error shows what a row holds")
        return
    }
    throw Nonconformance(description: "\(operation) did not fail")
}

extension Suite {
    /// What a store does that can't.
    var failures: [ConformanceTest] {
        [
            test("a closed store fails") { store, _ in
                let one = row(1) { $0.sealed = hidden }
                _ = try await store.save(one)
                await store.close()
                await store.close()
                try await fails("load") { _ = try await store.load(one.id) }
                try await fails("save") { _ = try await store.save(next(one)) }
                try await fails("bump") { _ = try await store.bump("nonce/1", floor: 0, by: 1) }
                await store.touch(one.id, lastUsedAtMs: nowMs)
                await store.wake()
            },
            test("what can't be written fails, and once the store is back it is as before") { store, place in
                let one = row(1) { ($0.owner, $0.label, $0.sealed) = (hidden, hidden, hidden) }
                _ = try await store.save(one)
                try same(await store.bump(hidden, floor: 0, by: 7), 7, "the counter")
                let other = try await subject.openStore(place)
                try same(await other.load(one.id), Stored(row: one), "the row for another one")
                guard try await subject.breakPlace(place) else { return await other.close() }
                let large = next(one) { $0.sealed = String(repeating: hidden, count: 40_000) }
                for each in [store, other] {
                    try await fails("save") { _ = try await each.save(large) }
                    try await fails("save") { _ = try await each.save(edited(large) { ($0.id, $0.revision) = (row(2).id, 1) }) }
                    try await fails("bump") { _ = try await each.bump(hidden, floor: 0, by: 1) }
                    try await fails("quarantine") { _ = try await each.quarantine(one.id, revision: 1, code: hidden) }
                    try await fails("seen") { try await each.seen(holder: hidden, nowMs: nowMs) }
                    await each.touch(one.id, lastUsedAtMs: nowMs)
                    await each.wake()
                }
                try await subject.mendPlace(place)
                for each in [store, other] {
                    try same(await each.load(one.id), Stored(row: one), "nothing was stored")
                    try same(await each.load(row(2).id), nil, "nor another row")
                }
                try holds(await other.save(large), "it is saved now")
                try same(await store.load(one.id), Stored(row: large), "the row")
                try same(await store.bump(hidden, floor: 0, by: 1), 8, "the counter has not moved")
                await other.close()
            },
        ]
    }
}
