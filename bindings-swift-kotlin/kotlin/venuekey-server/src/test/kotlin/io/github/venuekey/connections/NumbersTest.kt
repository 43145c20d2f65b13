package io.github.venuekey.connections

import com.google.gson.JsonParser
import io.github.venuekey.Header
import io.github.venuekey.HeldClock
import io.github.venuekey.HttpMethod
import io.github.venuekey.ImportedKey
import io.github.venuekey.KeepAlive
import io.github.venuekey.NOW
import io.github.venuekey.Secret
import io.github.venuekey.Send
import io.github.venuekey.Tokens
import io.github.venuekey.VenueResponse
import io.github.venuekey.VenuekeyException
import io.github.venuekey.json
import io.github.venuekey.stores.SQLiteStore
import io.github.venuekey.stores.Store
import io.github.venuekey.whitebit
import java.io.File
import java.security.MessageDigest
import java.util.Base64
import java.util.concurrent.CopyOnWriteArrayList
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.sqlite.SQLiteDataSource

private const val HOUR_MS = 3_600_000L
private const val BALANCE = "/api/v4/main-account/balance"

/** Numbers for a key's requests that were reserved ahead of the clock: by many callers, or before the clock was set back. */
class NumbersTest {
    @TempDir
    lateinit var folder: File

    private val store: Store by lazy { SQLiteStore(SQLiteDataSource().apply { url = "jdbc:sqlite:$folder/connections.db" }) }
    private val clock = HeldClock()
    private val sent = CopyOnWriteArrayList<String>()
    private val send: Send = { request ->
        sent += request.purpose
        json(mapOf("time" to clock.nowMs / 1000))
    }

    @AfterEach
    fun close() = store.close()

    // A use is noted when its call has ended, and maybe its test: the file would be opened anew while its folder goes.
    private val quiet: Store by lazy {
        object : Store by store {
            override fun touch(id: String, lastUsedAtMs: Long) = Unit
        }
    }

    private fun over(send: Send = this.send, sleep: suspend (Long) -> Unit = { clock.sleep(it).also { yield() } }) =
        Connections(mapOf("whitebit" to whitebit()), quiet, KEYS, send, clock = clock.read, sleep = sleep)

    private suspend fun imported(connections: Connections): String =
        connections.importKey("whitebit", ImportedKey(Secret("canary-key"), Secret("canary-secret"), "11111111-2222-3333-4444-555555555555", null), "user").id

    /** As core names it. */
    private val counter = "nonce/" + MessageDigest.getInstance("SHA-256").digest("venuekey/1/nonce/whitebit/global/canary-key".toByteArray())
        .joinToString("") { "%02x".format(it) }.take(32)

    private fun reserved() = store.bump(counter, 0, 0)

    @Test
    fun `those that lie ahead are waited for, by all that want one, and no more are reserved meanwhile`(): Unit = runBlocking {
        val connections = over()
        val id = imported(connections)
        store.bump(counter, NOW + 20_000, 1)
        val account = connections.account(id)
        List(5) { async { account.call(HttpMethod.POST, BALANCE, patienceMs = 120_000) } }.awaitAll()
        assertEquals(5, sent.count { it == "signed_request" })
        assertTrue(clock.nowMs >= NOW + 15_000, "${clock.nowMs - NOW} ms")
        assertEquals(NOW + 20_051, reserved(), "one block")
    }

    @Test
    fun `they are waited for as long as the caller likes`(): Unit = runBlocking {
        val connections = over()
        val id = imported(connections)
        store.bump(counter, NOW + 50_000, 1)
        val error = assertThrows(VenuekeyException.Unavailable::class.java) {
            runBlocking { connections.account(id).call(HttpMethod.POST, BALANCE, patienceMs = 5_000) }
        }
        assertEquals("rate_limited", error.code)
        assertTrue("patienceMs" in error.details.hint!!)
        assertTrue(clock.nowMs in NOW + 5_000..NOW + 6_000, "${clock.nowMs - NOW} ms")
        assertTrue("signed_request" !in sent)
    }

    @Test
    fun `what they are waited for is taken from the patience`(): Unit = runBlocking {
        for ((patienceMs, isEnough) in listOf(6_000L to false, 8_000L to true)) {
            val limited = ArrayDeque(listOf(VenueResponse(429, "{}".toByteArray(), listOf(Header("retry-after", Secret("4"))))))
            val connections = over(send = { request -> limited.takeIf { request.purpose == "signed_request" }?.removeFirstOrNull() ?: send(request) })
            val id = imported(connections)
            // Some two and a half seconds for the number, and four that the venue wants.
            store.bump(counter, clock.nowMs + 7_000, 1)
            val call = runCatching { connections.account(id).call(HttpMethod.POST, BALANCE, patienceMs = patienceMs) }
            assertEquals(isEnough, call.isSuccess, "$patienceMs ms")
            if (!isEnough) assertEquals("rate_limited", (call.exceptionOrNull() as VenuekeyException).code)
            assertTrue(limited.isEmpty())
        }
    }

    @Test
    fun `a worker looks at a key by the venue's clock`(): Unit = runBlocking {
        val asked = mutableListOf<Long>()
        val connections = over(send = { request ->
            if (request.purpose != "ask_time") {
                val payload = request.headers.first { it.name.equals("x-txc-payload", ignoreCase = true) }.value.expose()
                asked += JsonParser.parseString(String(Base64.getDecoder().decode(payload))).asJsonObject["nonce"].asLong - clock.nowMs
            }
            json(mapOf("time" to (clock.nowMs + 90_000) / 1000))
        })
        imported(connections)
        clock.nowMs = connections.runOnce()!!
        connections.runOnce()
        assertEquals(1, asked.size)
        assertTrue(asked.single() in 88_000..92_000, "$asked")
    }

    @Test
    fun `a worker leaves the key alone after a while, and does not wait at its end`(): Unit = runBlocking {
        val connections = over()
        imported(connections)
        val due = connections.runOnce()!!
        clock.nowMs = due
        store.bump(counter, due + 50_000, 1)
        connections.runOnce()
        assertTrue(clock.nowMs in due + 10_000..due + 11_000, "${clock.nowMs - due} ms")
        assertTrue(sent.none { it != "ask_time" }, "$sent")

        val waits = CompletableDeferred<Unit>()
        val other = over { waits.complete(Unit).also { awaitCancellation() } }
        val working = launch { other.run() }
        waits.await()
        other.stop()
        working.join()
        assertTrue(sent.none { it != "ask_time" }, "$sent")
    }

    @Test
    fun `a caller that is cancelled waits no longer`(): Unit = runBlocking {
        val waits = CompletableDeferred<Unit>()
        val connections = over { waits.complete(Unit).also { awaitCancellation() } }
        val id = imported(connections)
        store.bump(counter, NOW + 50_000, 1)
        val call = launch { connections.account(id).call(HttpMethod.POST, BALANCE) }
        waits.await()
        call.cancelAndJoin()
        assertTrue(call.isCancelled)
    }

    @Test
    fun `a clock that was ahead holds up no request once it is right`(): Unit = runBlocking {
        val connections = over()
        val id = imported(connections)
        clock.nowMs += HOUR_MS
        connections.account(id).call(HttpMethod.POST, BALANCE)
        clock.nowMs -= HOUR_MS
        // The process that had the clock, and another.
        for (each in listOf(connections, over())) each.account(id).call(HttpMethod.POST, BALANCE, patienceMs = 0)
        assertEquals(3, sent.count { it == "signed_request" })
    }

    @Test
    fun `a refresh by such a clock holds up no others`(): Unit = runBlocking {
        suspend fun due(owner: String) {
            val tokens = Tokens(Secret("access"), Secret("refresh"), clock.nowMs + 300_000)
            over().importTokens("whitebit", tokens, owner, keepAlive = KeepAlive.ACCESS)
        }
        due("user")
        clock.nowMs += HOUR_MS
        over().runOnce()
        clock.nowMs -= HOUR_MS
        due("other")
        sent.clear()
        clock.nowMs += 290_000
        over().runOnce()
        assertEquals(listOf("refresh_tokens"), sent)
    }
}
