import Venuekey

private let processes = 1...4
private let times = 25

extension Suite {
    /// Several processes at once.
    var contention: [ConformanceTest] {
        [
            ConformanceTest("processes that open a new place at the same time all save") {
                // A place that nobody has opened yet.
                let place = try await subject.makePlace()
                let told = try await results(processes.map { .open(row: row($0)) }, place)
                try same(told, processes.map { _ in .won([true]) }, "all save")
                let store = try await subject.openStore(place)
                for number in processes { try same(await store.load(row(number).id), Stored(row: row(number)), "row \(number)") }
                await store.close()
                try await subject.removePlace(place)
            },
            test("no update of any process is lost") { store, place in
                let one = row(1)
                _ = try await store.save(one)
                _ = try await results(processes.map { _ in .increment(id: one.id, times: times) }, place)
                let sum = processes.count * times
                let wanted = edited(one) { ($0.revision, $0.sealed) = (Int64(1 + sum), "\(sum)") }
                try same(await store.load(one.id), Stored(row: wanted), "the row")
            },
            test("of processes that save the same next revision, one wins the lease") { store, place in
                let held = (1...4).map { row($0) }
                for each in held { _ = try await store.save(each) }
                let rows = held.map { next($0) } + (5...8).map { row($0) }
                let told = try await results(processes.map { .race(rows: rows, holder: "worker-\($0)") }, place)
                let won = told.map { if case .won(let won) = $0 { won } else { [Bool]() } }
                for (index, each) in rows.enumerated() {
                    let winners = processes.filter { won[$0 - 1][index] }
                    try same(winners.count, 1, "winners of row \(index + 1)")
                    let wanted = edited(each) { $0.leaseHolder = "worker-\(winners[0])" }
                    try same(await store.load(each.id), Stored(row: wanted), "row \(index + 1)")
                }
            },
            test("a counter gives no value to two processes, and none below the floor") { store, place in
                let job = Job.bump(counter: "nonce/1", floor: nowMs, by: 10, times: times)
                let told = try await results(processes.map { _ in job }, place)
                let values = told.map { if case .values(let values) = $0 { values } else { [Int64]() } }
                for own in values { try same(own, own.sorted(), "each process sees it rise") }
                let wanted = (1...processes.count * times).map { nowMs + 10 * Int64($0) }
                try same(values.flatMap { $0 }.sorted(), wanted, "every value once")
                try same(await store.bump("nonce/1", floor: 0, by: 0), wanted.last, "the counter")
            },
            test("what a killed process was told is stored is there, and nobody waits for it") { store, place in
                let one = row(1)
                var last = (revision: Int64(0), bumped: Int64(0))
                try await with([.saveUntilKilled(row: one)], place) { others in
                    while last.revision < times {
                        guard case .saved(let revision, let bumped) = try await others[0].next() else { continue }
                        last = (revision, bumped)
                    }
                    // In the middle of whatever it is doing.
                    others[0].kill()
                }
                guard let stored = try await store.load(one.id) else { throw Nonconformance(description: "the row is gone") }
                try holds(stored.row.revision >= last.revision, "revision \(stored.row.revision), told \(last.revision)")
                try holds(await store.bump(one.id, floor: 0, by: 1) > last.bumped, "the counter has not gone back")
                try holds(await store.save(next(stored.row)), "the next save is stored")
            },
        ]
    }
}
