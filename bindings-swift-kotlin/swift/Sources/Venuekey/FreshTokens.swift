/// The newest stored text of shared tokens.
public typealias Load = @Sendable () async throws -> String?

/// Tokens that may be used now.
public struct UseTokens: Sendable {
    /// Their access token counts, as far as is known.
    public let tokens: Tokens
    /// Which pair this is. Where the venue refuses it, ask for fresh ones with this number as `refusedGeneration`.
    public let generation: Int64
    /// When to ask again so that the tokens stay alive, in Unix milliseconds; nil where no refresh is possible and the
    /// connection ends with the access token.
    public let refreshAtMs: Int64?
}

/// Tokens that work, refreshed by this worker or another where that is due. Call it before each request.
///
/// Cancelled during a refresh, it finishes that refresh first, since its reply can't be had again.
///
/// - Parameters:
///   - client: the client that shared the tokens, or one configured alike.
///   - refusedGeneration: the generation whose access token the venue has just refused (401, 403), where it has.
///   - patienceMs: how long to wait while the venue limits or fails and no token works meanwhile. For another worker's
///     refresh it waits at most that worker's lease (45 seconds).
/// - Throws: `VenuekeyError` with `token_expired`, `token_rejected` or `outcome_unknown`: the user must connect again;
///   or with what stood in the way for longer than `patienceMs`: `rate_limited`, `venue_unavailable`,
///   `client_rejected`. `TokensUnsaved` where the new pair could not be stored; it is in the error's `shared`, for
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
    var patienceMs = patienceMs
    while true {
        try Task.checkCancellation()
        let plan = try await restored(client, load).plan(refusedGeneration: refusedGeneration, nowMs: clock())
        switch plan {
        case .use(let tokens, let generation, let refreshAtMs):
            return UseTokens(tokens: tokens, generation: generation, refreshAtMs: refreshAtMs)
        case .reauthorize(let error):
            throw error
        case .refresh(let request, let next):
            try Task.checkCancellation()
            // As a whole: the refresh token is spent by it.
            try await shielded {
                guard try await save(next.snapshot()) else { return }
                // A save that took too long leaves it to others: no reply could come within the lease.
                guard clock() + request.timeoutHintMs <= next.leaseUntilMs ?? 0 else { return }
                let shared =
                    switch try await replyTo(request, send) {
                    case .reply(let reply): try next.receiveResponse(response: reply, nowMs: clock())
                    case .none(let notSent): try next.receiveNoResponse(nowMs: clock(), notSent: notSent)
                    }
                try await keepTokens(client, shared, load: load, save: save)
            }
        case .waitUntil(let untilMs, let error):
            let waitMs = max(0, untilMs - clock())
            if let error {
                if waitMs > patienceMs { throw error }
                patienceMs -= waitMs
            }
            try await sleep(waitMs)
        }
    }
}

/// Stores what a refresh brought, also where the stored tokens have moved on meanwhile: the newer pair stays. It goes
/// on to its end when it is cancelled.
///
/// - Throws: `TokensUnsaved` where `load` or `save` threw. Call this again with its `shared`.
public func keepTokens(
    _ client: Client, _ shared: SharedTokens, load: @escaping Load, save: @escaping Save
) async throws {
    try await shielded {
        do {
            var late: SharedTokens? = shared
            while let one = late {
                if try await save(one.snapshot()) { return }
                late = try await restored(client, load).merge(late: shared)
            }
        } catch {
            throw TokensUnsaved(shared: shared, cause: error)
        }
    }
}

private func restored(_ client: Client, _ load: Load) async throws -> SharedTokens {
    guard let text = try await load() else { throw TokensMissing() }
    return try client.restoreTokens(text: text)
}
