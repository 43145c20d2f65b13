import Foundation

/// How far a history has been read: told after each page, when all of its records have been taken.
public struct HistoryProgress: Sendable {
    /// So many have been taken.
    public let records: Int
    /// The venue's own list that the page is from.
    public let list: ReadKind
    /// Where the window begins that the page is from, in Unix milliseconds; nil if the list has no windows.
    public let windowFromMs: Int64?
    /// Where that window ends.
    public let windowToMs: Int64?
    /// As `History.reachesFromMs`.
    public let reachesFromMs: Int64?
    /// What the same call goes on with, as its `cursor`; nil after the last page.
    public let cursor: String?
}

/// Records one by one, page after page as they are needed: for `for try await`. It is read once: where a page fails, the
/// next loop over it asks for that page again, and no record is lost or comes twice.
public final class History<Record: ReadRecord>: AsyncSequence, Sendable {
    public typealias Element = Record

    private struct State: Sendable {
        var hasBegun = false
        var isBusy = false
        var isClosed = false
        var read: AccountRead?
        var reachesFromMs: Int64?
        /// What is left of the page that is being taken.
        var left: ArraySlice<Record>?
        var next: AccountRead?
        var taken = 0
    }

    private let begin: @Sendable () async throws -> AccountRead
    private let page: @Sendable (AccountRead) async throws -> Page
    private let progress: (@Sendable (HistoryProgress) async throws -> Void)?
    private let state = Locked(State())
    private let freed = Alarm()

    init(
        begin: @escaping @Sendable () async throws -> AccountRead, page: @escaping @Sendable (AccountRead) async throws -> Page,
        progress: (@Sendable (HistoryProgress) async throws -> Void)?
    ) {
        (self.begin, self.page, self.progress) = (begin, page, progress)
    }

    /// Text that the same call goes on with, as its `cursor`, in any process or language: from the first page whose records
    /// have not all been taken. Take it from `progress`, and no record comes twice. Nil after the last page, and before the
    /// first record has been asked for. It holds no token, but what was asked for.
    public var cursor: String? { state.with { $0.read }?.cursor() }

    /// Since when the venue tells, in Unix milliseconds, where `fromMs` is earlier: nothing from before it comes. Nil where
    /// the whole span is read, and before the first record has been asked for.
    public var reachesFromMs: Int64? { state.with { $0.reachesFromMs } }

    /// Ends it; `cursor` still goes on.
    public func close() {
        state.with { $0.isClosed = true }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(history: self)
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let history: History

        public mutating func next() async throws -> Record? {
            try await history.turn()
        }
    }

    /// One after the other, whoever asks.
    private func turn() async throws -> Record? {
        while !state.with({ state in
            defer { state.isBusy = true }
            return !state.isBusy
        }) {
            try Task.checkCancellation()
            _ = await freed.wait(timeoutMs: 100)
        }
        defer {
            state.with { $0.isBusy = false }
            freed.ring()
        }
        return try await step()
    }

    private func step() async throws -> Record? {
        try Task.checkCancellation()
        if !state.with({ $0.hasBegun || $0.isClosed }) {
            let read = try await begin()
            state.with { ($0.read, $0.reachesFromMs, $0.hasBegun) = (read, read.reachesFromMs, true) }
        }
        while !state.with({ $0.isClosed }) {
            if let record = state.with({ state in
                let record = state.left?.popFirst()
                if record != nil { state.taken += 1 }
                return record
            }) {
                return record
            }
            if let turned = turned() { try await progress?(turned) }
            guard let read = state.with({ $0.isClosed ? nil : $0.read }) else { return nil }
            let page = try await page(read)
            state.with { ($0.left, $0.next) = (page.records.all.compactMap { $0 as? Record }[...], page.next) }
        }
        return nil
    }

    /// Leaves the page that has been taken, if there is one.
    private func turned() -> HistoryProgress? {
        state.with { state in
            guard state.left != nil, let read = state.read else { return nil }
            (state.left, state.read) = (nil, state.next)
            return HistoryProgress(
                records: state.taken, list: read.list, windowFromMs: read.windowFromMs, windowToMs: read.windowToMs,
                reachesFromMs: state.reachesFromMs, cursor: state.read?.cursor())
        }
    }
}

extension Account {
    /// What the account holds, in all the accounts that the venue tells of. Currencies with nothing are left out.
    ///
    /// - Parameters:
    ///   - cursor: goes on where an earlier call's `History.cursor` stands.
    ///   - patienceMs: for each page: a whole history meets the venue's limits, some of which last a minute.
    ///   - progress: called after each page, when its records have been taken.
    /// - Returns: a history, whose loop throws what `page` throws, and `VenuekeyError` with `invalid_argument`,
    ///   `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch` for what was asked for.
    public func balances(
        cursor: String? = nil, patienceMs: Int64 = 120_000,
        progress: (@Sendable (HistoryProgress) async throws -> Void)? = nil
    ) -> History<CommonBalance> {
        history(cursor, [], patienceMs, progress) { client, _ in try client.readCommonBalances() }
    }

    /// Deposits, withdrawals, and transfers between the user's own accounts if the venue tells them: list by list, the
    /// newest first in each page. Otherwise as `balances`; `not_supported` for a kind that the venue does not report.
    ///
    /// - Parameters:
    ///   - kind: all that the venue tells if left out. A key of a sub-account at Bybit reads no withdrawals: ask for the
    ///     other kinds, one by one.
    ///   - fromMs: Unix milliseconds, the first of the span; a year ago, or before `toMs`, if left out. Where the venue
    ///     reaches less far back, the history begins later, and `History.reachesFromMs` says so.
    ///   - toMs: Unix milliseconds, the first behind the span; now if left out or later than now.
    ///   - cursor: as of `balances`, without what was asked for then; of the same connection.
    public func transactions(
        kind: TransactionKind? = nil, fromMs: Int64? = nil, toMs: Int64? = nil, cursor: String? = nil,
        patienceMs: Int64 = 120_000, progress: (@Sendable (HistoryProgress) async throws -> Void)? = nil
    ) -> History<CommonTransaction> {
        let asked = (kind == nil ? [] : ["kind"]) + names(fromMs, toMs)
        return history(cursor, asked, patienceMs, progress) { client, nowMs in
            let query = CommonTransactionsQuery(kind: kind, fromMs: fromMs, toMs: toMs)
            return try client.readCommonTransactions(query: query, nowMs: nowMs)
        }
    }

    /// Orders that have ended. The venue forgets those without a fill first; see `Client.readOrderHistory`. Otherwise as
    /// `transactions`.
    public func orders(
        fromMs: Int64? = nil, toMs: Int64? = nil, cursor: String? = nil, patienceMs: Int64 = 120_000,
        progress: (@Sendable (HistoryProgress) async throws -> Void)? = nil
    ) -> History<CommonOrder> {
        history(cursor, names(fromMs, toMs), patienceMs, progress) { client, nowMs in
            try client.readCommonOrders(query: CommonHistoryQuery(fromMs: fromMs, toMs: toMs), nowMs: nowMs)
        }
    }

    /// Trades of the user's orders. Otherwise as `transactions`.
    public func trades(
        fromMs: Int64? = nil, toMs: Int64? = nil, cursor: String? = nil, patienceMs: Int64 = 120_000,
        progress: (@Sendable (HistoryProgress) async throws -> Void)? = nil
    ) -> History<CommonTrade> {
        history(cursor, names(fromMs, toMs), patienceMs, progress) { client, nowMs in
            try client.readCommonTrades(query: CommonHistoryQuery(fromMs: fromMs, toMs: toMs), nowMs: nowMs)
        }
    }

    private func names(_ fromMs: Int64?, _ toMs: Int64?) -> [String] {
        (fromMs == nil ? [] : ["fromMs"]) + (toMs == nil ? [] : ["toMs"])
    }

    private func history<Record: ReadRecord>(
        _ cursor: String?, _ asked: [String], _ patienceMs: Int64,
        _ progress: (@Sendable (HistoryProgress) async throws -> Void)?,
        _ begin: @escaping @Sendable (Client, Int64) throws -> AccountRead
    ) -> History<Record> {
        let rows = signing.runner.rows
        return History(
            begin: {
                let client = try rows.client(try await rows.stored(id, owner).row.client)
                guard let cursor else { return try begin(client, try await rows.time.nowMs()).boundTo(connectionId: id) }
                guard asked.isEmpty else {
                    throw VenuekeyError.argument("a cursor already has its query: leave out \(asked.joined(separator: ", "))")
                }
                let read = try client.resumeRead(cursor: cursor)
                guard read.kind == Record.kind else {
                    throw VenuekeyError.argument("the cursor is of \(read.kind.name), not of \(Record.kind.name)")
                }
                return try read.boundTo(connectionId: id)
            }, page: { try await page($0, patienceMs: patienceMs) }, progress: progress)
    }
}
