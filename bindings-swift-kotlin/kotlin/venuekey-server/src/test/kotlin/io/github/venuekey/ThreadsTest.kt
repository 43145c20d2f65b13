package io.github.venuekey

import java.util.concurrent.Callable
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.Executors
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** 16 threads over shared objects. */
class ThreadsTest {
    private fun <T> atOnce(work: (Int) -> T): List<T> {
        val pool = Executors.newFixedThreadPool(THREADS)
        try {
            val start = CyclicBarrier(THREADS)
            return pool.invokeAll(List(THREADS) { number -> Callable { start.await(); work(number) } }).map { it.get() }
        } finally {
            pool.shutdown()
        }
    }

    @Test
    fun `a client and a flow give every thread the same`() {
        val flow = Connecting()
        val pending = flow.restored()
        val text = pending.snapshot().expose()
        val seen = atOnce {
            List(50) {
                val step = pending.receiveCallback(flow.callback, NOW) as Step.Save
                assertEquals(text, flow.client.restore(text).snapshot().expose())
                step.next.snapshot().use { it.expose() }
            }
        }
        assertEquals(1, seen.flatten().toSet().size)
    }

    @Test
    fun `one of many drives, the others lose`() {
        repeat(10) {
            val flow = Connecting()
            val script = Script(::token, ::uid, ::key)
            val steps = List(THREADS) { flow.step() }
            val ends = atOnce { number ->
                runCatching { driveBlocking(steps[number], script.send, flow.store::save, clock = { NOW }) }
                    .fold({ "done" }, { (it as VenuekeyException).code })
            }
            assertEquals(mapOf("done" to 1, "superseded" to THREADS - 1), ends.groupingBy { it }.eachCount())
            assertEquals(3, script.sent.size)
        }
    }

    @Test
    fun `a flow that is closed while others use it fails there with a clear exception, and nowhere else`() {
        repeat(20) {
            val pending = Connecting().restored()
            val ends = atOnce { number ->
                runCatching { if (number == 0) pending.close() else repeat(20) { pending.snapshot().use { it.revision } } }.exceptionOrNull()
            }
            assertTrue(ends.all { it == null || it is ClosedObject }, "$ends")
        }
    }

    @Test
    fun `a block of nonces gives each number once`() {
        val nonces = Nonces.reserve(0, 1_600, NOW, true)
        val taken = atOnce { List(100) { nonces.take(NOW) } }.flatten()
        assertEquals(1_600, taken.filterNotNull().toSet().size)
        assertEquals(null, nonces.take(NOW))
    }

    @Test
    fun `a budget is a value, and a reservation of one thread is none of another's`() {
        val budget = RateBudget()
        val request = Signer(SignerOptions(Venue.WHITEBIT, VenueEnvironment.GLOBAL), Secret("k"), Secret("s")).askTime()
        val starts = atOnce { List(20) { budget.reserve(request, NOW).let { it.startAtMs to it.budget.toText() } } }
        assertEquals(1, starts.flatten().toSet().size)
    }

    @Test
    fun `tokens that are due are refreshed by one thread`() {
        val client = whitebit()
        val store = MemoryStore()
        val shared = client.shareTokens(Tokens(Secret("a"), Secret("r"), NOW + 300_000), nowMs = NOW)
        store.save(shared.snapshot())
        val script = Script({ json(mapOf("data" to mapOf("access_token" to "b", "refresh_token" to "s", "expires_in" to 300))) })
        val got = atOnce {
            freshTokensBlocking(
                client, { store.load(shared.tokensId) }, store::save, script.send,
                clock = { NOW + 250_000 }, sleep = { Thread.sleep(1) },
            ).generation
        }
        assertEquals(setOf(2L), got.toSet())
        assertEquals(1, script.sent.size)
    }

    private companion object {
        const val THREADS = 16
    }
}
