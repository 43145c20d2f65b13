package io.github.venuekey

import java.util.concurrent.atomic.AtomicReference
import kotlin.concurrent.thread
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** A deploy, a closed screen, a client that has gone: wherever it comes, nothing is lost and nothing is sent twice. */
class CancellationTest {
    private val clock = HeldClock()

    /** A flow whose functions pass numbered points, each before and after its effect; at one of them something happens. */
    private inner class Course(private val at: Int, private val happens: suspend () -> Unit) {
        val flow = Connecting()
        val sent = mutableListOf<String>()
        var passed = 0
        private var wasDown = false

        private suspend fun point() {
            if (passed++ == at) happens()
        }

        val send: Send = { request ->
            point()
            sent += request.purpose
            when (request.purpose) {
                "exchange_code" -> token()
                "fetch_api_key" -> key()
                else -> if (wasDown) uid() else json(emptyMap<String, Any>(), 503).also { wasDown = true }
            }.also { point() }
        }
        val save: Save = { snapshot ->
            point()
            flow.store.save(snapshot).also { point() }
        }
        val sleep: suspend (Long) -> Unit = { ms ->
            point()
            clock.sleep(ms)
            point()
        }

        /** As another process would after that, to the end. */
        fun goesOn() {
            val done = driveBlocking(flow.restored().resume(clock.nowMs), send, save, sleep = sleep, clock = clock.read)
            assertEquals("canary-secret", (done.outcome as Outcome.ApiKey).key.apiSecret.expose(), "at $at")
            assertEquals(listOf(1, 1), listOf("exchange_code", "fetch_api_key").map { once -> sent.count { it == once } }, "at $at: $sent")
        }
    }

    /** Interrupts [caller] from the thread that works for it, and goes on once the caller has done about it what it does. */
    private fun interrupt(caller: Thread) {
        caller.interrupt()
        // It has taken note once its flag is down, and has acted once it waits again.
        while (caller.isInterrupted || caller.state != Thread.State.WAITING) Thread.onSpinWait()
        // What blocks is woken, unless it is shielded.
        if (Thread.interrupted()) throw InterruptedException()
    }

    private val points = Course(-1) {}.run {
        driveBlocking(flow.step(), send, save, sleep = sleep, clock = clock.read)
        passed
    }

    @Test
    fun `of a coroutine, at every point`() {
        assertTrue(points > 20, "$points")
        for (at in 0 until points) {
            lateinit var driving: Job
            val course = Course(at) {
                driving.cancel()
                // Where a cancellation comes through, it does here.
                yield()
            }
            var end: Throwable? = null
            runBlocking {
                driving = launch(start = CoroutineStart.LAZY) {
                    end = runCatching { drive(course.flow.step(), course.send, course.save, sleep = course.sleep, clock = clock.read) }
                        .exceptionOrNull()
                }
                driving.join()
            }
            // The last save may have been the end.
            assertTrue(end is CancellationException || end == null && at >= points - 2, "at $at: $end")
            course.goesOn()
        }
    }

    @Test
    fun `of a blocked thread, at every point`() {
        for (at in 0 until points) {
            lateinit var caller: Thread
            val course = Course(at) { interrupt(caller) }
            val end = AtomicReference<Throwable>()
            caller = thread(start = false) {
                runCatching { driveBlocking(course.flow.step(), course.send, course.save, sleep = course.sleep, clock = clock.read) }
                    .onFailure(end::set)
            }
            caller.start()
            caller.join()
            assertTrue(end.get() is InterruptedException || end.get() == null && at >= points - 2, "at $at: ${end.get()}")
            course.goesOn()
        }
    }

    @Test
    fun `of a thread that refreshes tokens, at every point`() {
        for (at in 0..7) {
            val client = whitebit()
            val store = MemoryStore()
            val tokens = Tokens(Secret("canary-access"), Secret("canary-refresh"), NOW + 300_000)
            val id = client.shareTokens(tokens, nowMs = NOW).let { store.save(it.snapshot()); it.tokensId }
            lateinit var caller: Thread
            var passed = 0
            fun point() {
                if (passed++ == at) interrupt(caller)
            }
            val pair = mapOf("access_token" to "next-access", "refresh_token" to "next-refresh", "expires_in" to 300)
            val failure = AtomicReference<Throwable>()
            caller = thread(start = false) {
                runCatching {
                    freshTokensBlocking(
                        client,
                        load = { point(); store.load(id).also { point() } },
                        save = { point(); store.save(it).also { point() } },
                        send = { point(); json(mapOf("data" to pair)).also { point() } },
                        clock = { NOW + 250_000 },
                    )
                }.onFailure(failure::set)
            }
            caller.start()
            caller.join()
            assertTrue(failure.get() is InterruptedException, "at $at: ${failure.get()}")
            // At the first two nothing has begun.
            val kept = client.restoreTokens(store.load(id)!!).tokens.accessToken.expose()
            assertEquals(if (at < 2) "canary-access" else "next-access", kept, "at $at")
        }
    }

    private val signer = Signer(SignerOptions(Venue.WHITEBIT, VenueEnvironment.GLOBAL), Secret("key"), Secret("secret"))

    @Test
    fun `of a call, its reply is waited for and given, and before it nothing is sent`(): Unit = runBlocking {
        var reply: SignedReply? = null
        lateinit var calling: Job
        calling = launch(start = CoroutineStart.LAZY) {
            reply = call(signer, HttpMethod.POST, "/api/v4/order/new", send = { calling.cancel(); yield(); json(mapOf("orderId" to 7)) })
        }
        calling.join()
        assertEquals("""{"orderId":7}""", reply?.payload)

        var sent = 0
        launch(start = CoroutineStart.UNDISPATCHED) {
            cancel()
            call(signer, HttpMethod.POST, "/api/v4/order/new", send = { sent++; json(emptyMap<String, Any>()) })
        }.join()
        assertEquals(0, sent)
    }

    @Test
    fun `of a thread that calls, its reply is waited for and given`() {
        lateinit var caller: Thread
        val end = AtomicReference<Result<SignedReply>>()
        val isInterrupted = AtomicReference<Boolean>()
        caller = thread(start = false) {
            end.set(runCatching {
                callBlocking(signer, HttpMethod.POST, "/api/v4/order/new", send = { interrupt(caller); json(mapOf("orderId" to 7)) })
            })
            isInterrupted.set(Thread.currentThread().isInterrupted)
        }
        caller.start()
        caller.join()
        assertEquals("""{"orderId":7}""", end.get().getOrThrow().payload)
        assertEquals(true, isInterrupted.get())
    }

    @Test
    fun `an interrupt that comes too late stays on the thread, beside the outcome`() {
        val flow = Connecting()
        val isInterrupted = AtomicReference<Boolean>()
        val failure = AtomicReference<Throwable>()
        lateinit var caller: Thread
        caller = thread(start = false) {
            val send = Script(::token, ::uid, ::key).send
            runCatching {
                driveBlocking(flow.step(), send, flow.store::save, clock = clock.read, onStep = {
                    if (it is Step.Done) {
                        caller.interrupt()
                        while (caller.isInterrupted) Thread.onSpinWait()
                    }
                })
            }.onFailure(failure::set)
            isInterrupted.set(Thread.currentThread().isInterrupted)
        }
        caller.start()
        caller.join()
        assertNull(failure.get())
        assertEquals(true, isInterrupted.get())
    }
}
