package io.github.venuekey.connections

import io.github.venuekey.CommonTransaction
import io.github.venuekey.ConnectionStatus
import io.github.venuekey.Goal
import io.github.venuekey.TransactionKind
import io.github.venuekey.VenuekeyException
import io.github.venuekey.at
import io.github.venuekey.relay.shown
import io.github.venuekey.support.Sandbox
import java.io.File
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Balances and histories of whatever is connected. */
class CommonReadsTest {
    @TempDir
    lateinit var folder: File

    @BeforeEach
    fun reset() {
        SANDBOX.reset()
        SANDBOX.knobs("whitebit", "history_rows" to 150)
        SANDBOX.knobs("bybit", "history_rows" to 40)
    }

    private fun Place.connected(venue: String, goal: Goal = Goal.API_KEY): String = blocking.working().use {
        val view = settled(calledBack(blocking.begin(venue, "user", goal)))
        assertEquals(ConnectionStatus.CONNECTED, view.status, view.toString())
        view.id
    }

    @Test
    fun `the lines of the page run for both exchanges, in a coroutine and in a thread`() = Place(folder, SANDBOX, heldMs = SANDBOX.holdClock()).use { place ->
        for ((venue, goal) in listOf("whitebit" to Goal.API_KEY, "whitebit" to Goal.ACCOUNT_TOKENS, "bybit" to Goal.API_KEY)) {
            val id = place.connected(venue, goal)
            val (lines, inThread) = mutableListOf<String>() to mutableListOf<String>()
            runBlocking { shown(place.connections, id, lines::add) }
            shown(place.blocking, id, inThread::add)
            assertEquals(lines, inThread)
            assertTrue(lines.size > 40 && lines.any { " deposit " in it }, "$goal: $lines")
        }
    }

    @Test
    fun `a history goes on from its cursor, and each record comes once`(): Unit = Place(folder, SANDBOX, heldMs = SANDBOX.holdClock()).use { place ->
        val account = place.blocking.account(place.connected("whitebit"))
        val told = mutableListOf<Progress>()
        val whole = account.transactions().toList()
        assertEquals(150, whole.map { it.id }.toSet().size)
        val history = account.transactions(progress = { told += it })
        val first = mutableListOf<CommonTransaction>()
        for (record in history) {
            if (told.isNotEmpty()) history.close() else first += record
        }
        assertEquals(first.size.toLong(), told.single().records)
        val rest = account.transactions(cursor = told.single().cursor).toList()
        assertEquals(whole.map { it.id }, (first + rest).map { it.id })
        assertNull(account.transactions().apply { toList() }.cursor)
        val hint = assertThrows(VenuekeyException.Misuse::class.java) { account.transactions(kind = TransactionKind.DEPOSIT, cursor = told.single().cursor) }
        assertTrue("leave out" in hint.details.hint!!)
        assertThrows(VenuekeyException.Misuse::class.java) { account.orders(cursor = told.single().cursor) }
        assertThrows(VenuekeyException.Misuse::class.java) { account.transactions(kind = TransactionKind.TRANSFER) }.let { }
        val other = place.blocking.account(place.connected("whitebit", Goal.ACCOUNT_TOKENS))
        val mismatch = assertThrows(VenuekeyException.Misuse::class.java) { other.transactions(cursor = told.single().cursor) }
        assertEquals("snapshot_mismatch", mismatch.code)
        for ((wrong, part) in listOf(1_790_000_000L to "fromMs must be Unix milliseconds", -1L to "fromMs must not be negative")) {
            val refused = assertThrows(VenuekeyException.Misuse::class.java) { account.orders(fromMs = wrong) }
            assertTrue(part in refused.details.hint!!, refused.details.hint)
        }
    }

    @Test
    fun `of a history that is shared, each record goes to one coroutine`() = Place(folder, SANDBOX, heldMs = SANDBOX.holdClock()).use { place ->
        SANDBOX.knobs("whitebit", "history_rows" to 1200)
        val account = place.blocking.account(place.connected("whitebit")).account
        val all = runBlocking { account.transactions().asFlow().toList() }.map { it.id }
        val history = account.transactions()
        val taken = runBlocking {
            List(8) { async(Dispatchers.Default) { history.asFlow().toList() } }.awaitAll().flatten().map { it.id }
        }
        assertEquals(all.size to all.toSet(), taken.size to taken.toSet())
        assertNull(history.cursor)
    }

    @Test
    fun `what lies before the venue's reach is told, and a page that fails is asked for again`() = Place(folder, SANDBOX, heldMs = SANDBOX.holdClock()).use { place ->
        val account = place.blocking.account(place.connected("whitebit"))
        assertNotNull(account.orders().reachesFromMs)
        val orders = runBlocking { account.account.orders().asFlow().toList() }
        assertTrue(orders.isNotEmpty())
        val history = account.orders(patienceMs = 0)
        SANDBOX.fault("orders", "server_error")
        var failed = 0
        val found = mutableListOf<String>()
        val records = history.iterator()
        while (true) {
            try {
                if (!records.hasNext()) break
                found += records.next().id
            } catch (_: VenuekeyException.Unavailable) {
                failed++
            }
        }
        assertEquals(orders.map { it.id }, found)
        assertTrue(failed <= 1)
    }

    companion object {
        private val SANDBOX = Sandbox("--whitebit-key-delay-ms=0")

        @JvmStatic
        @AfterAll
        fun stop() = SANDBOX.close()
    }
}
