import Foundation
@testable import Venuekey

// What a case gives, as values of the library.

/// A case that this replayer does not understand.
struct Unreplayable: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A file's JSON, with each text that is laid out in it as the string it stands for.
func withTexts(_ file: String) throws -> String {
    // What laying out has added: line breaks, indentation, the space after a name.
    let layout = #"\n *("[^"\\]*":)? ?"#
    let compact = file.replacingOccurrences(of: layout, with: "$1", options: .regularExpression)
    let laidOut = try NSRegularExpression(pattern: #""(\w+)":(\{"venuekey.*?\}),"\1_sha256":"\w{64}""#)
    var (whole, rest) = ("", compact.startIndex)
    for found in laidOut.matches(in: compact, range: NSRange(rest..., in: compact)) {
        guard let field = Range(found.range, in: compact), let name = Range(found.range(at: 1), in: compact),
            let text = Range(found.range(at: 2), in: compact)
        else { continue }
        let string = String(decoding: try JSONEncoder().encode(JSON.string(String(compact[text]))), as: UTF8.self)
        whole += "\(compact[rest..<field.lowerBound])\"\(compact[name])\":\(string)"
        rest = field.upperBound
    }
    return whole + compact[rest...]
}

extension JSON {
    /// A string, or `{"repeat": text, "times": n}`.
    func text() throws -> String {
        if let string { return string }
        guard let piece = self["repeat"]?.string, let times = self["times"]?.int else {
            throw Unreplayable("no text: \(self)")
        }
        return String(repeating: piece, count: Int(times))
    }

    /// A field that must be there.
    func field(_ name: String) throws -> JSON {
        guard let found = self[name] else { throw Unreplayable("no \(name)") }
        return found
    }

    func text(_ name: String) throws -> String {
        try field(name).text()
    }

    func secret(_ name: String) throws -> Secret {
        Secret(text: try text(name))
    }

    /// Hexadecimal digits.
    func bytes(_ name: String) throws -> Data {
        let digits = Array(try text(name).utf8)
        return Data(stride(from: 0, to: digits.count - 1, by: 2).map { place in
            UInt8(String(decoding: digits[place...place + 1], as: UTF8.self), radix: 16) ?? 0
        })
    }

    func strings(_ name: String) -> [String] {
        self[name]?.array?.compactMap(\.string) ?? []
    }

    /// The case with that word; nil where the field is absent.
    func word<T>(_ name: String, of cases: [T]) throws -> T? {
        guard let word = self[name]?.string else { return nil }
        guard let found = cases.first(where: { json($0) == .string(word) }) else {
            throw Unreplayable("no \(name) \(word)")
        }
        return found
    }

    func needed<T>(_ name: String, of cases: [T]) throws -> T {
        guard let found = try word(name, of: cases) else { throw Unreplayable("no \(name)") }
        return found
    }
}

/// In the order of tests/vectors/README.md, which leaves out what came later.
let operations: [FlowOperation] = [.accountTokens, .apiKey, .refreshTokens, .checkKey, .deleteKey]
let methods: [String: HttpMethod] = ["GET": .get, "POST": .post, "DELETE": .delete]

struct Case {
    let given: JSON

    func client() throws -> Client {
        let fields = try given.field("client")
        let config = ClientConfig(
            venue: try fields.needed("venue", of: Venue.allCases),
            environment: try fields.needed("environment", of: VenueEnvironment.allCases),
            clientId: try fields.text("client_id"), redirectUri: try fields.text("redirect_uri"),
            authorizeBase: fields["authorize_base"]?.string, apiBase: fields["api_base"]?.string,
            locale: fields["locale"]?.string, scope: fields["scope"]?.string, userAgent: fields["user_agent"]?.string,
            sendRedirectUri: fields["send_redirect_uri"]?.bool ?? false)
        guard fields["client_secret"] != nil else { return try Client(config: config) }
        return try Client.confidential(config: config, clientSecret: try fields.secret("client_secret"))
    }

    func signerOptions() throws -> SignerOptions {
        let fields = try given.field("signer")
        return SignerOptions(
            venue: try fields.needed("venue", of: Venue.allCases),
            environment: try fields.needed("environment", of: VenueEnvironment.allCases),
            passphrase: try fields["passphrase"].map { Secret(text: try $0.text()) }, site: fields["site"]?.string,
            apiBase: fields["api_base"]?.string, userAgent: fields["user_agent"]?.string,
            nonceWindow: fields["nonce_window"]?.bool ?? false,
            nonAscii: fields["non_ascii"] == nil ? nil : try fields.needed("non_ascii", of: NonAscii.allCases),
            recvWindowMs: fields["recv_window_ms"]?.int,
            brokerId: fields["broker_id"]?.string)
    }

    func signer() throws -> Signer {
        let fields = try given.field("signer")
        let (key, secret) = (try fields.secret("api_key"), try fields.secret("api_secret"))
        return try Signer(options: try signerOptions(), apiKey: key, apiSecret: secret)
    }

    func budget() throws -> RateBudget {
        if given["budget"] != nil { return try RateBudget.fromText(text: try given.text("budget")) }
        return try RateBudget(shareOf: given["share_of"]?.int ?? 1)
    }
}

func response(_ given: JSON) throws -> HttpResponse {
    let headers = try (given["headers"]?.array ?? []).map { pair in
        guard let name = pair.array?.first?.string, let value = pair.array?.last?.string else {
            throw Unreplayable("no header: \(pair)")
        }
        return Header(name: name, value: Secret(text: value))
    }
    let status = Int32(clamping: given["status"]?.int ?? 0)
    return try HttpResponse(status: status, body: Data(try given.text("body").utf8), headers: headers)
}

func tokens(_ given: JSON) throws -> Tokens {
    try Tokens(
        accessToken: try given.secret("access_token"),
        refreshToken: try given["refresh_token"].map { Secret(text: try $0.text()) },
        expiresAtMs: given["expires_at_ms"]?.int ?? -1, refreshExpiresAtMs: given["refresh_expires_at_ms"]?.int,
        scope: given.strings("scope"), site: given["site"]?.string)
}

func sealingKeys(_ given: JSON) throws -> SealingKeys {
    let keys = try (given["keys"]?.array ?? []).map { pair in
        let named: JSON = ["id": pair.array?.first ?? .null, "key": pair.array?.last ?? .null]
        return SealingKey(id: try named.text("id"), key: try named.bytes("key"))
    }
    return try SealingKeys(keys: keys)
}

func beginOptions(_ given: JSON) throws -> BeginOptions {
    BeginOptions(
        callbackTimeoutS: given["callback_timeout_s"]?.int,
        onSecretLost: try given.word("on_secret_lost", of: LostSecretPolicy.allCases),
        responseType: try given.word("response_type", of: ResponseType.allCases),
        expectedUid: given["expected_uid"]?.string,
        keyRequest: try given["key_request"].map { asked in
            KeyRequest(
                label: asked["label"]?.string,
                permissions: asked["permissions"].map { _ in asked.strings("permissions") },
                ipAllowlist: asked["ip_allowlist"].map { _ in asked.strings("ip_allowlist") },
                expiresAtMs: asked["expires_at_ms"]?.int,
                passphrase: try asked["passphrase"].map { Secret(text: try $0.text()) })
        })
}

private func assets(_ query: JSON) -> AssetsQuery {
    AssetsQuery(
        coin: query["coin"]?.string, fromMs: query["from_ms"]?.int, toMs: query["to_ms"]?.int, limit: query["limit"]?.int)
}

private func trading(_ query: JSON) throws -> TradingQuery {
    TradingQuery(
        category: try query.word("category", of: MarketCategory.allCases), symbol: query["symbol"]?.string,
        fromMs: query["from_ms"]?.int, toMs: query["to_ms"]?.int, limit: query["limit"]?.int)
}

private func common(_ query: JSON) -> CommonHistoryQuery {
    CommonHistoryQuery(fromMs: query["from_ms"]?.int, toMs: query["to_ms"]?.int)
}

func read(_ client: Client, _ start: JSON) throws -> AccountRead {
    let read = try begun(client, start)
    guard let connectionId = start["bound_to"]?.string else { return read }
    return try read.boundTo(connectionId: connectionId)
}

private func begun(_ client: Client, _ start: JSON) throws -> AccountRead {
    let query = start["query"] ?? [:]
    let (nowMs, limit) = (start["now_ms"]?.int, query["limit"]?.int)
    let (fromS, toS) = (query["from_s"]?.int, query["to_s"]?.int)
    let begun: AccountRead
    switch try start.text("call") {
    case "resume_read":
        return try client.resumeRead(cursor: try start.text("cursor"))
    case "read_transactions":
        begun = try client.readTransactions(
            query: TransactionsQuery(
                method: try query.word("method", of: TransactionMethod.allCases), ticker: query["ticker"]?.string,
                address: query["address"]?.string, addresses: query.strings("addresses"), memo: query["memo"]?.string,
                uniqueId: query["unique_id"]?.string, status: query["status"]?.array?.compactMap(\.int) ?? [],
                limit: limit, splitTickers: query.strings("split_tickers")))
    case "read_converts":
        begun = try client.readConverts(
            query: ConvertsQuery(
                fromTicker: query["from_ticker"]?.string, toTicker: query["to_ticker"]?.string,
                quoteId: query["quote_id"]?.string, fromS: fromS, toS: toS, limit: limit), nowMs: nowMs)
    case "read_orders":
        begun = try client.readOrders(
            query: OrdersQuery(
                market: query["market"]?.string, orderId: query["order_id"]?.int,
                clientOrderId: query["client_order_id"]?.string,
                status: try query.word("status", of: OrderFilter.allCases),
                fromS: fromS, toS: toS, limit: limit), nowMs: nowMs)
    case "read_deals":
        begun = try client.readDeals(
            query: DealsQuery(
                market: query["market"]?.string, clientOrderId: query["client_order_id"]?.string, fromS: fromS, toS: toS,
                limit: limit), nowMs: nowMs)
    case "read_main_balances":
        begun = try client.readMainBalances(query: BalancesQuery(ticker: query["ticker"]?.string))
    case "read_spot_balances":
        begun = try client.readSpotBalances(query: BalancesQuery(ticker: query["ticker"]?.string))
    case "read_wallet_balance":
        begun = try client.readWalletBalance(query: WalletQuery(coin: query["coin"]?.string))
    case "read_deposits":
        begun = try client.readDeposits(query: assets(query), nowMs: nowMs)
    case "read_withdrawals":
        begun = try client.readWithdrawals(query: assets(query), nowMs: nowMs)
    case "read_internal_transfers":
        begun = try client.readInternalTransfers(query: assets(query), nowMs: nowMs)
    case "read_order_history":
        begun = try client.readOrderHistory(query: try trading(query), nowMs: nowMs)
    case "read_executions":
        begun = try client.readExecutions(query: try trading(query), nowMs: nowMs)
    case "read_transaction_log":
        begun = try client.readTransactionLog(
            query: LogQuery(
                category: try query.word("category", of: MarketCategory.allCases), currency: query["currency"]?.string,
                entryType: query["entry_type"]?.string, fromMs: query["from_ms"]?.int, toMs: query["to_ms"]?.int,
                limit: limit), nowMs: nowMs)
    case "read_common_balances":
        begun = try client.readCommonBalances()
    case "read_common_transactions":
        begun = try client.readCommonTransactions(
            query: CommonTransactionsQuery(
                kind: try query.word("kind", of: TransactionKind.allCases), fromMs: query["from_ms"]?.int,
                toMs: query["to_ms"]?.int), nowMs: nowMs)
    case "read_common_orders":
        begun = try client.readCommonOrders(query: common(query), nowMs: nowMs)
    case "read_common_trades":
        begun = try client.readCommonTrades(query: common(query), nowMs: nowMs)
    case let call:
        throw Unreplayable("no read \(call)")
    }
    guard let nonceMs = start["nonce_ms"]?.int else { return begun }
    return try begun.withNonce(nonceMs: nonceMs)
}
