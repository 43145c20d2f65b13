/// All workers that share the store take turns at refreshes, from a counter of it.
struct Turns: Sendable {
    let store: any Store
    let time: Time
    let sleep: Sleep

    /// Waits for the turn of the driver's request; `false` if that is too late for its lease.
    func wait(_ driver: ConnectionDriver) async throws -> Bool {
        let nowMs = time.at()
        guard let pace = try driver.pace(nowMs: nowMs) else { return true }
        let (store, floor) = (store, nowMs - pace.intervalMs)
        // A turn that is taken and not used is lost for everybody: look first, and leave room for those who look too.
        let (counter, last) = try await unlessCancelled {
            try await inReach(store, pace.counter, floorMs: floor, nowMs: nowMs, furthestMs: pace.furthestMs)
        }
        if last + pace.intervalMs - nowMs > pace.longestWaitMs / 2 { return false }
        let turn = try await unlessCancelled { try await store.bump(counter, floor: floor, by: pace.intervalMs) }
        if turn - nowMs > pace.longestWaitMs { return false }
        if turn > nowMs { try await sleep(turn - nowMs) }
        return true
    }
}

/// What this process may send by the venues' limits; other processes behind the address count for as much.
actor Budget {
    private let time: Time
    private let sleep: Sleep
    private var left: RateBudget

    init(_ time: Time, _ sleep: @escaping Sleep, shareOf: Int64) throws {
        (self.time, self.sleep) = (time, sleep)
        left = try RateBudget(shareOf: shareOf)
    }

    /// Waits for the request's turn, and tells how long that took. Throws `rate_limited` if it would take longer than
    /// `patienceMs`.
    func wait(_ request: HttpRequest, patienceMs: Int64) async throws -> Int64 {
        let nowMs = try await time.recent()
        let reserved = try left.reserve(request: request, nowMs: nowMs)
        let waitMs = reserved.startAtMs - nowMs
        if waitMs > patienceMs { throw VenuekeyError.tooLong(waitMs) }
        left = reserved.budget
        if waitMs <= 0 { return 0 }
        try await sleep(waitMs)
        return waitMs
    }
}
