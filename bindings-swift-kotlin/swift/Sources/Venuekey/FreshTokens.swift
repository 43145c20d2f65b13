/// The newest stored text of shared tokens.
public typealias Load = @Sendable () async throws -> String?

/// Tokens that work, refreshed by this worker or another if that is due. Call it before each request.
///
/// Cancelled during a refresh, it finishes that refresh first, since its reply can't be had again.
///
/// - Parameters:
///   - client: the client that shared the tokens, or one configured alike.
///   - refusedGeneration: the generation whose access token the venue has just refused (401, 403), if it has.
///   - patienceMs: how long to wait while the venue limits or fails and no token works meanwhile. For another worker's
///     refresh it waits at most that worker's lease (45 seconds).
/// - Throws: `VenuekeyError` with `token_expired`, `token_rejected` or `outcome_unknown`: the user must connect again;
///   or with what stood in the way for longer than `patienceMs`: `rate_limited`, `venue_unavailable`,
///   `client_rejected`. `TokensUnsaved` if the new pair could not be stored; it is in the error's `shared`, for
///   `keepTokens`.
public func freshTokens(
    _ client: Client,
    load: @escaping Load,
    save: @escaping Save,
    send: @escaping Send,
    refusedGeneration: Int64? = nil,
    patienceMs: Int64 = 30_000,
    sleep: @escaping Sleep = systemSleep,
    clock: @escaping Clock = systemClock
) async throws -> UseTokens {
    let driver = try TokenDriver.fresh(
        client: client, refusedGeneration: refusedGeneration, patienceMs: patienceMs)
    guard
        case .use(let tokens, let generation, let refreshAtMs)? =
            try await run(driver, load: load, save: save, send: send, sleep: sleep, clock: clock)
    else { preconditionFailure("what was asked for is there or an error") }
    return UseTokens(tokens: tokens, generation: generation, refreshAtMs: refreshAtMs)
}

/// Stores what a refresh brought, also if the stored tokens have moved on meanwhile: the newer pair stays. It goes
/// on to its end when it is cancelled.
///
/// - Throws: `TokensUnsaved` if `load` or `save` threw. Call this again with its `shared`.
public func keepTokens(
    _ client: Client, _ shared: SharedTokens, load: @escaping Load, save: @escaping Save
) async throws {
    let driver = TokenDriver.keep(client: client, brought: shared)
    // It neither sends nor sleeps.
    _ = try await run(
        driver, load: load, save: save, send: { _ in throw NoResponse() }, sleep: systemSleep, clock: systemClock,
        given: shared)
}

private func run(
    _ first: TokenDriver, load: @escaping Load, save: @escaping Save, send: @escaping Send, sleep: Sleep, clock: Clock,
    given: SharedTokens? = nil
) async throws -> TokenPlan? {
    var driver = first
    while true {
        if Task.isCancelled { driver = driver.stop() }
        do {
            switch driver.action {
            case .load:
                guard let text = try await whole(driver.mustGoOn, load) else { throw TokensMissing() }
                driver = try driver.loaded(text: text, nowMs: driver.mustGoOn ? sure(clock) : clock())
            case .save:
                let snapshot = driver.snapshot!
                // Begun, it is finished, whoever cancels meanwhile.
                let isStored = try await shielded { try await save(snapshot) }
                driver = isStored ? try driver.saved(nowMs: sure(clock)) : try driver.superseded()
            case .send:
                let request = driver.request!
                switch try await whole(driver.mustGoOn, { try await answer(to: request, send) }) {
                case .reply(let reply): driver = try driver.response(response: reply, nowMs: sure(clock))
                case .none(let notSent): driver = try driver.noResponse(nowMs: sure(clock), notSent: notSent)
                }
            case .sleep:
                try await sleep(max(0, driver.untilMs! - sure(clock)))
                driver = try driver.awake()
            case .`return`:
                return driver.plan
            case .stop:
                throw CancellationError()
            default:
                throw driver.error!
            }
        } catch {
            // What a refresh brought is in no store yet.
            guard let brought = driver.brought else { throw error }
            throw TokensUnsaved(shared: given ?? brought, cause: error)
        }
    }
}
