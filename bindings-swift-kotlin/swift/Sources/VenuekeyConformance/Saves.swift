import Venuekey

private let hourMs: Int64 = 3_600_000

extension Suite {
    /// One row at a time.
    var saves: [ConformanceTest] {
        [
            test("a row comes back as it was saved: every field, Unicode, what could be SQL, half a megabyte") { store, place in
                try same(await store.load(full.id), nil, "there is no row yet")
                try holds(await store.save(full), "it is saved")
                try same(await store.load(full.id), Stored(row: full), "the row")
                let other = try await subject.openStore(place)
                try same(await other.load(full.id), Stored(row: full), "the row for another one")
                await other.close()
            },
            test("what a row no longer has is gone") { store, _ in
                _ = try await store.save(full)
                let bare = row(1) { $0.revision = 2 }
                try holds(await store.save(bare), "it is saved")
                try same(await store.load(bare.id), Stored(row: bare), "the row")
            },
            test("numbers are kept up to the greatest that every language has exactly") { store, _ in
                let most: Int64 = (1 << 53) - 1
                let row = row(1) { ($0.dueAtMs, $0.leaseUntilMs) = (most, most) }
                _ = try await store.save(row)
                try same(await store.load(row.id), Stored(row: row), "the row")
                try same(await store.nextDue(), most, "what is due next")
            },
            test("a save wins where it follows the stored revision, and nowhere else") { store, _ in
                let first = row(1) { $0.sealed = "first" }
                try holds(!(await store.save(next(first))), "there is no row to follow")
                try same(await store.load(first.id), nil, "no row")
                try holds(await store.save(first), "the first is saved")
                for revision: Int64 in [1, 3, 4] {
                    let lost = edited(first) { ($0.revision, $0.sealed) = (revision, "lost") }
                    try holds(!(await store.save(lost)), "revision \(revision) does not follow 1")
                }
                try same(await store.load(first.id), Stored(row: first), "the row")
                let second = next(first) { $0.sealed = "second" }
                try holds(await store.save(second), "the second is saved")
                try holds(!(await store.save(second)), "the same again is lost")
                try holds(!(await store.save(edited(first) { $0.sealed = "lost" })), "an older one is lost")
                try same(await store.load(first.id), Stored(row: second), "the row")
            },
            test("a save touches no other row") { store, _ in
                let (one, two) = (row(1), row(2) { $0.sealed = "other" })
                _ = try await store.save(one)
                _ = try await store.save(two)
                _ = try await store.save(next(one) { $0.sealed = "new" })
                try same(await store.load(two.id), Stored(row: two), "the other row")
            },
            test("a row is deleted at its revision, and one that is gone stays so") { store, _ in
                let (one, other) = (row(1), row(2))
                for each in [one, other, next(one)] { _ = try await store.save(each) }
                for revision: Int64 in [1, 3] {
                    try holds(!(await store.delete(one.id, revision: revision)), "it is at revision 2, not \(revision)")
                }
                try same(await store.load(one.id), Stored(row: next(one)), "the row")
                try holds(await store.delete(one.id, revision: 2), "it is deleted")
                try same(await store.load(one.id), nil, "it is gone")
                try holds(await store.delete(one.id, revision: 2), "gone already is gone")
                try holds(!(await store.save(edited(one) { $0.revision = 3 })), "a late save does not bring it back")
                try same(await store.load(one.id), nil, "it stays gone")
                try same(await store.load(other.id), Stored(row: other), "the other row")
                try holds(await store.save(one), "the id may be used anew")
            },
            test("a quarantined row is out of what is due, and otherwise as it was") { store, _ in
                let one = full
                _ = try await store.save(one)
                try holds(!(await store.quarantine(one.id, revision: 2, code: "seal_invalid")), "it is about another revision")
                try holds(!(await store.quarantine(row(9).id, revision: 1, code: "seal_invalid")), "there is no such row")
                try same(await store.load(one.id), Stored(row: one), "the row")
                try holds(await store.quarantine(one.id, revision: 1, code: "seal_invalid"), "it is quarantined")
                let quarantined = Stored(row: edited(one) { $0.status = .quarantined }, quarantined: "seal_invalid")
                try same(await store.load(one.id), quarantined, "the row")
                try same(await store.find(owner: one.owner), [quarantined], "the owner's rows")
                try same(await store.due(nowMs: nowMs, limit: 9), [], "what is due")
                try same(await store.nextDue(), nil, "what is due next")
                try holds(!(await store.save(one)), "a lost save is lost")
                try same(await store.load(one.id), quarantined, "and changes nothing")
                try holds(await store.save(next(one)), "one that follows wins")
                try same(await store.due(nowMs: nowMs, limit: 9), [Stored(row: next(one))], "a won save ends it")
            },
            test("the last use is kept by the hour, beside the row") { store, _ in
                let one = row(1)
                await store.touch(one.id, lastUsedAtMs: nowMs)
                try same(await store.load(one.id), nil, "a touch makes no row")
                _ = try await store.save(one)
                let steps: [(Int64, Int64)] = [
                    (nowMs, nowMs), (nowMs + hourMs - 1, nowMs), (nowMs - 2 * hourMs, nowMs), (nowMs + hourMs, nowMs + hourMs),
                ]
                for (usedAtMs, keptMs) in steps {
                    await store.touch(one.id, lastUsedAtMs: usedAtMs)
                    try same(await store.load(one.id), Stored(row: one, lastUsedAtMs: keptMs), "after \(usedAtMs)")
                }
                try holds(await store.save(next(one)), "the revision is as it was")
                try same(await store.load(one.id), Stored(row: next(one), lastUsedAtMs: nowMs + hourMs), "a save leaves it")
            },
            test("a counter starts at its floor, never goes back, and stands alone") { store, _ in
                let steps: [(String, Int64, Int64, Int64)] = [
                    ("nonce/1", 0, 100, 100), ("nonce/1", 0, 1, 101), ("nonce/1", nowMs, 100, nowMs + 100),
                    ("nonce/1", nowMs, 1, nowMs + 101), ("nonce/1", 0, 0, nowMs + 101), ("nonce/2", nowMs, 1, nowMs + 1),
                    ("nonce/1' OR 1=1 --", 0, 1, 1), ("Zoë/🦄", -5, 2, 2),
                ]
                for (name, floor, by, wanted) in steps {
                    try same(await store.bump(name, floor: floor, by: by), wanted, "\(name) from \(floor) by \(by)")
                }
            },
        ]
    }
}
