/// Tokens that work, and which pair they are.
public struct TokenAccess: Sendable {
    /// The access token works, as far as is known.
    public let tokens: Tokens
    /// If the venue refuses them (401, 403), give it to `Account.tokenRefused`.
    public let generation: Int64
}

/// What can be done with one connection; see `Connections.account`.
///
/// A call that is cancelled throws `CancellationError` as soon as nothing is cut by it that must not be: a request that may
/// have taken effect is waited for, and its reply stored or returned. `patienceMs` is how long a call waits for the venue's
/// limits, or while nothing works.
public struct Account: Sendable {
    /// The venue refused the request for its number or its time: it has had no effect, and another number helps.
    private static let signAgain = ["nonce_rejected", "clock_rejected"]
    /// The venue lets nothing through for a while: of a number it says so by the status alone.
    private static let limited = ["rate_limited", "nonce_rejected"]
    private static let longestWaitMs: Int64 = 30_000
    private static let toldFromMs: Int64 = 5_000
    private static let tries = 3
    /// So often is a request sent that the venue's limits refuse, where each wait is short.
    private static let limitedTries = 10
    /// So often is a page asked for that gets no answer, with waits from a second on, each twice the one before.
    private static let pageTries = 5
    private static let pageWaitMs: Int64 = 1000
    /// So often is the driver told that the venue has refused a page's tokens.
    private static let refusals = 2

    public let id: String
    let owner: Owner
    let signing: Signing
    private let holder = newHolder()

    init(_ id: String, _ owner: Owner, _ signing: Signing) {
        (self.id, self.owner, self.signing) = (id, owner, signing)
    }

    private var runner: Runner { signing.runner }

    /// Where the connection stands.
    public func view() async throws -> ConnectionView {
        try await runner.rows.look(try await runner.rows.stored(id, owner))
    }

    /// Asks the venue whether the connection still works, for a button such as "Test connection", and returns where it stands
    /// then: a key makes a signed request that only reads, tokens are refreshed if due. What the venue says against the key or
    /// the tokens is in the view's `status` and `error`, and is not thrown.
    ///
    /// - Throws: `NoResponse` if no reply came, so that nothing is known; `VenuekeyError` if the venue could not say, such as
    ///   `venue_unavailable` or `rate_limited`.
    public func check(patienceMs: Int64 = 30_000) async throws -> ConnectionView {
        do {
            let connection = try await driven(nil, patienceMs).connection
            if let signer = try connection.signer() {
                _ = try await signed(
                    connection, signer, patienceMs, sign: { try signer.probe(nonceMs: $0) },
                    receive: { try signer.receiveProbe(response: $0) })
            }
        } catch let error as VenuekeyError {
            let view = try await view()
            // With an attempt, the error would be about that.
            if view.error == nil || view.attempt != nil { throw error }
            return view
        }
        return try await view()
    }

    /// Tokens that work now: refreshed first if that is due, by this call or by a worker.
    ///
    /// - Throws: `VenuekeyError` with what the user must do, or what stood in the way for longer than `patienceMs`;
    ///   `not_supported` if the connection has a key.
    public func tokens(patienceMs: Int64 = 30_000) async throws -> TokenAccess {
        try await tokens(refused: nil, patienceMs)
    }

    /// Other tokens, after the venue has refused those of this generation (401, 403). Otherwise as `tokens`.
    public func tokenRefused(generation: Int64, patienceMs: Int64 = 30_000) async throws -> TokenAccess {
        try await tokens(refused: generation, patienceMs)
    }

    /// A signed request and its reply. Nonces, the venue's clock and its limits are taken care of.
    ///
    /// It is sent once. If the venue refuses it for its nonce, its time or its limits, it has had no effect, and is
    /// signed and sent anew: after the wait that the venue asks for, where `patienceMs` is enough for it.
    ///
    /// - Parameters:
    ///   - method: as for `Signer.sign`, and so are `path` and `parameters`, a JSON object.
    /// - Throws: `NoResponse` if no whole reply came. A request that changes something may have done so: ask the venue
    ///   before it is signed again. `VenuekeyError` with what the venue said, or what the user must do; `rate_limited` if
    ///   the limits let nothing through for longer than `patienceMs`; `not_supported` if the connection has tokens and no
    ///   key.
    public func call(
        _ method: HttpMethod, _ path: String, parameters: String = "{}", patienceMs: Int64 = 30_000
    ) async throws -> SignedReply {
        let connection = try await driven(nil, patienceMs).connection
        guard let signer = try connection.signer() else {
            throw VenuekeyError.misuse("not_supported", "this connection has tokens and no key: use tokens()")
        }
        return try await signed(
            connection, signer, patienceMs,
            sign: { try signer.sign(method: method, path: path, parameters: parameters, nonceMs: $0) },
            receive: { try signer.receiveResponse(response: $0) })
    }

    // Reads

    /// Every record of a read, one by one, with what the connection has: tokens or a key. Nothing is fetched ahead.
    ///
    /// - Parameters:
    ///   - read: what one of the client's reads returned, or its `resumeRead`.
    ///   - patienceMs: for each page: for the venue's limits and its failures.
    /// - Throws: `OtherRecords` if `type` is not what this read brings. While it goes on, as `page`.
    public func records<Record: ReadRecord>(
        _ type: Record.Type, _ read: AccountRead, patienceMs: Int64 = 30_000
    ) throws -> EachRecord<Record> {
        guard read.kind == Record.kind else { throw OtherRecords(kind: read.kind) }
        return EachRecord(pages: pages(read, patienceMs: patienceMs))
    }

    /// `records`, page by page: a page's `next?.cursor()` is what another process goes on with.
    public func pages(_ read: AccountRead, patienceMs: Int64 = 30_000) -> Pages {
        Pages(read: read, page: { try await page($0, patienceMs: patienceMs) })
    }

    /// The page that a read is at. One that gets no answer is asked for again, while `patienceMs` lasts.
    ///
    /// - Throws: `VenuekeyError` with what the venue said, or what the user must do; `not_supported` if the venue has no
    ///   such read for what the connection has. `NoResponse` if no reply came.
    public func page(_ read: AccountRead, patienceMs: Int64 = 30_000) async throws -> Page {
        let read = try read.boundTo(connectionId: id)
        var (tries, leftMs) = (1, patienceMs)
        while true {
            do {
                return try await once(read, leftMs)
            } catch {
                let refusal = error as? VenuekeyError
                let isTrouble = error is NoResponse || refusal?.code == "venue_unavailable"
                let waitMs = max(Account.pageWaitMs << (tries - 1), refusal?.details.retryAfterMs ?? 0)
                guard isTrouble, tries < Account.pageTries, waitMs <= leftMs else { throw error }
                tries += 1
                leftMs -= waitMs
                try await pause(waitMs)
            }
        }
    }

    private func once(_ read: AccountRead, _ patienceMs: Int64) async throws -> Page {
        let driver = try await driven(nil, patienceMs)
        let connection = driver.connection
        if let signer = try connection.signer() {
            return try await signed(
                connection, signer, patienceMs, sign: { try read.sign(signer: signer, nonceMs: $0) },
                receive: { try read.receiveSigned(response: $0) })
        }
        guard var use = driver.access.flatMap(TokenAccess.init) else { preconditionFailure("a connection has tokens or a key") }
        var (limited, refusals, leftMs, send) = (1, 0, patienceMs, runner.hands.send)
        while true {
            let request = try read.request(tokens: use.tokens)
            leftMs -= try await signing.budget.wait(request, patienceMs: leftMs)
            try Task.checkCancellation()
            let response = try await unlessCancelled { [send] in try await reply(to: request, send) }
            do {
                return try read.receive(response: response)
            } catch let error as VenuekeyError {
                if error.code == "token_rejected" && refusals < Account.refusals {
                    // A refresh may help, once; then the driver says what the refusal is about.
                    refusals += 1
                    let refused = use
                    do {
                        use = try await tokens(refused: refused.generation, patienceMs)
                    } catch let error as VenuekeyError {
                        throw Account.withScope(error, read, refused.tokens)
                    }
                } else {
                    leftMs = try await limit(error, &limited, leftMs)
                }
            }
        }
    }

    /// Which scope the venue's refusal is most likely about: the names alone tell, so nothing is refused by them.
    private static func withScope(_ error: VenuekeyError, _ read: AccountRead, _ refused: Tokens) -> VenuekeyError {
        guard error.code == "scope_missing", let budget = try? RateBudget(shareOf: 1) else { return error }
        do {
            _ = try read.preflight(tokens: refused, budget: budget)
        } catch let named as VenuekeyError where named.code == error.code {
            return named
        } catch {}
        return error
    }

    /// One signed request, as `call` has it.
    private func signed<T>(
        _ connection: Connection, _ signer: Signer, _ patienceMs: Int64,
        sign: (Int64) throws -> HttpRequest, receive: (HttpResponse) throws -> T
    ) async throws -> T {
        var (tries, limited, isAnew, leftMs) = (1, 1, false, patienceMs)
        func signed() async throws -> HttpRequest {
            let (nonceMs, waitedMs) = try await signing.number(connection, signer, isAnew: isAnew, patienceMs: leftMs)
            leftMs -= waitedMs
            return try sign(nonceMs)
        }
        while true {
            var request = try await signed()
            let waitedMs = try await signing.budget.wait(request, patienceMs: leftMs)
            if waitedMs > 0 {
                leftMs -= waitedMs
                // A number that has waited for its turn may be too old.
                isAnew = false
                request = try await signed()
            }
            try Task.checkCancellation()
            let (going, send) = (request, runner.hands.send)
            let response =
                going.replay == .safe
                ? try await unlessCancelled { try await reply(to: going, send) }
                : try await shielded { try await reply(to: going, send) }
            do {
                let reply = try receive(response)
                signing.touch(id)
                return reply
            } catch let error as VenuekeyError {
                isAnew = Account.signAgain.contains(error.code)
                if isAnew && error.details.retryAfterMs == nil && tries < Account.tries {
                    tries += 1
                    continue
                }
                do {
                    leftMs = try await limit(error, &limited, leftMs)
                } catch let refusal as VenuekeyError {
                    await signing.learn(connection, refusal)
                    throw refusal
                }
            }
        }
    }

    /// Waits as long as the venue asks for, and tells how much patience is left; throws any other error as it is. Each wait
    /// is longer: the venue's advice is to double them.
    private func limit(_ error: VenuekeyError, _ times: inout Int, _ leftMs: Int64) async throws -> Int64 {
        guard Account.limited.contains(error.code), let toldMs = error.details.retryAfterMs else { throw error }
        let waitMs = max(toldMs, min(1000 << Int64(times - 1), Account.longestWaitMs))
        guard waitMs <= leftMs, times < Account.limitedTries else { throw error }
        times += 1
        try await pause(waitMs)
        return leftMs - waitMs
    }

    /// Some limits last a minute, and nothing comes meanwhile: the log says why.
    private func pause(_ waitMs: Int64) async throws {
        if waitMs >= Account.toldFromMs {
            runner.hands.log(
                .info, "connection \(id): asked again in \(waitMs / 1000) s, as the venue's limits or its trouble want it")
        }
        try await runner.hands.sleep(waitMs)
    }

    private func tokens(refused: Int64?, _ patienceMs: Int64) async throws -> TokenAccess {
        guard let access = try await driven(refused, patienceMs).access.flatMap(TokenAccess.init) else {
            throw VenuekeyError.misuse("not_supported", "this connection has a key: use call()")
        }
        return access
    }

    /// The driver, once a request may go out.
    private func driven(_ refusedGeneration: Int64?, _ patienceMs: Int64) async throws -> ConnectionDriver {
        try Task.checkCancellation()
        let rows = runner.rows
        let connection = try await rows.loaded(id, owner)
        let name = driverHolder(holder)
        let job = Job(
            try ConnectionDriver.forAccess(
                connection: connection, holder: name, refusedGeneration: refusedGeneration,
                patienceMs: max(0, patienceMs), nowMs: try await rows.time.nowMs()),
            holder: name)
        try await runner.runSession(job)
        let driver = job.driver
        switch driver.action {
        case .stop: throw CancellationError()
        case .fail: throw driver.error!
        default: break
        }
        if driver.isGone { throw ConnectionNotFound() }
        return driver
    }
}

extension TokenAccess {
    fileprivate init?(_ access: Access) {
        guard case .tokens(let tokens, let generation) = access else { return nil }
        (self.tokens, self.generation) = (tokens, generation)
    }
}
