import Foundation

/// This process's own count, which no clock's setting moves.
func uptimeMs() -> Int64 {
    Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000)
}

/// What time it is: by the store's clock if it has one, so that hosts agree on leases.
final class Time: Sendable {
    /// So long is this process's own count as good as the store's clock.
    private static let recentMs: Int64 = 10_000

    private let store: any Store
    private let clock: Clock?
    /// What the store last said, and when by this process's own count.
    private let known = Locked<(nowMs: Int64, atMs: Int64)?>(nil)

    init(_ store: any Store, _ clock: Clock?) {
        (self.store, self.clock) = (store, clock)
    }

    func nowMs() async throws -> Int64 {
        if let clock { return clock() }
        guard let nowMs = try await store.nowMs() else { return systemClock() }
        known.with { $0 = (nowMs, uptimeMs()) }
        return nowMs
    }

    /// The same for what is done often: what the store said a moment ago, and the time since.
    func recent() async throws -> Int64 {
        let isRecent = known.with { $0 }.map { uptimeMs() - $0.atMs < Time.recentMs } ?? false
        return isRecent ? at() : try await nowMs()
    }

    /// The same without asking the store, for what may not fail: a reply is here, and waits to be stored.
    func at() -> Int64 {
        if let said = known.with({ $0 }) { return said.nowMs + uptimeMs() - said.atMs }
        return (clock ?? systemClock)()
    }

    /// By the store's clock, or near it if the store fails.
    func sure() async -> Int64 {
        (try? await shielded { try await self.nowMs() }) ?? at()
    }
}
