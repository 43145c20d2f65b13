import Foundation

/// Users' accounts at venues, one row each in a store that any number of processes share.
///
/// What a web request or a button calls writes what is wanted and returns; a worker does the rest: `run`, in this process
/// or in one of its own, or `runOnce` if nothing keeps running.
///
/// ```swift
/// let connections = try Connections(clients: ["bybit": client], store: FileStore(path: "connections"), keys: keys)
/// let worker = Task { try await connections.run() }
/// let begun = try await connections.begin("bybit", owner: "user-1", goal: .apiKey)
/// // open begun.authorizeUrl; when the browser comes back:
/// try await connections.receiveCallback(begun.id, url: url, owner: .user("user-1"))
/// ```
///
/// Every call throws a `StoreError` if the store fails; what was asked for can be asked for again. Those with an id throw
/// `ConnectionNotFound` if there is no such connection, or it is not this `owner`'s.
public actor Connections {
    let rows: Rows
    let runner: Runner
    let signing: Signing
    private let apart: Apart
    private let concurrency: Int
    private var workers: [UUID: Task<Void, Never>] = [:]

    /// - Parameters:
    ///   - clients: each client by a name of your own, 1 to 64 bytes. Rows hold the name: keep it.
    ///   - store: `FileStore`, `KeychainStore`, or one of your own.
    ///   - keys: seal the rows at rest.
    ///   - send: sends a request exactly as it is, as for `drive`.
    ///   - onEvent: called with each event at least once, by a worker, which waits for it. Where it throws, it is called
    ///     again after a minute. Keep it short.
    ///   - log: where progress and trouble are told, by names, ids and codes: never what a venue says, nor a secret. Left
    ///     out, standard error is told of trouble alone.
    ///   - clock: Unix milliseconds; left out, the store's clock if it has one, else the operating system's.
    ///   - concurrency: how many connections one worker works at, at the same time.
    ///   - shareOf: among how many processes behind one address the venue's limits are divided, for `Account.call`.
    /// - Throws: `VenuekeyError` with `invalid_argument`; the hint names what is wrong.
    public init(
        clients: [String: Client],
        store: any Store,
        keys: SealingKeys,
        send: @escaping Send = urlSessionSender(),
        onEvent: (@Sendable (Event) async throws -> Void)? = nil,
        log: ConnectionLog? = nil,
        clock: Clock? = nil,
        sleep: @escaping Sleep = systemSleep,
        concurrency: Int = 8,
        shareOf: Int = 1
    ) throws {
        if clients.isEmpty { throw VenuekeyError.argument("clients must have a client by a name of your own") }
        if concurrency < 1 { throw VenuekeyError.argument("concurrency must be above zero") }
        let (log, time) = (log ?? standardLog, Time(store, clock))
        rows = Rows(clients: clients, store: store, keys: keys, time: time)
        runner = Runner(rows, Hands(send: send, sleep: sleep, onEvent: onEvent, log: log))
        signing = Signing(runner, try Budget(time, sleep, shareOf: Int64(shareOf)))
        apart = Apart(rows, log)
        self.concurrency = concurrency
    }

    // Beginning

    /// Begins a connection. It is stored: send the browser to the view's `authorizeUrl`.
    ///
    /// - Parameters:
    ///   - client: the client, by its name in `clients`.
    ///   - owner: your own name for the user, 1 to 255 bytes.
    ///   - label: the user's own name for the connection, 1 to 255 bytes.
    ///   - keepAlive: what workers do for its tokens: `access` keeps the access token alive (the default for tokens),
    ///     `refresh` only what can be refreshed, `onUse` nothing by themselves (the default for a key).
    ///   - options: as of `Client.begin`.
    /// - Throws: `VenuekeyError` with `invalid_argument` for a client that there is not, and as `Client.begin`.
    public func begin(
        _ client: String, owner: String, goal: Goal, label: String? = nil, keepAlive: KeepAlive? = nil,
        options: BeginOptions? = nil
    ) async throws -> ConnectionView {
        let named = named(client, owner, label, keepAlive)
        return try await first(
            try rows.client(client).beginConnection(
                goal: goal, options: named, consent: options, nowMs: try await rows.time.nowMs()))
    }

    /// A connection made of tokens from tables of your own; from here on, only this row may refresh them. Each call makes
    /// another one: keep the view's `id` beside them.
    ///
    /// - Parameter uid: the user's id at the venue, if you have it.
    public func importTokens(
        _ client: String, _ tokens: Tokens, owner: String, uid: String? = nil, label: String? = nil,
        keepAlive: KeepAlive? = nil
    ) async throws -> ConnectionView {
        let named = named(client, owner, label, keepAlive)
        return try await first(
            try rows.client(client).importTokens(
                tokens: tokens, uid: uid, options: named, nowMs: try await rows.time.nowMs()))
    }

    /// A connection made of a key from tables of your own. Each call makes another one: keep the view's `id` beside it.
    public func importKey(
        _ client: String, _ key: ImportedKey, owner: String, label: String? = nil
    ) async throws -> ConnectionView {
        let named = named(client, owner, label, nil)
        return try await first(
            try rows.client(client).importKey(key: key, options: named, nowMs: try await rows.time.nowMs()))
    }

    // From the web, or from a button

    /// Where a connection stands.
    public func status(_ id: String, owner: Owner = .any) async throws -> ConnectionView {
        try await rows.look(try await rows.stored(id, owner))
    }

    /// The user's connections, those that ended within a day too. If a row can't be opened, its status is `quarantined`.
    public func find(owner: String) async throws -> [ConnectionView] {
        var views: [ConnectionView] = []
        for stored in try await rows.store.find(owner: owner) { views.append(try await rows.look(stored)) }
        return views
    }

    /// Where a connection stands, now and each time that this changes, for a screen that shows it. What this process saves
    /// is seen at once, what others save within a second. It ends with the connection: its last view is `ended`, or the row
    /// is gone.
    public nonisolated func updates(_ id: String, owner: Owner = .any) -> ConnectionUpdates {
        ConnectionUpdates(rows: rows, id: id, owner: owner)
    }

    /// The browser came back to the redirect URI: give the whole URL. A page that is loaded again changes nothing.
    ///
    /// - Throws: `VenuekeyError.rejected` if the callback is not this connection's; it stays as it was. `StoreBusy`:
    ///   answer 503. So do the calls that follow.
    @discardableResult
    public func receiveCallback(_ id: String, url: String, owner: Owner = .any) async throws -> ConnectionView {
        try await apply(id, owner) { try $0.receiveCallback(url: url, nowMs: $1) }
    }

    /// The code that the user has copied from the venue's page, as `Flow.receivePastedCode`.
    @discardableResult
    public func receivePastedCode(_ id: String, pasted: String, owner: Owner = .any) async throws -> ConnectionView {
        try await apply(id, owner) { try $0.receivePastedCode(pasted: pasted, nowMs: $1) }
    }

    /// The user's choice, as `Flow.choose`.
    @discardableResult
    public func choose(_ id: String, accountId: String, owner: Owner = .any) async throws -> ConnectionView {
        try await apply(id, owner) { try $0.choose(id: accountId, nowMs: $1) }
    }

    /// Goes on after a failure whose view has a `recovery`.
    @discardableResult
    public func recover(_ id: String, owner: Owner = .any) async throws -> ConnectionView {
        try await apply(id, owner) { try $0.recover(nowMs: $1) }
    }

    /// Connects anew, to the same account if the venue tells whose it is. Where the view says `replacesKey`, the old key
    /// is ended first, and `authorizeUrl` is there as soon as a worker has been at it.
    @discardableResult
    public func reconnect(
        _ id: String, owner: Owner = .any, options: BeginOptions? = nil
    ) async throws -> ConnectionView {
        try await apply(id, owner) { try $0.reconnect(options: options, nowMs: $1) }
    }

    /// Calls off the attempt to connect that waits for the user or has failed. What was there before it stays as it was, so an
    /// account that works keeps working; a connection that has nothing else ends. Changes nothing if there is no attempt, and
    /// while a worker is busy with it: the view's `attempt` tells.
    @discardableResult
    public func cancelAttempt(_ id: String, owner: Owner = .any) async throws -> ConnectionView {
        try await apply(id, owner) { try $0.cancelAttempt(nowMs: $1) }
    }

    /// Ends a connection, once nothing is in flight; with `deleteKey` its key at the venue too, if that is possible and
    /// no other row may hold the same account. A row that is quarantined or damaged, of which nothing can be ended, is
    /// removed.
    @discardableResult
    public func disconnect(_ id: String, owner: Owner = .any, deleteKey: Bool = false) async throws -> ConnectionView {
        try await end(try await rows.stored(id, owner), deleteKey ? .disconnectAndDeleteKey : .disconnect)
    }

    /// Ends all connections of a user, keys at the venue included, and removes their rows after a day, when nothing of them
    /// can come back. Rows that are quarantined or damaged are removed at once. If one can't be ended, the others are, and
    /// then its error is thrown.
    @discardableResult
    public func forget(owner: String) async throws -> [ConnectionView] {
        var (views, failure): ([ConnectionView], (any Error)?) = ([], nil)
        for stored in try await rows.store.find(owner: owner) {
            do {
                views.append(try await end(stored, .forget))
            } catch is ConnectionNotFound {
                // Gone meanwhile.
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return views
    }

    // For an app's own client, which ends in a hand-off

    /// What to send to the app's backend, in the body of an authenticated request over TLS; nil if the connection has
    /// none. It stays until `handedOff`: send it again after a crash, and if no answer came.
    public func handOff(_ id: String, owner: Owner = .any) async throws -> HandOff? {
        try await rows.loaded(id, owner).handOff
    }

    /// The backend has confirmed that it has this hand-off, or that it has had it before: the connection ends here, and is
    /// there. If it refuses it for good, call `disconnect` or `reconnect`.
    @discardableResult
    public func handedOff(_ id: String, _ handOff: HandOff, owner: Owner = .any) async throws -> ConnectionView {
        try await apply(id, owner) { try $0.handedOff(handOff: handOff, nowMs: $1) }
    }

    // Sessions

    /// A session with one connection.
    public func account(_ id: String, owner: Owner = .any) async throws -> Account {
        _ = try await rows.stored(id, owner)
        return Account(id, owner, signing)
    }

    /// A session with the owner's only connection (at the venue).
    ///
    /// - Throws: `ConnectionNotFound` if there is none; `AmbiguousAccount` if there is more than one, those that the
    ///   user never finished counted.
    public func account(owner: String, venue: Venue? = nil) async throws -> Account {
        var living: [(id: String, status: ConnectionStatus, venue: Venue, opens: Bool)] = []
        for stored in try await rows.store.find(owner: owner) { living.append(try await rows.told(stored)) }
        living = living.filter { $0.status != .ended && (venue == nil || $0.venue == venue) }
        // One that can't be opened must not hide one that can. Alone, its calls say what is wrong with it.
        let opens = living.filter { $0.opens }
        let found = opens.isEmpty ? living : opens
        if found.count > 1 { throw AmbiguousAccount(count: found.count) }
        guard let only = found.first else { throw ConnectionNotFound("this owner has no connection there") }
        return Account(only.id, .user(owner), signing)
    }

    // The worker

    /// Works until its task is cancelled, until `stop`, or until one of the signals: it takes no new work then, and returns
    /// within a second if nothing is in flight that must not be cut, else once its reply is stored, 45 seconds at most
    /// while the store works. A save that the store has not answered by then is finished in the background: keep the process
    /// for a moment. Any number of workers may share a store.
    ///
    /// - Parameters:
    ///   - holder: the worker's name, 1 to 64 bytes. No two workers may share one; left out, they don't.
    ///   - signals: the process does not end by these meanwhile: `[SIGTERM, SIGINT]`, in a program that does afterwards.
    /// - Throws: `VenuekeyError` with `invalid_argument` for any other holder.
    public func run(holder: String? = nil, signals: [Int32] = []) async throws {
        let worker = try worker(holder)
        let (runner, taken) = (runner, Signals(signals))
        // Heard before the worker says that it begins, and kept until there is something to end.
        let ending = Locked((task: Task<Void, Never>?.none, isAsked: false))
        await withCheckedContinuation { heard in
            taken.call(
                {
                    ending.with { ending in
                        ending.isAsked = true
                        ending.task?.cancel()
                    }
                }, heard: { heard.resume() })
        }
        await working {
            await worker.run()
            await runner.kept()
        } begun: { task in
            ending.with { ending in
                ending.task = task
                if ending.isAsked { task.cancel() }
            }
        }
        taken.end()
    }

    /// Does what is due and returns, for a task in the background, for cron and for serverless. Cancelled, it ends as `run`.
    ///
    /// - Parameters:
    ///   - deadlineMs: takes no new work after so many milliseconds; a reply that is under way then is still waited for.
    ///   - holder: as of `run`.
    /// - Returns: when something is due next, in Unix milliseconds; nil if nothing is.
    public func runOnce(deadlineMs: Int64? = nil, holder: String? = nil) async throws -> Int64? {
        let worker = try worker(holder)
        let result = Locked<Result<Int64?, any Error>>(.success(nil))
        await working {
            do {
                let next = try await worker.runOnce(deadlineMs: deadlineMs)
                result.with { $0 = .success(next) }
            } catch {
                result.with { $0 = .failure(error) }
            }
        }
        return try result.with { $0 }.get()
    }

    /// Ends every `run` and `runOnce` of this object.
    public func stop() {
        for worker in workers.values { worker.cancel() }
    }

    // At rest

    /// Seals rows anew that an older key has sealed, at most so many. Call it until it returns 0; then no row needs an older
    /// key.
    ///
    /// - Returns: how many it has sealed.
    /// - Throws: `VenuekeyError` with `invalid_argument` if `limit` is not above zero; `invalid_configuration` if rows remain
    ///   that this process can't open: the hint names one, the log each.
    public func reseal(limit: Int = 100) async throws -> Int {
        if limit < 1 { throw VenuekeyError.argument("limit must be above zero") }
        return try await resealed(limit)
    }

    /// Takes a row out of quarantine, once what kept it from being opened has been put right.
    ///
    /// - Throws: `VenuekeyError` if it still can't be opened.
    @discardableResult
    public func release(_ id: String) async throws -> ConnectionView {
        try await apply(id, .any) { try $0.touched(nowMs: $1) }
    }

    // Inside

    func named(_ client: String, _ owner: String, _ label: String?, _ keepAlive: KeepAlive?) -> ConnectOptions {
        ConnectOptions(owner: owner, clientName: client, label: label, keepAlive: keepAlive)
    }

    private func first(_ connection: Connection) async throws -> ConnectionView {
        guard try await rows.save(connection) else {
            throw StoreError(operation: "save", error: "a new connection's id is in the store already")
        }
        return ConnectionView(connection, noWorker: false)
    }

    func apply(_ id: String, _ owner: Owner, _ change: @escaping Change) async throws -> ConnectionView {
        ConnectionView(try await rows.apply(id, owner, change), noWorker: false)
    }

    private func worker(_ holder: String?) throws -> Worker {
        if let holder, !(1...64).contains(holder.utf8.count) {
            throw VenuekeyError.argument("holder must be a name of 1 to 64 bytes")
        }
        return Worker(runner, apart, holder: holder ?? newHolder(), concurrency: concurrency)
    }

    /// In a task of its own, which `stop` and the caller's cancellation end.
    private func working(
        _ work: @escaping @Sendable () async -> Void, begun: (Task<Void, Never>) -> Void = { _ in }
    ) async {
        let (id, task) = (UUID(), Task.detached(operation: work))
        workers[id] = task
        defer { workers[id] = nil }
        begun(task)
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
