import Foundation

/// Sends the request exactly as it is and returns the reply; throws `NoResponse` if no whole reply came. Whatever
/// else it throws goes through `drive` and leaves the flow in flight. `urlSessionSender` is one.
public typealias Send = @Sendable (HttpRequest) async throws -> HttpResponse

/// Stores the snapshot durably if the stored revision is its `expectedRevision`: `true` if it did, `false` if
/// another worker won. Nothing weaker will do.
public typealias Save = @Sendable (Snapshot) async throws -> Bool

/// Sleeps for a number of milliseconds, and throws where its task is cancelled meanwhile.
public typealias Sleep = @Sendable (_ ms: Int64) async throws -> Void

/// Unix milliseconds.
public typealias Clock = @Sendable () -> Int64

/// Runs a flow from `step` to its end. What a step says is stored before it is done, and only the worker whose `save`
/// won does it; so two workers, or a callback that arrives twice, never send one code twice.
///
/// Cancelled, it first finishes a `save` that has begun, waits for the reply to a request that may not be sent twice, and
/// stores a reply, a choice or a callback that has arrived; then it throws `CancellationError`. The flow is in the store
/// and goes on by `Client.restore` and `resume`. Such a reply may take the request's `timeoutHintMs`, 30 seconds: ask the
/// system for time in the background where it would suspend the app.
///
/// - Parameters:
///   - step: the first step: what `receiveCallback`, `resume`, `choose`, `recover` or a call of the client returned.
///   - choose: asks the user at a `choose`, which Bybit's AI agent comes to, and returns the id of one of its accounts
///     or `"create"`. Leave it out if the answer comes later; to stop without an answer, throw: the flow waits.
///   - authorize: sends the user's browser to the `authorizeUrl` of an `authorize`, which `Client.reissueKey` comes to,
///     and returns the URL it came back with. Leave it out if the callback comes later; to stop without one, throw.
///   - onStep: called with each step before it is acted on, to show progress.
/// - Returns: the last step, with the outcome.
/// - Throws: `VenuekeyError` if the operation failed, with `flow` and `recovery`. With code `superseded` if another worker won; with `choice_required` or
///   `authorization_required` at a step that nobody is there to answer: show what the stored flow's `resume` gives, and
///   drive what the answer returns. `SaveFailed` if `save` threw: its `step` can be driven again.
public func drive(
    _ step: Step,
    send: @escaping Send,
    save: @escaping Save,
    choose: (@Sendable (ChooseStep) async throws -> String)? = nil,
    authorize: (@Sendable (AuthorizeStep) async throws -> String)? = nil,
    sleep: @escaping Sleep = systemSleep,
    clock: @escaping Clock = systemClock,
    onStep: (@Sendable (Step) async throws -> Void)? = nil
) async throws -> DoneStep {
    _ = try right(clock(), of: "clock")
    var driver = try FlowDriver(step: step)
    var step = step
    var failure: (any Error)?
    while true {
        if Task.isCancelled { driver = driver.stop() }
        if driver.isNewStep {
            step = driver.step
            do {
                try await onStep?(step)
            } catch {
                failure = failure ?? error
            }
            // An end that is told of is the caller's, whoever cancels now.
            if failure != nil || (Task.isCancelled && !step.isEnd) { driver = driver.stop() }
        }
        switch (driver.action, step) {
        case (.save, _):
            let isStored = try await store(driver, save)
            driver = isStored ? try driver.saved(nowMs: sure(clock)) : try driver.superseded()
        case (.send, .send(let request, _)):
            switch try await whole(driver.mustGoOn, { try await answer(to: request, send) }) {
            case .reply(let reply): driver = try driver.response(response: reply, nowMs: sure(clock))
            case .none(let notSent): driver = try driver.noResponse(nowMs: sure(clock), notSent: notSent)
            }
        case (.sleep, .wait(let untilMs, _, _)):
            try await sleep(max(0, untilMs - sure(clock)))
            driver = try driver.awake(nowMs: clock())
        case (.choose, .choose(let subaccounts, let mayCreate, let creationInDoubt, let flow)):
            if let choose {
                let asked = ChooseStep(
                    subaccounts: subaccounts, mayCreate: mayCreate, creationInDoubt: creationInDoubt, flow: flow)
                driver = try driver.chosen(id: try await choose(asked), nowMs: clock())
            } else {
                driver = try driver.unanswered()
            }
        case (.authorize, .authorize(let authorizeUrl, let flow)):
            if let authorize {
                let url = try await authorize(AuthorizeStep(authorizeUrl: authorizeUrl, flow: flow))
                driver = try driver.calledBack(url: url, nowMs: clock())
            } else {
                driver = try driver.unanswered()
            }
        case (.`return`, .done(let outcome, let flow)):
            return DoneStep(outcome: outcome, flow: flow)
        case (.stop, _):
            throw failure ?? CancellationError()
        default:
            throw driver.error!
        }
    }
}

/// Begun, it is finished, whoever cancels meanwhile.
private func store(_ driver: FlowDriver, _ save: @escaping Save) async throws -> Bool {
    let snapshot = driver.snapshot()
    do {
        return try await shielded { try await save(snapshot) }
    } catch {
        throw SaveFailed(step: driver.step, cause: error)
    }
}

extension Step {
    fileprivate var isEnd: Bool {
        switch self {
        case .done, .failed: true
        default: false
        }
    }
}

/// What `sleep` is if the caller gives none.
public let systemSleep: Sleep = { ms in
    try await Task.sleep(nanoseconds: UInt64(clamping: ms) * 1_000_000)
}

/// What `clock` is if the caller gives none.
public let systemClock: Clock = { Int64(Date().timeIntervalSince1970 * 1000) }

/// Where a clock can be right, as core has it (core/src/base/time.rs): from 2020 to 2100 (UTC).
private let plausibleMs: Range<Int64> = 1_577_836_800_000..<4_102_444_800_000

/// Throws `VenuekeyError` with `invalid_argument` for what is no time.
func right(_ nowMs: Int64, of what: String) throws -> Int64 {
    if plausibleMs.contains(nowMs) { return nowMs }
    throw VenuekeyError.argument("what \(what) returns must be Unix milliseconds between the years 2020 and 2100")
}

/// What time it is where a request is stored as sent, or its reply is here: neither is lost for the sake of a clock.
func sure(_ clock: Clock) -> Int64 {
    (try? right(clock(), of: "clock")) ?? systemClock()
}

/// What became of a request.
enum Answer: Sendable {
    case reply(HttpResponse)
    case none(notSent: Bool)
}

/// What the sender says; whatever it throws but a missing reply goes through.
func answer(to request: HttpRequest, _ send: Send) async throws -> Answer {
    do {
        return .reply(try await reply(to: request, send))
    } catch let none as NoResponse {
        return .none(notSent: none.notSent)
    }
}

/// What the sender says. Where it gives up by itself, the request may have arrived.
func reply(to request: HttpRequest, _ send: Send) async throws -> HttpResponse {
    do {
        return try await send(request)
    } catch is CancellationError {
        // The caller's goes through; what is left is the sender's own.
        try Task.checkCancellation()
        throw NoResponse("cancelled")
    }
}

/// To the end where it must go on, whoever cancels meanwhile.
func whole<T: Sendable>(_ mustGoOn: Bool, _ work: @escaping @Sendable () async throws -> T) async throws -> T {
    mustGoOn ? try await shielded(work) : try await work()
}

/// Runs to its end, whether or not the caller is cancelled meanwhile: an unstructured task inherits no cancellation.
func shielded<T: Sendable>(_ work: @escaping @Sendable () async throws -> T) async throws -> T {
    try await Task(operation: work).value
}
