import Foundation

/// This process's own count, which no clock's setting moves.
func uptimeMs() -> Int64 {
    Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000)
}

/// What time it is: by the host's own clock if it gives one, by the store's if it has one, so that hosts agree on leases.
final class Time: Sendable {
    /// So long is this process's own count as good as the store's clock.
    private static let recentMs: Int64 = 10_000

    private let store: any Store
    private let clock: Clock?
    /// What the clock last said that can be right, and when by this process's own count.
    private let known = Locked<(nowMs: Int64, atMs: Int64)?>(nil)

    init(_ store: any Store, _ clock: Clock?) {
        (self.store, self.clock) = (store, clock)
    }

    /// Throws a `StoreError` if the store has the clock, and fails; `VenuekeyError` with `invalid_argument` for what is no time.
    func nowMs() async throws -> Int64 {
        if let clock { return kept(try right(clock(), of: "clock")) }
        guard let nowMs = try await store.nowMs() else { return systemClock() }
        return kept(try right(nowMs, of: "the store's nowMs"))
    }

    /// The same for what is done often: what the clock said a moment ago, and the time since.
    func recent() async throws -> Int64 {
        let isRecent = known.with { $0 }.map { uptimeMs() - $0.atMs < Time.recentMs } ?? false
        return isRecent ? at() : try await nowMs()
    }

    /// The same without asking the store, for what may not fail: a reply is here, and waits to be stored. What is no time counts
    /// for nothing then: it is what was right before and the time since, or else the host's.
    func at() -> Int64 {
        if let clock, let nowMs = try? right(clock(), of: "clock") { return kept(nowMs) }
        if let said = known.with({ $0 }) { return said.nowMs + uptimeMs() - said.atMs }
        return systemClock()
    }

    /// By the store's clock, or near it if the store fails.
    func sure() async -> Int64 {
        (try? await shielded { try await self.nowMs() }) ?? at()
    }

    private func kept(_ nowMs: Int64) -> Int64 {
        known.with { $0 = (nowMs, uptimeMs()) }
        return nowMs
    }
}
