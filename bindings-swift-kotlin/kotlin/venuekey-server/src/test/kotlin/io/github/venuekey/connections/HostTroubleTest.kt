package io.github.venuekey.connections

import io.github.venuekey.ConnectionStatus
import io.github.venuekey.Goal
import io.github.venuekey.HttpMethod
import io.github.venuekey.ImportedKey
import io.github.venuekey.NOW
import io.github.venuekey.NoResponse
import io.github.venuekey.Script
import io.github.venuekey.Secret
import io.github.venuekey.Send
import io.github.venuekey.bybit
import io.github.venuekey.json
import io.github.venuekey.key
import io.github.venuekey.stores.SQLiteStore
import io.github.venuekey.stores.Store
import io.github.venuekey.stores.StoreError
import io.github.venuekey.token
import io.github.venuekey.uid
import java.io.File
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicLong
import java.util.logging.Handler
import java.util.logging.LogRecord
import java.util.logging.Logger
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.sqlite.SQLiteDataSource

/** What the functions that a host gives do wrong costs nobody a reply, a thread or a word. */
class HostTroubleTest {
    @TempDir
    lateinit var folder: File

    private val store: Store by lazy { SQLiteStore(SQLiteDataSource().apply { url = "jdbc:sqlite:$folder/connections.db" }) }
    private val fine: Send = { json(mapOf("retCode" to 0, "result" to emptyMap<String, Any>())) }

    @AfterEach
    fun close() = store.close()

    private fun over(send: Send, store: Store = this.store, concurrency: Int = 8, clock: () -> Long = { NOW }) =
        Connections(mapOf("bybit" to bybit()), store, KEYS, send, clock = clock, sleep = {}, concurrency = concurrency)

    private suspend fun calledBack(connections: Connections): String {
        val view = connections.begin("bybit", "user", Goal.API_KEY)
        val state = view.authorizeUrl!!.expose().substringAfter("state=").substringBefore("&")
        return connections.receiveCallback(view.id, "/cb?code=canary-code&state=$state", "user").id
    }

    private suspend fun imported(connections: Connections): String =
        connections.importKey("bybit", ImportedKey(Secret("canary-key"), Secret("canary-secret"), null, "106000001"), "user").id

    @Test
    fun `a reply is stored although the clock fails`(): Unit = runBlocking {
        for (replies in 1..3) {
            var isBad = false
            val script = Script(::token, ::uid, ::key)
            val send: Send = { request -> script.answer(request).also { isBad = script.sent.size == replies } }
            val connections = over(send, clock = { if (isBad) { isBad = false; error("no time") } else NOW })
            val id = calledBack(connections)
            connections.runOnce()
            assertEquals(ConnectionStatus.CONNECTED, connections.status(id).status, "${connections.status(id).error}")
        }
    }

    @Test
    fun `a store that can't note a use ends no thread`(): Unit = runBlocking {
        val told = Channel<String>(Channel.UNLIMITED)
        val before = Thread.getDefaultUncaughtExceptionHandler()
        val handler = object : Handler() {
            override fun publish(record: LogRecord) = told.trySend(record.message).let { }

            override fun flush() = Unit

            override fun close() = Unit
        }
        Thread.setDefaultUncaughtExceptionHandler { _, error -> told.trySend("uncaught: $error") }
        // Kept: otherwise it may be collected, and its handler with it.
        val logger = Logger.getLogger("venuekey")
        logger.addHandler(handler)
        try {
            val failing = object : Store by store {
                override fun touch(id: String, lastUsedAtMs: Long) = error("canary")
            }
            val connections = over(fine, failing)
            val id = imported(connections)
            connections.account(id).call(HttpMethod.GET, "/v5/user/query-api")
            var line = told.receive()
            while ("it was used" !in line && "uncaught" !in line) line = told.receive()
            assertTrue("connection $id: could not store that it was used" in line && "canary" !in line, line)
        } finally {
            logger.removeHandler(handler)
            Thread.setDefaultUncaughtExceptionHandler(before)
        }
    }

    /** Functions over a library of coroutines, with time limits of their own: nobody has cancelled the caller. */
    @Test
    fun `what is over its own time has failed, and its caller goes on`(): Unit = runBlocking {
        var isSlow = false
        suspend fun <T> late(): T = withTimeout(0) { error("never") }
        val slow = object : Store by store {
            override fun nextDue(): Long? = runBlocking { late() }

            override fun load(id: String) = if (isSlow) runBlocking { late() } else store.load(id)
        }
        val connections = over({ late() }, slow)
        val id = imported(connections)
        val account = connections.account(id)
        suspend fun failure(work: suspend () -> Unit): Throwable? {
            var said: Throwable? = null
            launch { said = runCatching { work() }.exceptionOrNull() }.join()
            return said
        }
        assertEquals("timeout", (failure { account.call(HttpMethod.GET, "/v5/user/query-api") } as NoResponse).code)
        assertTrue(failure { connections.runOnce() } is StoreError)
        isSlow = true
        assertTrue(failure { connections.status(id) } is StoreError)
        assertTrue(failure { account.tokens() } is StoreError)
    }

    @Test
    fun `a worker with no free place counts as one that looks while one of them gets on`(): Unit = runBlocking {
        val nowMs = AtomicLong(NOW)
        val seen = CopyOnWriteArrayList<Long>()
        val waits = AtomicInteger()
        val watched = object : Store by store {
            override fun seen(holder: String, nowMs: Long) = store.seen(holder, nowMs).also { seen += nowMs - NOW }

            override fun await(timeoutMs: Long): Boolean = waits.incrementAndGet().let { Thread.sleep(1) }.let { false }
        }
        val script = Script(::token, ::uid, ::key)
        val (asked, answers) = Channel<Unit>(Channel.UNLIMITED) to Channel<Unit>(Channel.UNLIMITED)
        val send: Send = { request -> asked.send(Unit).let { answers.receive() }.let { script.answer(request) } }
        val connections = over(send, watched, concurrency = 1, clock = nowMs::get)
        calledBack(connections)
        val working = launch { connections.run() }
        suspend fun seenAt(ms: Long) {
            while (ms !in seen) delay(1)
        }
        try {
            asked.receive()
            seenAt(0)
            // It has got on since, and hangs now.
            nowMs.set(NOW + 20_000)
            seenAt(20_000)
            nowMs.set(NOW + 40_000)
            val before = waits.get()
            while (waits.get() < before + 500) delay(1)
            assertEquals(listOf(0L, 20_000L), seen)
            nowMs.set(NOW + 60_000)
            answers.send(Unit)
            asked.receive()
            // By a look that had read the clock before that, too.
            while (seen.size < 3) delay(1)
        } finally {
            answers.close()
            connections.stop()
            working.join()
        }
    }
}
