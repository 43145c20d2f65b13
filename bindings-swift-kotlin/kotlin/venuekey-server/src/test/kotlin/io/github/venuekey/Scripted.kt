package io.github.venuekey

import com.google.gson.Gson

/** What the tests of drivers and of secrets begin with. Nothing that begins with `canary` may ever be shown. */
const val NOW = 1_790_000_000_000L

fun json(value: Any?, status: Int = 200): VenueResponse = VenueResponse(status, Gson().toJson(value).toByteArray())

fun token() = json(
    mapOf("access_token" to "canary-access", "refresh_token" to "canary-refresh", "expires_in" to 86_400, "token_type" to "bearer"),
)

fun uid() = json(mapOf("ret_code" to 0, "ret_msg" to "success", "result" to mapOf("uid" to "106000001")))

fun key() = json(
    mapOf("ret_code" to 0, "ret_msg" to "success", "result" to mapOf("api_key" to "canary-key", "api_secret" to "canary-secret")),
)

/** Replies in order; an exception is thrown. */
class Script(vararg replies: () -> VenueResponse) {
    private val left = ArrayDeque(replies.toList())
    val sent = mutableListOf<String>()

    val send: Send = { request -> answer(request) }

    fun answer(request: VenueRequest): VenueResponse = synchronized(this) {
        sent += "${request.method} ${request.purpose}"
        left.removeFirst()()
    }
}

/** A clock that only sleeping moves. */
class HeldClock(@Volatile var nowMs: Long = NOW) {
    val read: () -> Long = { nowMs }
    val sleep: suspend (Long) -> Unit = { nowMs += it }
}

fun bybit(): Client = Client.confidential(
    ClientConfig(Venue.BYBIT, VenueEnvironment.MAINNET, "app-1", "https://partner.example/cb"),
    Secret("canary-client-secret"),
)

fun whitebit(): Client = Client.confidential(
    ClientConfig(Venue.WHITEBIT, VenueEnvironment.GLOBAL, "demo", "https://partner.example/cb"),
    Secret("canary-client-secret"),
)

fun agent(): Client = Client(ClientConfig(Venue.BYBIT, VenueEnvironment.MAINNET, "ai-agent", "http://127.0.0.1:9876/callback"))

/** A pending flow in a store. */
class Connecting(val client: Client = bybit(), path: String = "/cb") {
    val store = MemoryStore()
    val started = client.begin(Goal.API_KEY, nowMs = NOW)
    val flowId: String = started.pending.flowId
    val state: String = started.authorizeUrl.expose().substringAfter("state=").substringBefore("&")
    val callback = "$path?code=canary-code&state=$state"

    init {
        check(store.save(started.pending.snapshot()))
    }

    fun restored(): VenueFlow = client.restore(store.load(flowId)!!)

    /** The callback has come: the first step to drive. */
    fun step(): Step = restored().receiveCallback(callback, NOW)
}
