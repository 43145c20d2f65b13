package io.github.venuekey.connections

import io.github.venuekey.AccountTransaction
import io.github.venuekey.ConnectionStatus
import io.github.venuekey.Deal
import io.github.venuekey.EventKind
import io.github.venuekey.Goal
import io.github.venuekey.HttpMethod
import io.github.venuekey.Venue
import io.github.venuekey.VenuekeyException
import io.github.venuekey.senders.javaHttpSender
import io.github.venuekey.support.Sandbox
import java.io.File
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Whole connections against the sandbox; what becomes of killed workers, tests/journeys has. */
class WholeTest {
    @TempDir
    lateinit var folder: File

    @BeforeEach
    fun reset() = SANDBOX.reset()

    @AfterEach
    fun `nothing was sent that no documentation covers`() = assertEquals(emptyList<String>(), SANDBOX.violations())

    private fun Place.connected(venue: String, goal: Goal = Goal.API_KEY): ConnectionView {
        val view = settled(calledBack(blocking.begin(venue, "user", goal)))
        assertEquals(ConnectionStatus.CONNECTED, view.status, view.toString())
        return view
    }

    @Test
    fun `from the click to forget, at both exchanges`() = Place(folder, SANDBOX).use { place ->
        place.blocking.working().use {
            val (whitebit, bybit) = place.connected("whitebit") to place.connected("bybit")
            val balance = place.blocking.account("user", Venue.WHITEBIT).call(HttpMethod.POST, "/api/v4/trade-account/balance")
            assertTrue(balance.payload.startsWith("{"))
            val account = place.blocking.account(bybit.id, "user")
            assertTrue(account.call(HttpMethod.GET, "/v5/user/query-api").payload.startsWith("{"))
            assertEquals("not_supported", assertThrows(VenuekeyException.Misuse::class.java) { account.tokens() }.code)
            assertThrows(ConnectionNotFound::class.java) { place.blocking.account(bybit.id, "somebody") }

            place.blocking.disconnect(whitebit.id, "user", deleteKey = true)
            while (place.blocking.status(whitebit.id).status != ConnectionStatus.ENDED) Thread.sleep(10)
            assertNull(place.blocking.status(whitebit.id).keyLeft)
            assertEquals(1, SANDBOX.requests("delete").size)
            place.blocking.forget("user")
            while (place.blocking.status(bybit.id).status != ConnectionStatus.ENDED) Thread.sleep(10)
            assertThrows(ConnectionNotFound::class.java) { place.blocking.account("user", null) }
            // The end waits for no event: the next worker would tell of it.
            while (place.events.count { it.kind == EventKind.ENDED } < 2) Thread.sleep(10)
        }
        val told = place.events.groupBy({ it.client }) { it.kind }
        assertEquals(listOf(EventKind.CONNECTED, EventKind.ENDED), told["whitebit"])
        assertEquals(listOf(EventKind.CONNECTED, EventKind.ENDED), told["bybit"])
        assertEquals(4, place.events.map { it.connectionId to it.number }.toSet().size)
    }

    @Test
    fun `tokens are refreshed for whoever asks, and an account is read with them`() = runBlocking {
        SANDBOX.knobs("whitebit", "history_rows" to 230)
        Place(folder, SANDBOX).use { place ->
            val view = place.blocking.working().use { place.connected("whitebit", Goal.ACCOUNT_TOKENS) }
            val account = place.connections.account(view.id)
            val first = account.tokens()
            val others = account.tokenRefused(first.generation)
            assertEquals(first.generation + 1, others.generation)
            assertEquals(others.generation, account.tokenRefused(first.generation).generation, "they were replaced meanwhile")
            assertEquals(1, SANDBOX.requests("refresh").size)
            val read = Place.clients(SANDBOX).getValue("whitebit").readTransactions()
            val records = account.records<AccountTransaction>(read).toList()
            assertEquals(230, records.map { it.transactionId }.toSet().size)
            val blocking = place.blocking.account(view.id)
            assertEquals(records.first().transactionId, blocking.records<AccountTransaction>(read).first().transactionId)
            assertThrows(IllegalArgumentException::class.java) { blocking.records<Deal>(read) }
            assertEquals("not_supported", assertThrows(VenuekeyException.Misuse::class.java) { blocking.call(HttpMethod.POST, "/api/v4/x") }.code)
        }
    }

    @Test
    fun `two workers on one store do each thing once`() = Place(folder, SANDBOX).use { place ->
        Place(folder, SANDBOX).use { other ->
            place.blocking.working().use {
                other.blocking.working().use {
                    val views = List(6) { number -> place.calledBack(place.blocking.begin("bybit", "user-$number", Goal.API_KEY)) }
                    for (view in views) assertEquals(ConnectionStatus.CONNECTED, place.settled(view).status)
                    // The end waits for no event: the next worker would tell of it.
                    while (place.events.size + other.events.size < 6) Thread.sleep(10)
                }
            }
            assertEquals(6, SANDBOX.requests("token").size)
            // Both may tell of one: at least once is what is promised.
            val told = (place.events + other.events).map { it.connectionId to it.number }
            assertEquals(6, told.toSet().size)
        }
    }

    @Test
    fun `a call that is cancelled in a refresh stores what that brings`() = runBlocking {
        Place(folder, SANDBOX).use { place ->
            val view = place.blocking.working().use { place.connected("whitebit", Goal.ACCOUNT_TOKENS) }
            val (asking, mayGo) = CompletableDeferred<Unit>() to CompletableDeferred<Unit>()
            val send = javaHttpSender()
            Place(folder, SANDBOX, { request -> asking.complete(Unit).let { mayGo.await() }.let { send(request) } }).use { other ->
                val call = launch(Dispatchers.Default) { other.connections.account(view.id).tokenRefused(1) }
                asking.await()
                call.cancel()
                mayGo.complete(Unit)
                call.join()
                assertTrue(call.isCancelled)
            }
            assertEquals(2, place.blocking.account(view.id).tokens().generation)
            assertEquals(1, SANDBOX.requests("refresh").size)
        }
    }

    @Test
    fun `an interrupt ends a worker, and so does stop`() = Place(folder, SANDBOX).use { place ->
        val interrupted = AtomicInteger()
        val worker = thread {
            try {
                place.blocking.run("mine")
            } catch (_: InterruptedException) {
                interrupted.incrementAndGet()
            }
        }
        while (place.store.lastSeen() == null) Thread.sleep(5)
        worker.interrupt()
        worker.join()
        assertEquals(1, interrupted.get())
        val stopped = thread { place.blocking.run() }
        while (stopped.isAlive) {
            place.blocking.stop()
            Thread.sleep(5)
        }
        assertFalse(stopped.isAlive)
    }

    companion object {
        private val SANDBOX = Sandbox("--whitebit-key-delay-ms=0")

        @JvmStatic
        @AfterAll
        fun stop() = SANDBOX.close()
    }
}
