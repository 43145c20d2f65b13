import Foundation
@testable import Venuekey

// What the vectors compare, in their own words: snake_case names, absent as null, secrets exposed.

/// `accessToken` -> `access_token`.
func snake(_ name: String) -> String {
    name.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
}

/// Any value of the library's, but for its objects: a record becomes an object, a plain case its word.
func json(_ value: Any?) -> JSON {
    switch value {
    case .none: return .null
    case let value as JSON: return value
    case let text as String: return .string(text)
    case let flag as Bool: return .bool(flag)
    case let number as Int64: return .int(number)
    case let number as Int32: return .int(Int64(number))
    case let secret as Secret: return .string(secret.expose())
    case let watch as KeyWatch: return .string(watch.toText())
    case let record as VenueRecord: return described(record)
    case .some(let value):
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional: return json(mirror.children.first?.value)
        case .collection: return .array(mirror.children.map { json($0.value) })
        case .struct:
            return .object(Dictionary(uniqueKeysWithValues: mirror.children.map { (snake($0.label!), json($0.value)) }))
        default: return .string(snake(String(describing: value)))
        }
    }
}

/// A venue's own record, with its name beside its fields.
private func described(_ record: VenueRecord) -> JSON {
    func named(_ name: String, _ record: Any) -> JSON {
        var shown = json(record).object ?? [:]
        shown["name"] = .string(name)
        return .object(shown)
    }
    switch record {
    case .mainBalance(let record): return named("main_balance", record)
    case .spotBalance(let record): return named("spot_balance", record)
    case .coinBalance(let record): return named("coin_balance", record)
    case .accountTransaction(let record): return named("account_transaction", record)
    case .deposit(let record): return named("deposit", record)
    case .withdrawal(let record): return named("withdrawal", record)
    case .internalTransfer(let record): return named("internal_transfer", record)
    case .order(let record): return named("order", record)
    case .pastOrder(let record): return named("past_order", record)
    case .deal(let record): return named("deal", record)
    case .execution(let record): return named("execution", record)
    }
}

/// A read that begins.
func described(_ read: AccountRead) -> JSON {
    var shown = fields(["kind": read.kind, "cursor": read.cursor()])
    if isCommon(read) { shown["reaches_from_ms"] = json(read.reachesFromMs) }
    return .object(shown)
}

/// Where the next page of a common read is from.
func place(_ read: AccountRead) -> [String: JSON] {
    guard isCommon(read) else { return [:] }
    return ["list": json(read.list), "window": .array([json(read.windowFromMs), json(read.windowToMs)])]
}

private func isCommon(_ read: AccountRead) -> Bool {
    json(read.kind).string?.hasPrefix("common_") == true
}

func fields(_ fields: KeyValuePairs<String, Any?>) -> [String: JSON] {
    Dictionary(uniqueKeysWithValues: fields.map { ($0, json($1)) })
}

/// What a call throws.
func raised(_ error: VenuekeyError) -> JSON {
    var shown = described(error).object ?? [:]
    shown["hint"] = json(error.details.hint)
    return .object(shown)
}

/// What a step or a plan tells of.
func described(_ error: VenuekeyError) -> JSON {
    let details = error.details
    var shown = fields([
        "kind": error.kind, "code": details.code, "venue": details.venue, "http_status": details.httpStatus,
        "venue_code": details.venueCode, "venue_text": details.venueText, "retry_after_ms": details.retryAfterMs,
    ])
    let isPage = error.docUrl.hasSuffix("/docs/errors/\(error.code).md")
    // No case expects this.
    if !isPage || !details.message.hasSuffix("; see \(error.docUrl)") { shown["doc_url"] = json(details.message) }
    return .object(shown)
}

func described(_ request: HttpRequest) -> JSON {
    let headers = request.headers.map { JSON.array([.string($0.name), json($0.value)]) }
    return .object(
        fields([
            "purpose": request.purpose, "method": "\(request.method)".uppercased(), "url": request.url,
            "replay": request.replay, "headers": JSON.array(headers),
            "body": request.body.map { String(decoding: $0, as: UTF8.self) },
        ]))
}

func described(_ step: Step) -> JSON {
    var got: [String: JSON]
    switch step {
    case .send(let request, _):
        got = ["step": "send", "request": described(request)]
    case .save:
        got = ["step": "save"]
    case .wait(let untilMs, let reason, _):
        got = fields(["step": "wait", "until_ms": untilMs, "reason": reason])
    case .choose(let subaccounts, let mayCreate, let creationInDoubt, _):
        got = fields([
            "step": "choose", "subaccounts": subaccounts, "may_create": mayCreate, "creation_in_doubt": creationInDoubt,
        ])
    case .authorize(let authorizeUrl, _):
        got = fields(["step": "authorize", "authorize_url": authorizeUrl])
    case .failed(let error, let recovery, _):
        got = fields(["step": "failed", "error": described(error), "recovery": recovery])
    case .done(let outcome, _):
        got = ["step": "done", "outcome": described(outcome)]
    }
    got["snapshot"] = .string(step.flow.snapshot().expose())
    return .object(got)
}

func described(_ outcome: Outcome) -> JSON {
    switch outcome {
    case .apiKey(let key, let tokens):
        var shown = fields([
            "api_key": key.apiKey, "api_secret": key.apiSecret, "external_id": key.externalId,
            "candidate_public_key": key.candidatePublicKey, "any_granted": key.anyGranted, "uid": key.uid,
            "permissions": key.permissions,
        ])
        shown["sub_member_id"] = key.subMemberId.map { .string($0) }
        return ["outcome": "api_key", "tokens": described(tokens), "key": .object(shown)]
    case .accountTokens(let tokens, let uid):
        return ["outcome": "account_tokens", "tokens": described(tokens), "uid": json(uid)]
    case .tokensRefreshed(let tokens):
        return ["outcome": "tokens_refreshed", "tokens": described(tokens)]
    case .keyChecked(let status, let tokens):
        let shown = fields([
            "decision": status.decision, "exists": status.exists, "is_enabled": status.isEnabled,
            "external_id": status.externalId, "permissions": status.permissions,
        ])
        return ["outcome": "key_checked", "tokens": described(tokens), "status": .object(shown)]
    case .keyDeleted(let tokens):
        return ["outcome": "key_deleted", "tokens": described(tokens)]
    case .handOff(let handOff):
        return ["outcome": "hand_off", "hand_off": .string(handOff.expose())]
    }
}

private func described(_ tokens: Tokens) -> JSON {
    .object(
        fields([
            "access_token": tokens.accessToken, "refresh_token": tokens.refreshToken,
            "expires_at_ms": tokens.expiresAtMs, "refresh_expires_at_ms": tokens.refreshExpiresAtMs,
            "scope": tokens.scope,
        ]))
}

func described(_ shared: SharedTokens?) -> JSON {
    guard let shared else { return .null }
    let snapshot = shared.snapshot()
    return .object(
        fields([
            "tokens_id": shared.tokensId, "revision": shared.revision, "generation": shared.generation,
            "lease_until_ms": shared.leaseUntilMs, "status": described(snapshot.status),
            "snapshot": snapshot.expose(),
        ]))
}

func described(_ plan: TokenPlan) -> JSON {
    switch plan {
    case .use(let tokens, let generation, let refreshAtMs):
        .object(
            fields([
                "plan": "use", "access_token": tokens.accessToken, "generation": generation,
                "refresh_at_ms": refreshAtMs,
            ]))
    case .refresh(let request, let next):
        ["plan": "refresh", "request": described(request), "snapshot": .string(next.snapshot().expose())]
    case .waitUntil(let untilMs, let error):
        ["plan": "wait_until", "until_ms": .int(untilMs), "error": error.map(described) ?? .null]
    case .reauthorize(let error):
        ["plan": "reauthorize", "error": described(error)]
    }
}

/// A status in a word, without its time.
func described(_ status: FlowStatus) -> JSON {
    .string(status.name)
}

func described(_ item: BatchItem) -> JSON {
    .object(fields(["is_accepted": item.isAccepted, "venue_code": item.venueCode, "venue_text": item.venueText]))
}

func described(_ plan: Preflight) -> JSON {
    .object(
        fields([
            "start_at_ms": plan.startAtMs, "requests": plan.requests, "worst_case_ms": plan.worstCaseMs,
            "budget": plan.budget.toText(),
        ]))
}

func described(_ records: Records) -> JSON {
    json(records.all)
}
