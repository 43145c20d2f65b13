package io.github.venuekey

import io.github.venuekey.senders.Departure
import io.github.venuekey.senders.inTime
import io.github.venuekey.senders.javaHttpSender
import io.github.venuekey.senders.okHttpSender
import java.io.ByteArrayOutputStream
import java.io.EOFException
import java.io.File
import java.io.IOException
import java.io.UncheckedIOException
import java.lang.management.ManagementFactory
import java.net.Socket
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionException
import java.util.concurrent.TimeUnit
import java.util.stream.Stream
import java.util.zip.GZIPOutputStream
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import okhttp3.OkHttpClient
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.Arguments
import org.junit.jupiter.params.provider.Arguments.arguments
import org.junit.jupiter.params.provider.MethodSource

/** What a sender may take of the machine, and how long, whatever the server does. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SenderLimitsTest {
    private val server = Loopback()
    private val signer = Signer(SignerOptions(Venue.WHITEBIT, VenueEnvironment.GLOBAL, apiBase = server.url), Secret("key"), Secret("secret"))

    @AfterEach
    fun close() = server.close()

    private fun safe() = signer.askTime()
    private fun once() = signer.sign(HttpMethod.POST, "/api/v4/order/new", """{"amount":"1"}""")

    /** Each JDK that is supported runs this: see the pom. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `ten thousand calls leave nothing behind`(name: String, send: Send): Unit = runBlocking {
        server.isNoting = false
        val requests = List(20) { if (it % 10 == 0) safe() else once() }
        // Several at a time, as on a server; that many threads come and go.
        suspend fun calls(count: Int) = coroutineScope {
            repeat(PARALLEL) { launch(Dispatchers.IO) { repeat(count / PARALLEL) { send(requests[it % requests.size]).close() } } }
        }
        calls(200)
        val (threads, descriptors) = inUse()
        repeat(10) {
            calls(1_000)
            // What has ended goes in its own time.
            var now = inUse()
            for (looks in 0..<1_000) {
                if (now.first < threads + 3 * PARALLEL && now.second < descriptors + 50) break
                delay(20)
                now = inUse()
            }
            assertTrue(now.first < threads + 3 * PARALLEL, "$threads threads have become ${now.first}")
            assertTrue(now.second < descriptors + 50, "$descriptors descriptors have become ${now.second}")
        }
    }

    private fun inUse(): Pair<Int, Int> = ManagementFactory.getThreadMXBean().threadCount to File("/proc/self/fd").list()!!.size

    @ParameterizedTest(name = "{0}")
    @MethodSource("hurried")
    fun `a reply that comes by drops ends in time, its headers and its body`(name: String, hurried: (Long) -> Send) {
        for (head in listOf("HTTP/1.1 200 OK\r\nx-drops: ", "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")) {
            server.answer = { socket ->
                socket.write(head)
                while (true) {
                    socket.write("x")
                    Thread.sleep(10)
                }
                @Suppress("UNREACHABLE_CODE")
                true
            }
            for (request in listOf(safe(), once())) {
                // What a slow machine could not even send in its time is another thing.
                val late = generateSequence(500L) { 2 * it }.take(8)
                    .map { ms -> assertThrows(NoResponse::class.java) { runBlocking { hurried(ms)(request) } } }
                    .firstOrNull { !it.notSent }
                assertEquals("timeout", late?.message)
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `a compressed reply is not asked for, and not inflated`(name: String, send: Send): Unit = runBlocking {
        val bomb = gzip(gzip(ByteArray(64 shl 20)))
        for (request in listOf(safe(), once())) {
            server.answer = { socket ->
                socket.write("HTTP/1.1 200 OK\r\ncontent-encoding: gzip, gzip\r\ncontent-length: ${bomb.size}\r\n\r\n")
                socket.getOutputStream().write(bomb)
                true
            }
            assertArrayEquals(bomb, send(request).body)
            assertEquals("identity", server.seen.last().headers["accept-encoding"])
        }
    }

    private fun gzip(bytes: ByteArray): ByteArray = ByteArrayOutputStream().also { out -> GZIPOutputStream(out).use { it.write(bytes) } }.toByteArray()

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `a header of any bytes costs no reply`(name: String, send: Send): Unit = runBlocking {
        server.answer = { socket ->
            socket.getOutputStream().write("HTTP/1.1 200 OK\r\nx-name: \u00ff\u00fe\u0085\r\ncontent-length: 2\r\n\r\n{}".toByteArray(Charsets.ISO_8859_1))
            true
        }
        for (request in listOf(safe(), once())) assertEquals("{}", String(send(request).body))
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `bodies in every framing that HTTP has`(name: String, send: Send): Unit = runBlocking {
        val replies = mapOf(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\n{\"\r\n3\r\na\":\r\n2\r\n1}\r\n0\r\n\r\n" to """{"a":1}""",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + "1\r\nx\r\n".repeat(100_000) + "0\r\nx-sum: 1\r\n\r\n" to "x".repeat(100_000),
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}" to "{}",
            "HTTP/1.1 200 OK\r\n\r\nto the end" to "to the end",
            "HTTP/1.0 200 OK\r\nconnection: close\r\n\r\n{}" to "{}",
            "HTTP/1.1 204 No Content\r\n\r\n" to "",
            "HTTP/1.1 500 \r\ncontent-length: 0\r\n\r\n" to "",
        )
        for ((reply, body) in replies) {
            server.answer = { it.write(reply); false }
            for (request in listOf(safe(), once())) assertEquals(body, String(send(request).body), reply.take(60))
        }
    }

    @Test
    fun `what the network does is no response, and what is wrong with the code is not`() {
        fun both(failure: Throwable) = listOf<() -> CompletableFuture<VenueResponse>>({ throw failure }, { CompletableFuture.failedFuture(failure) })
        for (failure in listOf(UncheckedIOException(IOException("canary")), CompletionException(IOException("canary")), EOFException("canary"))) {
            for (begin in both(failure)) {
                val lost = assertThrows(NoResponse::class.java) { runBlocking { inTime(1_000, null, begin) {} } }
                assertEquals("connection_lost", lost.message)
                assertTrue(lost.cause == null && !lost.notSent)
            }
        }
        for (bug in listOf(AssertionError("a bug"), IllegalStateException("a bug"), CompletionException(NullPointerException("a bug")))) {
            for (begin in both(bug)) {
                val thrown = assertThrows(Throwable::class.java) { runBlocking { inTime(1_000, Departure(), begin) {} } }
                assertTrue(thrown !is NoResponse && thrown.message == "a bug", "$thrown")
            }
        }
    }

    @Test
    fun `what has not left when its time is over never leaves`() {
        val departure = Departure()
        val late = assertThrows(NoResponse::class.java) { runBlocking { inTime(1, departure, { CompletableFuture() }) {} } }
        assertTrue(late.notSent)
        assertEquals("timeout, not sent", late.message)
        assertThrows(IOException::class.java) { departure.leave() }
        val left = Departure().apply { leave() }
        assertFalse(assertThrows(NoResponse::class.java) { runBlocking { inTime(1, left, { CompletableFuture() }) {} } }.notSent)
    }

    @Test
    fun `a whole reply is never thrown away, however late`(): Unit = runBlocking {
        val late = { CompletableFuture.completedFuture(json("late")).also { Thread.sleep(50) } }
        assertEquals("\"late\"", String(inTime(1, null, late) {}.body))
    }

    private fun Socket.write(text: String) = getOutputStream().write(text.toByteArray())

    companion object {
        private const val PARALLEL = 8

        @JvmStatic
        fun senders(): Stream<Arguments> =
            Stream.of(arguments("OkHttp", okHttpSender()), arguments("java.net.http", javaHttpSender()))

        /** With another time than half a minute. */
        @JvmStatic
        fun hurried(): Stream<Arguments> = Stream.of(
            arguments("OkHttp", { ms: Long -> okHttpSender(OkHttpClient()) { ms } }),
            arguments("java.net.http", { ms: Long -> javaHttpSender(null) { ms } }),
        )
    }
}
