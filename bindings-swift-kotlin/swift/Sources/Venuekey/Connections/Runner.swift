/// What the host brings.
struct Hands: Sendable {
    let send: Send
    let sleep: Sleep
    let onEvent: (@Sendable (Event) async throws -> Void)?
    let log: ConnectionLog
}

/// Runs a connection's driver: what it says is done, and nothing that it holds is lost. Where its task is cancelled, it
/// begins nothing more, and comes to its end once what must not be cut is stored.
final class Runner: Sendable {
    /// Pauses before a store that fails is asked again; the last one again and again.
    private static let againMs: [Int64] = [100, 500, 1000, 2000, 5000]
    /// So often if nothing of the venue's is in hand, and what is not known is only whether a save was stored. If that was a
    /// lease, for as long as it lasts.
    private static let doubtTries = 4
    /// Events after which somebody has to do something.
    private static let forSomebody: [EventKind] = [.needsUser, .orphanedCredential]
    /// How long a number for a request may take.
    private static let patientMs: Int64 = 10_000
    private static let cuttable: [Action] = [.send, .sleep, .nonce]

    let rows: Rows
    let hands: Hands
    let offsets: Offsets
    let numbers: Numbers
    private let turns: Turns
    /// Sessions at work.
    private let running = Locked<[ObjectIdentifier: (job: Job, task: Task<Void, any Error>)]>([:])

    init(_ rows: Rows, _ hands: Hands) {
        (self.rows, self.hands) = (rows, hands)
        offsets = Offsets(rows.time, hands.send)
        numbers = Numbers(rows.store, rows.time, hands.sleep)
        turns = Turns(store: rows.store, time: rows.time, sleep: hands.sleep)
    }

    /// The same for a session, which the end of a worker waits for too.
    func runSession(_ job: Job) async throws {
        let task = Task { try await self.run(job) }
        running.with { $0[ObjectIdentifier(job)] = (job, task) }
        defer { running.with { _ = $0.removeValue(forKey: ObjectIdentifier(job)) } }
        try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Until no session holds what may not be lost.
    func kept() async {
        for (job, task) in running.with({ Array($0.values) }) where job.mustGoOn { _ = await task.result }
    }

    /// To the driver's end. If the store fails while nothing must be kept, that is thrown.
    func run(_ job: Job) async throws {
        var failures = 0
        while true {
            if job.isStopping { try stop(job) }
            if job.hasEnded || (job.isLeft && job.leaseUntilMs == nil) { break }
            let (action, id) = (job.driver.action, job.driver.connection.id)
            let isKept = job.driver.mustGoOn && action != .send
            do {
                try await step(job)
                failures = 0
            } catch {
                if Task.isCancelled, error is CancellationError, Runner.cuttable.contains(action) { continue }
                let mayAsk = failures < Runner.doubtTries || isLeased(job)
                guard isKept || (job.isInDoubt && mayAsk) else { throw error }
                let what = isKept ? "a reply is not stored yet" : "it is not known what is stored"
                hands.log(.warning, "connection \(id): the store fails (\(named(error))), \(what); asked again\(pageFor(error))")
                await pause(failures)
                failures += 1
            }
        }
        if let mistake = job.mistake { throw mistake }
    }

    private func pause(_ failures: Int) async {
        let ms = Runner.againMs[min(failures, Runner.againMs.count - 1)]
        try? await shielded { try await systemSleep(ms) }
    }

    /// Whether the store may hold the job's lease still.
    private func isLeased(_ job: Job) -> Bool {
        job.leaseUntilMs.map { rows.time.at() < $0 } ?? false
    }

    /// Nothing is out here: what was to be sent is not. A lease that may be stored is looked for all the same, and given back.
    private func stop(_ job: Job) throws {
        let nowMs = rows.time.at()
        let driver = try job.driver.stop(nowMs: nowMs)
        job.driver = driver.action == .send ? try driver.noResponse(nowMs: nowMs, notSent: true) : driver
    }

    private func step(_ job: Job) async throws {
        let (driver, rows) = (job.driver, rows)
        let connection = driver.connection
        switch driver.action {
        case .load:
            let found = try await shielded { try await rows.load(connection.id) }
            job.learns(found)
            job.driver = try driver.loaded(stored: found, nowMs: await rows.time.sure())
            job.isInDoubt = false
        case .save:
            try await save(job)
        case .send:
            try await send(job)
        case .nonce:
            var aheadMs: Int64 = 0
            if let signer = try connection.signer() { aheadMs = try await offsets.aheadMs(signer, isAnew: false) }
            let (nonceMs, _) = try await numbers.next(
                connection.nonceCounter ?? "", aheadMs: aheadMs, patienceMs: Runner.patientMs)
            job.driver = try driver.nonce(nowMs: await rows.time.sure(), nonceMs: nonceMs)
        case .find:
            let hashes = connection.accountHashes(keys: rows.keys)
            let others = try await shielded { try await rows.store.findAccount(hashes: hashes, exceptId: connection.id) }
            job.driver = try driver.found(others: others, nowMs: await rows.time.sure())
        case .deliver:
            let isTold = await tell(job)
            job.driver = try driver.delivered(all: isTold, nowMs: await rows.time.sure())
        case .delete:
            _ = try await shielded { try await rows.store.delete(connection.id, revision: connection.revision) }
            rows.changes.tell(connection.id)
            job.driver = try driver.deleted()
        case .sleep:
            try await hands.sleep(max(0, (driver.untilMs ?? 0) - rows.time.at()))
            job.driver = try driver.awake()
        default:
            preconditionFailure("a driver has no action \(driver.action)")
        }
    }

    private func save(_ job: Job) async throws {
        let driver = job.driver
        let won: Bool
        // A lease counts from here on, and until it is known to be gone.
        if driver.connection.leaseHolder != nil { job.learns(driver.connection) }
        do {
            won = try await rows.save(driver.connection)
        } catch {
            let isLast = job.failedSaves >= Runner.doubtTries
            if driver.mustGoOn || (isLast && !isLeased(job)) { throw error }
            // Another lease would only be the next one in doubt.
            if isLast { job.mistake = error }
            let what = "the store fails (\(named(error))), it may be stored all the same"
            hands.log(.warning, "connection \(driver.connection.id): \(what)\(pageFor(error))")
            // It may be stored all the same: what the store has then, tells.
            job.isInDoubt = true
            job.driver = try driver.superseded()
            await pause(job.failedSaves)
            job.failedSaves += 1
            return
        }
        job.failedSaves = 0
        if won { job.learns(driver.connection) }
        guard won else {
            job.driver = try driver.superseded()
            return
        }
        let nowMs = await rows.time.sure()
        job.driver = try (job.isStopping ? driver.stop(nowMs: nowMs) : driver).saved(nowMs: nowMs)
    }

    private func send(_ job: Job) async throws {
        let (driver, time, log) = (job.driver, rows.time, hands.log)
        guard let request = driver.request else { preconditionFailure("a send has a request") }
        let what = "connection \(driver.connection.id): \(request.purpose)"
        do {
            guard try await turns.wait(driver) else {
                log(.info, "\(what): not now, others of this venue are first")
                job.driver = try driver.noResponse(nowMs: time.at(), notSent: true)
                return
            }
        } catch {
            // It is certain that nothing was sent.
            if !Task.isCancelled { log(.warning, "\(what): not sent (\(named(error)))\(pageFor(error))") }
            job.driver = try driver.noResponse(nowMs: time.at(), notSent: true)
            return
        }
        // Asked for meanwhile: what was not sent is not begun.
        if job.isStopping { return }
        log(.info, what)
        let reply: HttpResponse
        do {
            let send = hands.send
            // What is safe is given up, and its lease given back.
            reply =
                driver.mustGoOn
                ? try await shielded { try await send(request) } : try await unlessCancelled { try await send(request) }
        } catch {
            if !driver.mustGoOn && Task.isCancelled { return }
            let none = error as? NoResponse
            log(.info, "\(what): no reply (\(named(error)))")
            // A sender that breaks its promise: nobody knows whether the request arrived.
            if none == nil && !(error is CancellationError) { job.mistake = error }
            job.driver = try driver.noResponse(nowMs: time.at(), notSent: none?.notSent ?? false)
            return
        }
        let nowMs = time.at()
        let next = try driver.response(response: reply, nowMs: nowMs)
        job.driver = next
        // What came of it is known where it is about to be stored.
        let untilMs = next.action == .save ? next.connection.wait?.untilMs : nil
        let again = untilMs.map { ", again in \((max(0, $0 - nowMs) + 999) / 1000) s" } ?? ""
        log(.info, "\(what): HTTP \(reply.status)\(again)")
    }

    /// Whether the host has heard of all of them.
    private func tell(_ job: Job) async -> Bool {
        let (connection, log) = (job.driver.connection, hands.log)
        for event in job.driver.events {
            if job.isLeft { return false }
            let code = event.code.map { ", \($0); see \(pageOf($0))" } ?? ""
            let level: LogLevel = Runner.forSomebody.contains(event.kind) ? .warning : .info
            log(level, "connection \(connection.id): \(event.kind.name)\(code)")
            do {
                try await hands.onEvent?(Event(connection, event))
            } catch {
                let what = "onEvent failed at \(event.kind.name) (\(named(error))); it is told again"
                log(.error, "connection \(connection.id): \(what)\(pageFor(error))")
                return false
            }
        }
        return true
    }
}
