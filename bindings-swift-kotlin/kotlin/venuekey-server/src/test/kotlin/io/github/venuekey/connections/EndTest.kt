package io.github.venuekey.connections

import io.github.venuekey.ConnectionStatus
import io.github.venuekey.Goal
import io.github.venuekey.HeldClock
import io.github.venuekey.ImportedKey
import io.github.venuekey.KeepAlive
import io.github.venuekey.Script
import io.github.venuekey.SealingKey
import io.github.venuekey.SealingKeys
import io.github.venuekey.Secret
import io.github.venuekey.Send
import io.github.venuekey.Tokens
import io.github.venuekey.bybit
import io.github.venuekey.key
import io.github.venuekey.stores.Row
import io.github.venuekey.stores.SQLiteStore
import io.github.venuekey.stores.Store
import io.github.venuekey.stores.StoreError
import io.github.venuekey.stores.Stored
import io.github.venuekey.support.Program
import io.github.venuekey.token
import io.github.venuekey.uid
import io.github.venuekey.whitebit
import java.io.File
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CountDownLatch
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.sqlite.SQLiteDataSource

private const val DAY_MS = 86_400_000L

/** How workers end, and what they leave behind: with a store that hangs, and with one that fails. */
class EndTest {
    @TempDir
    lateinit var folder: File

    private val store: Store by lazy { SQLiteStore(SQLiteDataSource().apply { url = "jdbc:sqlite:$folder/connections.db" }) }
    private val clock = HeldClock()
    private val script = Script(::token, ::uid, ::key)

    @AfterEach
    fun close() = store.close()

    private fun over(store: Store = this.store, keys: SealingKeys = KEYS, send: Send = script.send) =
        Connections(mapOf("bybit" to bybit(), "whitebit" to whitebit()), store, keys, send, clock = clock.read, sleep = clock.sleep)

    private suspend fun calledBack(connections: Connections): String {
        val view = connections.begin("bybit", "user", Goal.API_KEY)
        val state = view.authorizeUrl!!.expose().substringAfter("state=").substringBefore("&")
        return connections.receiveCallback(view.id, "/cb?code=canary-code&state=$state", "user").id
    }

    private suspend fun imported(connections: Connections): String =
        connections.importKey("bybit", ImportedKey(Secret("canary-key"), Secret("canary-secret"), null, "106000001"), "user").id

    /** A refresh of them waits for its turn. */
    private suspend fun withTokens(): String {
        val tokens = Tokens(Secret("access"), Secret("refresh"), clock.nowMs + 300_000)
        return over().importTokens("whitebit", tokens, "user", keepAlive = KeepAlive.ACCESS).id
    }

    @Test
    fun `a program ends on the thread that its worker's caller has`() {
        val program = Program.java("${EndTest::class.java.packageName}.ExitProgramKt", listOf("$folder/rows"))
        program.use { assertEquals(3, it.ended()) }
    }

    // A store that hangs

    /** Whoever asks there waits until the test is over, and finds no store then. */
    private inner class Hanging(private val at: String) : Store by store {
        val asked = CompletableDeferred<Unit>()
        val over = CountDownLatch(1)
        private var isBehind = at == "load"

        private fun <T> hangs(name: String, call: () -> T): T {
            if (name != at) return call()
            asked.complete(Unit)
            over.await()
            throw StoreError(name, "test.Late")
        }

        // Others were before: it looks what the store has.
        override fun save(row: Row): Boolean = if (isBehind) false.also { isBehind = false } else hangs("save") { store.save(row) }

        override fun load(id: String): Stored? = hangs("load") { store.load(id) }

        override fun findAccount(hashes: List<String>, exceptId: String): Boolean = hangs("find") { store.findAccount(hashes, exceptId) }

        override fun delete(id: String, revision: Long): Boolean = hangs("delete") { store.delete(id, revision) }

        override fun bump(name: String, floor: Long, by: Long): Long = hangs("bump") { store.bump(name, floor, by) }

        override fun nextDue(): Long? = hangs("nextDue") { store.nextDue() }
    }

    private suspend fun workAt(call: String) {
        when (call) {
            "load" -> calledBack(over())
            "find" -> over().disconnect(imported(over()), deleteKey = true)
            "bump" -> {
                withTokens()
                clock.nowMs += 290_000
            }
            else -> {
                over().begin("bybit", "user", Goal.API_KEY)
                over().forget("user")
                over().runOnce()
                clock.nowMs += 2 * DAY_MS
            }
        }
    }

    @Test
    fun `a store that hangs where nothing is lost holds up no end`(): Unit = runBlocking {
        for (call in listOf("load", "find", "delete", "bump")) {
            workAt(call)
            val hanging = Hanging(call)
            val connections = over(hanging)
            val working = launch { connections.run() }
            hanging.asked.await()
            connections.stop()
            working.join()
            hanging.over.countDown()
            // For the next one.
            over().find("user").forEach { store.delete(it.id, store.load(it.id)!!.row.revision) }
        }
    }

    @Test
    fun `a store that does not say what is due next holds up no end for long, and no cancellation`(): Unit = runBlocking {
        val hanging = Hanging("nextDue")
        val connections = over(hanging)
        val cancelled = launch { connections.runOnce() }
        hanging.asked.await()
        cancelled.cancelAndJoin()
        val working = launch {
            val error = runCatching { connections.runOnce() }.exceptionOrNull() as StoreError
            assertEquals("nextDue" to "it did not answer before the end", error.operation to error.error)
        }
        while (working.isActive) {
            connections.stop()
            delay(10)
        }
        hanging.over.countDown()
    }

    // A lease that may be stored

    /** Its first so many saves of a lease fail, and the very first is stored all the same. */
    private inner class Doubtful(private val times: Int, private val onFailure: () -> Unit) : Store by store {
        private var failed = 0

        override fun save(row: Row): Boolean {
            if (failed == times || row.leaseHolder == null) return store.save(row)
            if (failed++ == 0) check(store.save(row))
            onFailure()
            throw StoreError("save", "test.Lost")
        }
    }

    @Test
    fun `a lease that may be stored is given back at the end, and the code is not lost`(): Unit = runBlocking {
        val id = calledBack(over())
        lateinit var ending: Connections
        ending = over(Doubtful(1) { ending.stop() })
        ending.runOnce()
        assertNull(store.load(id)!!.row.leaseHolder)
        assertEquals(emptyList<String>(), script.sent)
        over().runOnce()
        assertEquals(ConnectionStatus.CONNECTED, over().status(id).status)
    }

    @Test
    fun `nobody leaves a lease that may be stored before its end`(): Unit = runBlocking {
        val id = over().importTokens("bybit", Tokens(Secret("access"), Secret("refresh"), clock.nowMs + 1_000), "user").id
        clock.nowMs += 2_000
        val refresh = Script(::token)
        assertEquals("canary-access", over(Doubtful(3) {}, send = refresh.send).account(id).tokens().tokens.accessToken.expose())
        assertEquals(1, refresh.sent.size)

        clock.nowMs += 10 * DAY_MS
        val left = over(Doubtful(Int.MAX_VALUE) { clock.nowMs += DAY_MS }, send = refresh.send)
        assertThrows(StoreError::class.java) { runBlocking { left.account(id).tokens() } }
    }

    @Test
    fun `a request that has not had its turn at the end gives its lease back, though the store fails once more`(): Unit = runBlocking {
        val ids = List(2) { withTokens() }
        clock.nowMs += 290_000
        val failed = ConcurrentHashMap.newKeySet<String>()
        val failing = object : Store by store {
            override fun save(row: Row): Boolean {
                if (row.leaseHolder == null && failed.add(row.id)) throw StoreError("save", "test.Away")
                return store.save(row)
            }
        }
        lateinit var ending: Connections
        val refresh = Script(::token)
        // Another refresh at the venue goes first.
        val first = CompletableDeferred<Unit>()
        val send: Send = { refresh.answer(it).also { first.complete(Unit) } }
        val waits: suspend (Long) -> Unit = { first.await().let { ending.stop() }.let { awaitCancellation() } }
        ending = Connections(mapOf("whitebit" to whitebit()), failing, KEYS, send, clock = clock.read, sleep = waits)
        ending.runOnce()
        assertEquals(1, refresh.sent.size)
        for (id in ids) assertNull(store.load(id)!!.row.leaseHolder)
    }

    // When to come back

    @Test
    fun `nobody comes back at once for what is left alone or has failed`(): Unit = runBlocking {
        val others = SealingKeys(listOf(SealingKey("other", ByteArray(32) { 9 })))
        val theirs = over(keys = others).begin("bybit", "user", Goal.API_KEY).id
        over(keys = others).disconnect(theirs)
        assertEquals(clock.nowMs + 60_000, over().runOnce())

        over().disconnect(imported(over()), deleteKey = true)
        val failing = object : Store by store {
            override fun findAccount(hashes: List<String>, exceptId: String) = throw misuse("wrong_state", "a store that is in the wrong")
        }
        assertEquals(clock.nowMs + 1_000, over(failing).runOnce())
        // With its time over it has not seen all.
        assertTrue(over().runOnce(deadlineMs = 0)!! <= clock.nowMs)
    }
}
