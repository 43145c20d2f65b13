package io.github.venuekey.connections

import io.github.venuekey.CommonTransaction
import io.github.venuekey.ConnectionStatus
import io.github.venuekey.Goal
import io.github.venuekey.TransactionKind
import io.github.venuekey.VenuekeyException
import io.github.venuekey.at
import io.github.venuekey.support.ROOT
import io.github.venuekey.support.Sandbox
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.PrintStream
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

/** The lines of docs/account.md, to the letter but for what they stand in. */
suspend fun shownInCoroutine(connections: Connections, id: String) {
    val account = connections.account(id)
    for (balance in account.balances()) {
        println("${balance.account} ${balance.currency} ${balance.total}")
    }
    val year = account.transactions()
    for (entry in year) {
        println("${entry.at} ${entry.kind} ${entry.amount} ${entry.currency} ${entry.state}")
    }
    year.reachesFromMs?.let { println("The venue tells nothing from before $it") }
}

fun shownInThread(connections: ConnectionsBlocking, id: String) {
    val account = connections.account(id)
    for (balance in account.balances()) {
        println("${balance.account} ${balance.currency} ${balance.total}")
    }
    val year = account.transactions()
    for (entry in year) {
        println("${entry.at} ${entry.kind} ${entry.amount} ${entry.currency} ${entry.state}")
    }
    year.reachesFromMs?.let { println("The venue tells nothing from before $it") }
}

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

    private fun Place.connected(venue: String): String = blocking.working().use {
        val view = settled(calledBack(blocking.begin(venue, "user", Goal.API_KEY)))
        assertEquals(ConnectionStatus.CONNECTED, view.status, view.toString())
        view.id
    }

    private fun printed(call: () -> Unit): String {
        val (out, bytes) = System.out to ByteArrayOutputStream()
        System.setOut(PrintStream(bytes, true))
        try {
            call()
        } finally {
            System.setOut(out)
        }
        return bytes.toString()
    }

    @Test
    fun `the lines of the page run for both exchanges, in a coroutine and in a thread`() = Place(folder, SANDBOX, heldMs = SANDBOX.holdClock()).use { place ->
        val source = ROOT.resolve("bindings-swift-kotlin/kotlin/venuekey-server/src/test/kotlin/io/github/venuekey/connections/CommonReadsTest.kt").readText()
        for (page in listOf("account.md", "connections-kotlin.md")) {
            val shown = ROOT.resolve("docs/$page").readText().substringAfter("```kotlin\nval account = connections.account(id)\n").substringBefore("```")
            assertEquals(2, source.split(shown.trimEnd().prependIndent("    ")).size - 1, page)
        }
        for (venue in listOf("whitebit", "bybit")) {
            val id = place.connected(venue)
            val lines = printed { runBlocking { shownInCoroutine(place.connections, id) } }
            assertEquals(lines, printed { shownInThread(place.blocking, id) })
            assertTrue("DEPOSIT" in lines && lines.lines().size > 40, lines)
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
