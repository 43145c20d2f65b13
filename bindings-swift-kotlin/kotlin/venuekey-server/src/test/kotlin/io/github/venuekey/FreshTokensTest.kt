package io.github.venuekey

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test

class FreshTokensTest {
    private val client = whitebit()
    private val store = MemoryStore()
    private val clock = HeldClock(NOW + 250_000)
    private val id: String

    init {
        val tokens = Tokens(Secret("canary-access"), Secret("canary-refresh"), NOW + 300_000)
        client.shareTokens(tokens, nowMs = NOW).let { id = it.tokensId; store.save(it.snapshot()) }
    }

    private fun next() = json(mapOf("data" to mapOf("access_token" to "next-access", "refresh_token" to "next-refresh", "expires_in" to 300)))

    private val load: Load = { store.load(id) }

    private suspend fun fresh(
        script: Script,
        save: Save = store::save,
        patienceMs: Long = 30_000,
        sleep: suspend (Long) -> Unit = clock.sleep,
    ) = freshTokens(client, load, save, script.send, patienceMs = patienceMs, clock = clock.read, sleep = sleep)

    @Test
    fun `tokens that are due are refreshed once, by one of many`(): Unit = runBlocking {
        val script = Script(::next)
        // Another one may be at it, for as long as it takes: no time passes meanwhile.
        val all = List(8) { async(Dispatchers.Default) { fresh(script, sleep = { yield() }) } }.awaitAll()
        assertEquals(setOf(2L), all.map { it.generation }.toSet())
        assertEquals("next-access", all[0].tokens.accessToken.expose())
        assertEquals(listOf("POST refresh_tokens"), script.sent)
    }

    @Test
    fun `a lost reply is asked for again, and its end is told`(): Unit = runBlocking {
        val refused = { json(mapOf("data" to mapOf("token" to listOf("Invalid token."))), 400) }
        val script = Script({ throw NoResponse() }, refused)
        val first = fresh(script)
        assertEquals(1L to clock.nowMs + 2_000, first.generation to first.refreshAtMs)
        clock.nowMs += 2_000
        assertEquals(null, fresh(script).refreshAtMs)
        clock.nowMs = NOW + 300_000
        val ended = assertThrows(VenuekeyException.Reauthorize::class.java) {
            freshTokensBlocking(client, load, store::save, script.send, clock = clock.read)
        }
        assertEquals("outcome_unknown", ended.code)
    }

    @Test
    fun `a refresh that surely never left has spent nothing`(): Unit = runBlocking {
        val refused = { json(mapOf("data" to mapOf("token" to listOf("Invalid token."))), 400) }
        val script = Script({ throw NoResponse("ConnectException", notSent = true) }, refused)
        assertEquals(1L, fresh(script).generation)
        clock.nowMs = NOW + 300_000
        val ended = assertThrows(VenuekeyException.Reauthorize::class.java) { runBlocking { fresh(script) } }
        assertEquals("token_rejected", ended.code)
    }

    @Test
    fun `patience ends with what stood in the way`() {
        clock.nowMs = NOW + 299_000
        val script = Script({ json(emptyMap<String, Any>(), 429) })
        val limited = assertThrows(VenuekeyException.Unavailable::class.java) { runBlocking { fresh(script, patienceMs = 500) } }
        assertEquals("rate_limited", limited.code)
    }

    @Test
    fun `a pair that can't be stored comes with the exception, and is stored later`(): Unit = runBlocking {
        val save: Save = { if (it.revision == 3L) throw ArithmeticException("the database is away") else store.save(it) }
        val unsaved = runCatching { fresh(Script(::next), save) }.exceptionOrNull() as TokensUnsaved
        assertEquals("the database is away", unsaved.cause.message)
        keepTokens(client, unsaved.shared, load, store::save)
        assertEquals("next-access", client.restoreTokens(store.load(id)!!).tokens.accessToken.expose())
    }

    @Test
    fun `a refresh that has begun is finished, whoever cancels meanwhile`(): Unit = runBlocking {
        launch {
            val worker = coroutineContext.job
            freshTokens(client, load, store::save, { worker.cancel(); yield(); next() }, clock = clock.read)
        }.join()
        assertEquals("next-access", client.restoreTokens(store.load(id)!!).tokens.accessToken.expose())
    }

    private fun deal(id: Int) = mapOf(
        "id" to id, "clientOrderId" to "", "time" to NOW / 1000, "side" to "buy", "role" to 1, "amount" to "0.50", "price" to "2",
        "deal" to "1", "fee" to "0", "orderId" to 3, "feeAsset" to "USDT",
    )

    private fun use(generation: Long) = TokenPlan.Use(Tokens(Secret("a"), expiresAtMs = 1), generation, null)

    @Test
    fun `records go from page to page, and refused tokens are renewed once`(): Unit = runBlocking {
        val pages = arrayOf({ json(listOf(deal(2), deal(1))) }, { json(emptyMap<String, Any>(), 401) }, { json(listOf(deal(0))) })
        val read = client.readDeals(DealsQuery(market = "BTC_USDT", limit = 2), NOW)
        val asked = mutableListOf<Long?>()
        val tokens: TokensFor = { refused -> use(if (refused == null) 1 else 2).also { asked += refused } }
        val seen = records<Deal>(read, tokens, Script(*pages).send).toList()
        assertEquals(listOf("2" to "0.50", "1" to "0.50", "0" to "0.50"), seen.map { it.id to it.amount })
        assertEquals(listOf(null, null, 1L), asked)
        assertEquals(seen, recordsBlocking<Deal>(read, tokens, Script(*pages).send).toList())

        val refused = Script({ json(emptyMap<String, Any>(), 403) }, { json(emptyMap<String, Any>(), 403) })
        val error = assertThrows(VenuekeyException.Reauthorize::class.java) {
            pagesBlocking(client.readMainBalances(), tokens, refused.send).first()
        }
        assertEquals("token_rejected", error.code)
    }

    @Test
    fun `nothing is asked for before it is needed`() {
        val script = Script({ json(listOf(deal(2), deal(1))) })
        val read = client.readDeals(DealsQuery(market = "BTC_USDT", limit = 2), NOW)
        assertEquals("2", recordsBlocking<Deal>(read, { use(1) }, script.send).first().id)
        assertEquals(1, script.sent.size)
        assertThrows(IllegalArgumentException::class.java) { records<Order>(read, { use(1) }, script.send) }
        assertFalse("canary" in "${use(1)}")
    }
}
