import Venuekey

extension Suite {
    /// Looking for rows.
    var lookups: [ConformanceTest] {
        [
            test("rows are due by the clock that is given, those due longest first, up to the limit") { store, _ in
                try same(await store.nextDue(), nil, "nothing is due")
                let (late, early) = (row(1) { $0.dueAtMs = nowMs }, row(2) { $0.dueAtMs = nowMs - 5000 })
                for each in [late, early, row(3) { $0.dueAtMs = nowMs + 1 }, row(4)] { _ = try await store.save(each) }
                try same(await store.due(nowMs: nowMs, limit: 9), [early, late].map { Stored(row: $0) }, "what is due")
                try same(await store.due(nowMs: nowMs, limit: 1), [Stored(row: early)], "one of them")
                try same(await store.due(nowMs: nowMs - 5001, limit: 9), [], "a moment before")
                try same(await store.nextDue(), nowMs - 5000, "what is due next")
                _ = try await store.save(next(early) { $0.dueAtMs = nowMs + 9 })
                try same(await store.nextDue(), nowMs, "what is due next now")
                try same(await store.due(nowMs: nowMs, limit: 9), [Stored(row: late)], "what is due now")
                for number in 5...7 { _ = try await store.save(row(number) { $0.dueAtMs = nowMs }) }
                let ids = try await store.due(nowMs: nowMs, limit: 9).map(\.row.id)
                try same(ids.count, Set(ids).count, "no row twice")
                try same(ids.count, 4, "all of them")
            },
            test("a worker whose clock is two minutes ahead sees the row two minutes before, leased or not") { store, _ in
                let leased = row(1) { ($0.dueAtMs, $0.leaseHolder, $0.leaseUntilMs) = (nowMs, "worker-1", nowMs + 45_000) }
                _ = try await store.save(leased)
                try same(await store.due(nowMs: nowMs - 60_000, limit: 9), [], "by one clock")
                try same(await store.due(nowMs: nowMs + 60_000, limit: 9), [Stored(row: leased)], "by the other")
            },
            test("an owner's rows are found by the exact name") { store, _ in
                let names = ["user", "User", "user ", "user%", "us_r", "", full.owner, "Zoe\u{308}", "Zoë"]
                for (index, owner) in names.enumerated() { _ = try await store.save(row(index + 1) { $0.owner = owner }) }
                let ended = row(99) { ($0.owner, $0.status) = ("user", .ended) }
                _ = try await store.save(ended)
                for (index, owner) in names.enumerated() {
                    let wanted = [row(index + 1).id] + (owner == "user" ? [ended.id] : [])
                    try same(await store.find(owner: owner).map(\.row.id), wanted, "rows of '\(owner)'")
                }
                try same(await store.find(owner: "' OR '1'='1"), [], "nobody's rows")
            },
            test("another row with the same account is found, unless it has ended") { store, _ in
                let (one, two) = (row(1) { $0.accountHash = "a" }, row(2))
                for each in [one, two] { _ = try await store.save(each) }
                let cases: [([String], String, Bool, String)] = [
                    (["a"], one.id, false, "the row itself"), (["a"], two.id, true, "another one"),
                    (["b", "a"], two.id, true, "by an older key"), (["b"], two.id, false, "another account"),
                    ([], two.id, false, "no account"),
                ]
                for (hashes, id, isThere, what) in cases {
                    try same(await store.findAccount(hashes: hashes, exceptId: id), isThere, what)
                }
                _ = try await store.quarantine(one.id, revision: 1, code: "seal_invalid")
                try holds(await store.findAccount(hashes: ["a"], exceptId: two.id), "nobody knows what a quarantined one holds")
                _ = try await store.save(next(one) { $0.status = .ended })
                try holds(!(await store.findAccount(hashes: ["a"], exceptId: two.id)), "it has ended")
            },
            test("of rows that end together none finds another") { store, _ in
                var (one, other) = (row(1) { $0.accountHash = "a" }, row(2) { $0.accountHash = "a" })
                for each in [one, other] { _ = try await store.save(each) }
                for intent in [Intent.disconnect, .disconnectAndDeleteKey, .forget] {
                    one = next(one) { $0.intent = intent }
                    _ = try await store.save(one)
                    try holds(!(await store.findAccount(hashes: ["a"], exceptId: other.id)), "it ends: \(intent)")
                    try holds(await store.findAccount(hashes: ["a"], exceptId: one.id), "the other one works")
                }
                other = next(other) { $0.intent = .forget }
                _ = try await store.save(other)
                try holds(!(await store.findAccount(hashes: ["a"], exceptId: one.id)), "both end")
            },
            test("rows that another key has sealed are found page by page") { store, _ in
                for number in 1...4 { _ = try await store.save(row(number) { $0.sealingKeyId = number == 2 ? "new" : "old" }) }
                let pages: [(String, Int, String, [Int])] = [
                    ("new", 2, "", [1, 3]), ("new", 2, row(3).id, [4]), ("new", 2, row(4).id, []), ("old", 9, "", [2]),
                    ("unknown", 9, "", [1, 2, 3, 4]),
                ]
                for (key, limit, after, wanted) in pages {
                    let ids = try await store.rowsSealedByOthers(keyId: key, limit: limit, afterId: after)
                    try same(ids, wanted.map { row($0).id }, "not by \(key), after '\(after)'")
                }
            },
            test("the newest look of any worker counts") { store, place in
                try same(await store.lastSeen(), nil, "nobody has looked")
                try await store.seen(holder: "worker-1", nowMs: nowMs)
                try await store.seen(holder: "worker-2", nowMs: nowMs + 5)
                let other = try await subject.openStore(place)
                try same(await other.lastSeen(), nowMs + 5, "the newer look")
                try await other.seen(holder: "worker-2", nowMs: nowMs + 9)
                await other.close()
                try same(await store.lastSeen(), nowMs + 9, "the newest look")
            },
            test("the store's clock, where there is one, does not go back") { store, _ in
                let (first, second) = (try await store.nowMs(), try await store.nowMs())
                try same(first == nil, second == nil, "it has one, or none")
                if let first, let second { try holds(first > 1_600_000_000_000 && second >= first, "it goes on") }
            },
        ]
    }
}
