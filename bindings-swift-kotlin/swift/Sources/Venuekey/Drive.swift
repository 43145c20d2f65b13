import Foundation

/// Sends the request exactly as it is and returns the reply; throws `NoResponse` where no whole reply came. Whatever
/// else it throws goes through `drive` and leaves the flow in flight. `urlSessionSender` is one.
public typealias Send = @Sendable (HttpRequest) async throws -> HttpResponse

/// Stores the snapshot durably where the stored revision is its `expectedRevision`: `true` if it did, `false` if
/// another worker won. Nothing weaker will do.
public typealias Save = @Sendable (Snapshot) async throws -> Bool

/// Sleeps for a number of milliseconds, and throws where its task is cancelled meanwhile.
public typealias Sleep = @Sendable (_ ms: Int64) async throws -> Void

/// Unix milliseconds.
public typealias Clock = @Sendable () -> Int64

/// What a user is asked at a `Step.choose`.
public struct ChooseStep: Sendable {
    public let subaccounts: [Subaccount]
    /// Whether `"create"` is a choice too.
    public let mayCreate: Bool
    /// One was asked for without a readable reply: it may be among these.
    public let creationInDoubt: Bool
    public let flow: Flow
}

/// Where a user is sent at a `Step.authorize`.
public struct AuthorizeStep: Sendable {
    /// It carries `state`: keep it out of logs.
    public let authorizeUrl: Secret
    public let flow: Flow
}

/// The end of an operation that succeeded. The flow stays in the store until the host deletes it.
public struct DoneStep: Sendable {
    public let outcome: Outcome
    public let flow: Flow
}

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
///     or `"create"`. Leave it out where the answer comes later; to stop without an answer, throw: the flow waits.
///   - authorize: sends the user's browser to the `authorizeUrl` of an `authorize`, which `Client.reissueKey` comes to,
///     and returns the URL it came back with. Leave it out where the callback comes later; to stop without one, throw.
///   - onStep: called with each step before it is acted on, to show progress.
/// - Returns: the last step, with the outcome.
/// - Throws: `VenuekeyError` where the operation failed, with `flow` and `recovery`. With code `superseded` where another worker won; with `choice_required` or
///   `authorization_required` at a step that nobody is there to answer: show what the stored flow's `resume` gives, and
///   drive what the answer returns. `SaveFailed` where `save` threw: its `step` can be driven again.
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
    var step = step
    // Whether the step holds what can't be had again: then nothing may come between it and its save.
    var precious = if case .save = step { true } else { false }
    while true {
        do {
            if !precious { try Task.checkCancellation() }
            try await onStep?(step)
        } catch {
            if precious { try await store(step, save) }
            throw error
        }
        switch step {
        case .done(let outcome, let flow):
            return DoneStep(outcome: outcome, flow: flow)
        case .failed(let error, _, _):
            throw error
        case .choose(let subaccounts, let mayCreate, let creationInDoubt, let flow):
            // Nothing to store: the save before it has, or it was restored. The answer is not asked for twice.
            guard let choose else { throw choiceRequired(flow: flow) }
            let asked = ChooseStep(
                subaccounts: subaccounts, mayCreate: mayCreate, creationInDoubt: creationInDoubt, flow: flow)
            step = try flow.choose(id: try await choose(asked), nowMs: clock())
            precious = true
        case .authorize(let authorizeUrl, let flow):
            guard let authorize else { throw authorizationRequired(flow: flow) }
            let url = try await authorize(AuthorizeStep(authorizeUrl: authorizeUrl, flow: flow))
            step = try flow.receiveCallback(url: url, nowMs: clock())
            precious = true
        case .save(let next):
            try await store(step, save)
            try Task.checkCancellation()
            step = try next.resume(nowMs: clock())
            precious = false
        case .wait(let untilMs, _, let next):
            try await store(step, save)
            try Task.checkCancellation()
            try await sleep(max(0, untilMs - clock()))
            step = try next.resume(nowMs: clock())
            precious = false
        case .send(let request, let next):
            let toStore = step
            let exchange: @Sendable () async throws -> Answer = {
                try await store(toStore, save)
                try Task.checkCancellation()
                return try await replyTo(request, send)
            }
            // What may not be sent twice is one whole: stored as sent, it is sent, and its reply is waited for.
            switch try await whole(request, exchange) {
            case .reply(let reply):
                step = try next.receiveResponse(response: reply, nowMs: clock())
                precious = true
            case .none(let notSent):
                step = try next.receiveNoResponse(nowMs: clock(), notSent: notSent)
                precious = false
            }
        }
    }
}

private func store(_ step: Step, _ save: @escaping Save) async throws {
    let snapshot = step.flow.snapshot()
    let stored: Bool
    do {
        stored = try await shielded { try await save(snapshot) }
    } catch {
        throw SaveFailed(step: step, cause: error)
    }
    if !stored { throw superseded(flow: step.flow) }
}

extension Step {
    /// The flow as it is to be stored, or has been.
    public var flow: Flow {
        switch self {
        case .send(_, let next), .save(let next), .wait(_, _, let next): next
        case .choose(_, _, _, let flow), .authorize(_, let flow), .failed(_, _, let flow), .done(_, let flow): flow
        }
    }
}

/// What `sleep` is where the caller gives none.
public let systemSleep: Sleep = { ms in
    try await Task.sleep(nanoseconds: UInt64(clamping: ms) * 1_000_000)
}

/// What `clock` is where the caller gives none.
public let systemClock: Clock = { Int64(Date().timeIntervalSince1970 * 1000) }

/// What became of a request.
enum Answer: Sendable {
    case reply(HttpResponse)
    case none(notSent: Bool)
}

/// What the sender says; whatever it throws but a missing reply goes through.
func replyTo(_ request: HttpRequest, _ send: Send) async throws -> Answer {
    do {
        return .reply(try await send(request))
    } catch let none as NoResponse {
        return .none(notSent: none.notSent)
    } catch is CancellationError {
        // The caller's goes through; what is left is the sender's own.
        try Task.checkCancellation()
        return .none(notSent: false)
    }
}

/// Exchanges a request, to the end where it may not be sent twice, whoever cancels meanwhile.
func whole<T: Sendable>(_ request: HttpRequest, _ exchange: @escaping @Sendable () async throws -> T) async throws -> T {
    request.replay == .safe ? try await exchange() : try await shielded(exchange)
}

/// Runs to its end, whether or not the caller is cancelled meanwhile: an unstructured task inherits no cancellation.
func shielded<T: Sendable>(_ work: @escaping @Sendable () async throws -> T) async throws -> T {
    try await Task(operation: work).value
}
