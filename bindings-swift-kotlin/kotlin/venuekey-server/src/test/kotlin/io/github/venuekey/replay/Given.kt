package io.github.venuekey.replay

import com.google.gson.JsonArray
import com.google.gson.JsonElement
import com.google.gson.JsonObject
import io.github.venuekey.*

// What a case gives, as objects of the package.

// What laying out has added: line breaks, indentation, the space after a name.
private val LAYOUT = Regex("""\n *("[^"\\]*":)? ?""")
private val LAID_OUT = Regex(""""(\w+)":(\{"venuekey.*?\}),"\1_sha256":"\w{64}"""")

/** A file's JSON, with each text that is laid out in it as the string it stands for. */
fun withTexts(file: String): String = file.replace(LAYOUT, "$1").replace(LAID_OUT) {
    val (name, text) = it.destructured
    "\"$name\":${gson.toJson(text)}"
}

/** The field, or null where it is absent or null. */
fun JsonObject.at(name: String): JsonElement? = get(name)?.takeUnless { it.isJsonNull }

fun JsonObject.obj(name: String): JsonObject = getAsJsonObject(name)

fun JsonObject.list(name: String): List<JsonObject> = getAsJsonArray(name).map { it.asJsonObject }

/** None where the field is absent. */
fun JsonObject.items(name: String): List<JsonElement> = at(name)?.asJsonArray?.toList() ?: emptyList()

fun JsonObject.long(name: String): Long = get(name).asLong

fun JsonObject.maybeLong(name: String): Long? = at(name)?.asLong

fun JsonObject.maybeText(name: String): String? = at(name)?.let(::text)

fun JsonObject.text(name: String): String = text(get(name))

fun JsonObject.texts(name: String): List<String> = items(name).map { it.asString }

/** A string, or `{"repeat": text, "times": n}`. */
private fun text(value: JsonElement): String =
    if (value.isJsonObject) value.asJsonObject.run { get("repeat").asString.repeat(get("times").asInt) } else value.asString

fun bytes(hex: String): ByteArray = hex.chunked(2).map { it.toInt(16).toByte() }.toByteArray()

/** An enum's value by the vectors' word. */
inline fun <reified E : Enum<E>> named(word: String): E = enumValueOf<E>(word.uppercase())

inline fun <reified E : Enum<E>> JsonObject.word(name: String): E? = at(name)?.let { named<E>(it.asString) }

fun client(case: JsonObject): Client = case.obj("client").run {
    val known = setOf(
        "venue", "environment", "client_id", "client_secret", "redirect_uri", "authorize_base", "api_base", "locale", "scope", "user_agent",
        "send_redirect_uri",
    )
    check(known.containsAll(keySet())) { "nobody gives ${keySet() - known}" }
    val config = ClientConfig(
        word<Venue>("venue")!!, word<VenueEnvironment>("environment")!!, text("client_id"), text("redirect_uri"), maybeText("authorize_base"),
        maybeText("api_base"), locale = maybeText("locale"), scope = maybeText("scope"), userAgent = maybeText("user_agent"),
        sendRedirectUri = at("send_redirect_uri")?.asBoolean ?: false,
    )
    // Without a secret it is the client of an app.
    maybeText("client_secret")?.let { Client.confidential(config, Secret(it)) } ?: Client(config)
}

fun signer(case: JsonObject): Signer = case.obj("signer").run { Signer(options(this), Secret(text("api_key")), Secret(text("api_secret"))) }

fun options(signer: JsonObject): SignerOptions = signer.run {
    val known = setOf(
        "api_key", "api_secret", "venue", "environment", "api_base", "user_agent", "nonce_window", "non_ascii", "recv_window_ms",
        "broker_id", "passphrase", "site",
    )
    check(known.containsAll(keySet())) { "nobody gives ${keySet() - known}" }
    SignerOptions(
        word<Venue>("venue")!!, word<VenueEnvironment>("environment")!!, maybeText("passphrase")?.let(::Secret), maybeText("site"),
        maybeText("api_base"), maybeText("user_agent"), at("nonce_window")?.asBoolean ?: false, word<NonAscii>("non_ascii"),
        maybeLong("recv_window_ms"), maybeText("broker_id"),
    )
}

fun response(given: JsonObject): VenueResponse {
    val headers = given.at("headers")?.asJsonArray ?: JsonArray()
    return VenueResponse(
        given["status"].asInt,
        given.text("body").toByteArray(),
        headers.map { it.asJsonArray }.map { Header(it[0].asString, Secret(it[1].asString)) },
    )
}

fun tokens(given: JsonObject): Tokens = Tokens(
    Secret(given.text("access_token")), given.maybeText("refresh_token")?.let(::Secret), given.long("expires_at_ms"),
    given.maybeLong("refresh_expires_at_ms"), given.texts("scope"), given.maybeText("site"),
)

fun beginOptions(given: JsonObject): BeginOptions = given.run {
    BeginOptions(
        maybeLong("callback_timeout_s"), word<LostSecretPolicy>("on_secret_lost"), word<ResponseType>("response_type"),
        maybeText("expected_uid"), at("key_request")?.let { keyRequest(it.asJsonObject) },
    )
}

private fun keyRequest(given: JsonObject): KeyRequest = given.run {
    val lists = listOf("permissions", "ip_allowlist").map { name -> at(name)?.let { texts(name) } }
    KeyRequest(maybeText("label"), lists[0], lists[1], maybeLong("expires_at_ms"), maybeText("passphrase")?.let(::Secret))
}

fun sealingKeys(given: JsonObject): SealingKeys =
    SealingKeys(given.getAsJsonArray("keys").map { it.asJsonArray }.map { SealingKey(it[0].asString, bytes(it[1].asString)) })

fun budget(case: JsonObject): RateBudget =
    case.maybeText("budget")?.let(RateBudget::fromText) ?: RateBudget(case.maybeLong("share_of") ?: 1)

private fun JsonObject.assets() = AssetsQuery(maybeText("coin"), maybeLong("from_ms"), maybeLong("to_ms"), maybeLong("limit"))

private fun JsonObject.trading() =
    TradingQuery(word<MarketCategory>("category"), maybeText("symbol"), maybeLong("from_ms"), maybeLong("to_ms"), maybeLong("limit"))

private fun JsonObject.common() = CommonHistoryQuery(maybeLong("from_ms"), maybeLong("to_ms"))

fun read(app: Client, start: JsonObject): AccountRead {
    val read = begun(app, start)
    return start.maybeText("bound_to")?.let(read::boundTo) ?: read
}

private fun begun(app: Client, start: JsonObject): AccountRead {
    if (start.text("call") == "resume_read") return app.resumeRead(start.text("cursor"))
    val query = start.at("query")?.asJsonObject ?: JsonObject()
    val nowMs = start.maybeLong("now_ms")
    val begun = query.run {
        when (val call = start.text("call")) {
            "read_transactions" -> app.readTransactions(
                TransactionsQuery(
                    word<TransactionMethod>("method"), maybeText("ticker"), maybeText("address"), texts("addresses"), maybeText("memo"),
                    maybeText("unique_id"), at("status")?.asJsonArray?.map { it.asLong } ?: emptyList(), maybeLong("limit"),
                    texts("split_tickers"),
                ),
            )
            "read_converts" -> app.readConverts(
                ConvertsQuery(
                    maybeText("from_ticker"), maybeText("to_ticker"), maybeText("quote_id"), maybeLong("from_s"), maybeLong("to_s"),
                    maybeLong("limit"),
                ),
                nowMs,
            )
            "read_orders" -> app.readOrders(
                OrdersQuery(
                    maybeText("market"), maybeLong("order_id"), maybeText("client_order_id"), word<OrderFilter>("status"),
                    maybeLong("from_s"), maybeLong("to_s"), maybeLong("limit"),
                ),
                nowMs,
            )
            "read_deals" -> app.readDeals(
                DealsQuery(maybeText("market"), maybeText("client_order_id"), maybeLong("from_s"), maybeLong("to_s"), maybeLong("limit")),
                nowMs,
            )
            "read_main_balances" -> app.readMainBalances(BalancesQuery(maybeText("ticker")))
            "read_spot_balances" -> app.readSpotBalances(BalancesQuery(maybeText("ticker")))
            "read_wallet_balance" -> app.readWalletBalance(WalletQuery(maybeText("coin")))
            "read_deposits" -> app.readDeposits(assets(), nowMs)
            "read_withdrawals" -> app.readWithdrawals(assets(), nowMs)
            "read_internal_transfers" -> app.readInternalTransfers(assets(), nowMs)
            "read_order_history" -> app.readOrderHistory(trading(), nowMs)
            "read_executions" -> app.readExecutions(trading(), nowMs)
            "read_transaction_log" -> app.readTransactionLog(
                LogQuery(
                    word<MarketCategory>("category"), maybeText("currency"), maybeText("entry_type"), maybeLong("from_ms"),
                    maybeLong("to_ms"), maybeLong("limit"),
                ),
                nowMs,
            )
            "read_common_balances" -> app.readCommonBalances()
            "read_common_transactions" -> app.readCommonTransactions(
                CommonTransactionsQuery(word<TransactionKind>("kind"), maybeLong("from_ms"), maybeLong("to_ms")), nowMs,
            )
            "read_common_orders" -> app.readCommonOrders(common(), nowMs)
            "read_common_trades" -> app.readCommonTrades(common(), nowMs)
            else -> error("no such read: $call")
        }
    }
    return start.maybeLong("nonce_ms")?.let(begun::withNonce) ?: begun
}
