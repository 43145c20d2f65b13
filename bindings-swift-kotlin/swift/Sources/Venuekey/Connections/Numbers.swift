/// Numbers for signed requests, no two alike whatever process draws them.
actor Numbers {
    /// So many are reserved at a time: one write to the store for as many requests of a key.
    private static let block: Int64 = 50
    private static let lookMs: Int64 = 250
    /// How far ahead of the venue's clock numbers may lie: so many processes do not draw them at once.
    private static let furthestMs: Int64 = 60_000

    private struct Block {
        let nonces: Nonces
        var left = Numbers.block
    }

    private let store: any Store
    private let time: Time
    private let sleep: Sleep
    private var blocks: [String: Block] = [:]
    private var reserving: [String: Task<Void, any Error>] = [:]

    init(_ store: any Store, _ time: Time, _ sleep: @escaping Sleep) {
        (self.store, self.time, self.sleep) = (store, time, sleep)
    }

    /// A number that no other request of this key has had, near the venue's clock, which is so far ahead, and how long it
    /// was waited for. Throws `rate_limited` if that takes longer than `patienceMs`.
    func next(_ counter: String, aheadMs: Int64, patienceMs: Int64) async throws -> (nonceMs: Int64, waitedMs: Int64) {
        var waitedMs: Int64 = 0
        while true {
            let venueNowMs = try await time.recent() + aheadMs
            if let taken = try blocks[counter]?.nonces.take(venueNowMs: venueNowMs) {
                blocks[counter]?.left -= 1
                return (taken, waitedMs)
            }
            // Many blocks were reserved in a short time, or by a clock that was a little ahead. Another one would lie
            // further ahead still.
            let lies = blocks[counter].map { $0.left == 0 ? 0 : $0.nonces.reserved - Numbers.block - venueNowMs } ?? 0
            if lies <= 0 || lies > Numbers.furthestMs {
                try await reserve(counter, venueNowMs)
                continue
            }
            if waitedMs >= patienceMs { throw VenuekeyError.tooLong(lies) }
            try await sleep(Numbers.lookMs)
            waitedMs += Numbers.lookMs
        }
    }

    /// Those that want a block of the same key at once share it.
    private func reserve(_ counter: String, _ venueNowMs: Int64) async throws {
        let task = reserving[counter] ?? Task { try await self.bump(counter, venueNowMs) }
        reserving[counter] = task
        try await unlessCancelled { try await task.value }
    }

    private func bump(_ counter: String, _ venueNowMs: Int64) async throws {
        defer { reserving[counter] = nil }
        let floorMs = venueNowMs - 1
        let (name, _) = try await inReach(
            store, counter, floorMs: floorMs, nowMs: venueNowMs, furthestMs: Numbers.furthestMs)
        let last = try await store.bump(name, floor: floorMs, by: Numbers.block)
        let nonces = try Nonces.reserve(
            reserved: last - Numbers.block, count: Numbers.block, venueNowMs: venueNowMs, nonceWindow: true)
        blocks[counter] = Block(nonces: nonces)
    }
}

/// How far each venue's clock is ahead: measured when it is needed, and anew when the venue complains.
actor Offsets {
    private static let livesMs: Int64 = 3_600_000
    /// Where a venue does not tell its time, requests go out all the same, and do not ask for it each time.
    private static let failedLivesMs: Int64 = 60_000

    private struct Measured: Sendable {
        let aheadMs: Int64
        /// By this process's own count.
        let untilMs: Int64
    }

    private let time: Time
    private let send: Send
    private var known: [String: Measured] = [:]
    private var asking: [String: Task<Measured, Never>] = [:]

    init(_ time: Time, _ send: @escaping Send) {
        (self.time, self.send) = (time, send)
    }

    func aheadMs(_ signer: Signer, isAnew: Bool) async throws -> Int64 {
        let place = "\(signer.venue.name)/\(signer.environment.name)"
        if let known = known[place], !isAnew, uptimeMs() < known.untilMs { return known.aheadMs }
        let task = asking[place] ?? Task { await self.measure(signer, place) }
        asking[place] = task
        return try await unlessCancelled { await task.value }.aheadMs
    }

    private func measure(_ signer: Signer, _ place: String) async -> Measured {
        defer { asking[place] = nil }
        let measured: Measured
        do {
            let sentAtMs = try await time.nowMs()
            let reply = try await send(signer.askTime())
            let offset = try signer.receiveTime(response: reply, sentAtMs: sentAtMs, receivedAtMs: time.at())
            measured = Measured(aheadMs: offset.aheadMs, untilMs: uptimeMs() + Offsets.livesMs)
        } catch {
            // The host's own clock counts then, and the venue says where that is not good enough.
            measured = Measured(aheadMs: known[place]?.aheadMs ?? 0, untilMs: uptimeMs() + Offsets.failedLivesMs)
        }
        known[place] = measured
        return measured
    }
}
