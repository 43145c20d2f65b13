import Foundation

/// Takes rows that are due, and does what is due; until its task is cancelled.
actor Worker {
    /// The safety net: so often is the store asked, whatever wakes.
    private static let lookMs: Int64 = 1000
    private static let seenMs: Int64 = 10_000
    /// How long an end waits for what may be begun again, such as a call of a store that hangs.
    private static let graceMs: Int64 = 700
    /// How long an end of `runOnce` waits for what the store says last.
    private static let answerMs: Int64 = 10_000
    private static let longMs: Int64 = 3_600_000

    private let runner: Runner
    private let apart: Apart
    private let holder: String
    private let concurrency: Int
    private var jobs: [String: (job: Job, task: Task<Void, Never>)] = [:]
    /// Rows that are due and are not for now, or not for this process. They stay due, and must not stand before the others.
    private var passed: Set<String> = []
    private var seenAtMs: Int64?
    private var isStoreDown = false
    private var isEnding = false
    /// True from the moment that the end is asked for: jobs begin nothing then, whenever this one's own turn comes.
    private let isTold = Locked(false)
    /// Whether a job has ended since the last look.
    private var hasChanged = false
    private let bell = Alarm()

    init(_ runner: Runner, _ apart: Apart, holder: String, concurrency: Int) {
        (self.runner, self.apart, self.holder, self.concurrency) = (runner, apart, holder, concurrency)
    }

    func run() async {
        await withTaskCancellationHandler { await loop() } onCancel: { isTold.with { $0 = true } }
    }

    private func loop() async {
        let log = runner.hands.log
        log(.info, "worker \(holder): begins")
        while !Task.isCancelled {
            hasChanged = false
            if jobs.count >= concurrency {
                _ = await bell.wait(timeoutMs: Worker.longMs)
                continue
            }
            do {
                if try await unlessCancelled({ try await self.look() }) { continue }
                await pause(atMostMs: Worker.longMs)
            } catch {
                if Task.isCancelled { break }
                // Outside of a row only a time that is none is refused.
                let why = error is VenuekeyError ? "\(error)" : "the store fails (\(named(error)))\(pageFor(error))"
                if !isStoreDown { log(.warning, "worker \(holder): \(why)") }
                isStoreDown = true
                _ = await bell.wait(timeoutMs: Worker.lookMs)
            }
        }
        log(.info, "worker \(holder): takes no new work")
        await end()
        log(.info, "worker \(holder): has ended")
    }

    /// Does what is due now, and tells when something is due next.
    func runOnce(deadlineMs: Int64?) async throws -> Int64? {
        try await withTaskCancellationHandler { try await sweep(deadlineMs) } onCancel: { isTold.with { $0 = true } }
    }

    private func sweep(_ deadlineMs: Int64?) async throws -> Int64? {
        let untilMs = deadlineMs.map { uptimeMs() + max(0, min($0, Worker.longMs * 24)) }
        let leftMs = { untilMs.map { $0 - uptimeMs() } ?? Worker.longMs }
        var isDone = false
        do {
            while !Task.isCancelled && leftMs() > 0 {
                hasChanged = false
                let isFull = jobs.count >= concurrency
                if !isFull, try await unlessCancelled({ try await self.look() }) { continue }
                isDone = jobs.isEmpty && !hasChanged
                if isDone { break }
                // What others save meanwhile need not wait for a slow job's end.
                if isFull {
                    _ = await bell.wait(timeoutMs: leftMs())
                } else {
                    await pause(atMostMs: leftMs())
                }
            }
        } catch {
            await end()
            if !Task.isCancelled { throw error }
        }
        await end()
        let (dueMs, nowMs) = try await dueNext()
        // What is due all the same was left alone, or rests: nobody should come back for it at once.
        guard isDone, let dueMs, dueMs <= nowMs else { return dueMs }
        return nowMs + apart.restMs
    }

    /// When something is due next, and what time it is. Without an end a store may take its time.
    private func dueNext() async throws -> (dueMs: Int64?, nowMs: Int64) {
        let (store, time, answered) = (runner.rows.store, runner.rows.time, Alarm())
        // Out of reach of the cancellation, which has come already.
        let asked = Task {
            defer { answered.ring() }
            return (try await store.nextDue(), try await time.nowMs())
        }
        var isHere = false
        while !isHere && !Task.isCancelled { isHere = await answered.wait(timeoutMs: Worker.longMs) }
        if !isHere { isHere = await Task { await answered.wait(timeoutMs: Worker.answerMs) }.value }
        guard isHere else { throw StoreError(operation: "nextDue", error: "it did not answer before the end") }
        return try await asked.value
    }

    /// Takes rows that are due; whether to look again at once.
    private func look() async throws -> Bool {
        let (store, time) = (runner.rows.store, runner.rows.time)
        let nowMs = try await time.nowMs()
        // By its distance: a clock that was set back must not silence it.
        if seenAtMs.map({ abs(nowMs - $0) >= Worker.seenMs }) ?? true {
            try await store.seen(holder: holder, nowMs: nowMs)
            seenAtMs = nowMs
        }
        let due = try await store.due(nowMs: nowMs, limit: concurrency + jobs.count + passed.count)
        if isStoreDown { runner.hands.log(.info, "worker \(holder): the store is back") }
        isStoreDown = false
        var (found, isMore): (Set<String>, Bool) = ([], false)
        for stored in due {
            let id = stored.row.id
            if isEnding || Task.isCancelled { return false }
            if jobs.count >= concurrency { return true }
            // A row that the store gives twice is one row.
            if jobs[id] != nil || !found.insert(id).inserted { continue }
            if !apart.rests(id), try await take(stored, nowMs) {
                passed.remove(id)
                isMore = true
            } else if passed.insert(id).inserted {
                // It stood where another one may be.
                isMore = true
            }
        }
        passed.formIntersection(found)
        return isMore
    }

    /// Whether something was done about it.
    private func take(_ stored: Stored, _ nowMs: Int64) async throws -> Bool {
        let (rows, id) = (runner.rows, stored.row.id)
        let connection: Connection
        do {
            connection = try rows.opened(stored, nowMs: nowMs)
        } catch {
            return try await apart.isQuarantined(stored.row, error)
        }
        let name = driverHolder(holder)
        let driver: ConnectionDriver
        do {
            driver = try ConnectionDriver(connection: connection, holder: name, nowMs: nowMs)
        } catch {
            apart.fails(id, error)
            return false
        }
        if driver.action == .return {
            if let dueMs = connection.dueAtMs, dueMs <= nowMs { return false }
            // Its column is behind what is known by now, such as a use of its key: it would be due for ever.
            _ = try await rows.save(try connection.touched(nowMs: nowMs))
            return true
        }
        if !isEnding && jobs[id] == nil { begin(id, Job(driver, holder: name, ends: { [isTold] in isTold.with { $0 } })) }
        return true
    }

    private func begin(_ id: String, _ job: Job) {
        let (runner, apart) = (runner, apart)
        let task = Task {
            do {
                try await runner.run(job)
                apart.works(id)
            } catch {
                // One row's trouble is its own.
                apart.fails(id, error)
            }
            self.finished(id)
        }
        jobs[id] = (job, task)
    }

    private func finished(_ id: String) {
        jobs[id] = nil
        hasChanged = true
        bell.ring()
    }

    /// Until there may be something to do, at most so long.
    private func pause(atMostMs: Int64) async {
        if hasChanged { return }
        let (store, bell) = (runner.rows.store, bell)
        let pauseMs = (try? await unlessCancelled { try await self.pauseMs() }) ?? Worker.lookMs
        let atMost = min(atMostMs, pauseMs)
        let waits = Task {
            if await store.wait(timeoutMs: atMost) { bell.ring() }
        }
        _ = await bell.wait(timeoutMs: atMost)
        waits.cancel()
    }

    private func pauseMs() async throws -> Int64 {
        let (dueMs, nowMs) = (try await runner.rows.store.nextDue(), try await runner.rows.time.nowMs())
        // What is due and was not begun is at work, or somebody else's, or nobody's.
        guard let dueMs, dueMs > nowMs else { return Worker.lookMs }
        return min(Worker.lookMs, dueMs - nowMs)
    }

    /// What must be finished is. What has not come to its end by then can be begun again by anyone: once its call of the store
    /// has ended, it gives its lease back and does nothing else.
    private func end() async {
        isEnding = true
        for each in jobs.values { each.task.cancel() }
        // The caller's cancellation has come already, and this takes its time.
        await Task { await self.ended() }.value
    }

    private func ended() async {
        let untilMs = uptimeMs() + Worker.graceMs
        while !jobs.isEmpty && uptimeMs() < untilMs { _ = await bell.wait(timeoutMs: untilMs - uptimeMs()) }
        let left = jobs.values
        for each in left { each.job.isLeft = !each.job.mustGoOn }
        for each in left where !each.job.isLeft { await each.task.value }
    }
}

/// No two workers share a name: the host, the process, and what no process had before.
func newHolder() -> String {
    let info = ProcessInfo.processInfo
    return "\(cut(info.hostName, 30))-\(info.processIdentifier)-\(randomHex(4))"
}

/// A driver's own, so that no two leases are alike: the worker's name, cut to 40 bytes, and what no other driver has.
func driverHolder(_ name: String) -> String {
    "\(cut(name, 40))-\(randomHex(6))"
}

private func cut(_ name: String, _ mostBytes: Int) -> String {
    var cut = name
    while cut.utf8.count > mostBytes { cut.removeLast() }
    return cut
}

private func randomHex(_ bytes: Int) -> String {
    randomBytes(bytes).map { String(format: "%02x", $0) }.joined()
}
