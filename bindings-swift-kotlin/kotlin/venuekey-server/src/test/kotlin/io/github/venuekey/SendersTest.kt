package io.github.venuekey

import io.github.venuekey.senders.javaHttpSender
import io.github.venuekey.senders.okHttpSender
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.Socket
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.stream.Stream
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import okhttp3.OkHttpClient
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.Arguments
import org.junit.jupiter.params.provider.Arguments.arguments
import org.junit.jupiter.params.provider.MethodSource

/** Core's contract for hosts, on a server that tells what it saw. */
class SendersTest {
    private val server = Loopback()
    private val signer = signerAt(server.url)

    @AfterEach
    fun close() = server.close()

    private fun signerAt(url: String) =
        Signer(SignerOptions(Venue.WHITEBIT, VenueEnvironment.GLOBAL, apiBase = url), Secret("key"), Secret("secret"))

    private fun safe() = signer.askTime()
    private fun never(signer: Signer = this.signer) = signer.sign(HttpMethod.POST, "/api/v4/order/new", """{"amount":"1"}""")

    /** Bybit's key is had by a GET that must not be repeated. */
    private fun neverGet(): VenueRequest {
        val config = ClientConfig(Venue.BYBIT, VenueEnvironment.MAINNET, "app-1", "https://partner.example/cb", apiBase = server.url)
        val client = Client.confidential(config, Secret("canary-client-secret"))
        val flow = Connecting(client)
        val script = Script(::token, ::uid)
        var last: VenueRequest? = null
        runCatching {
            driveBlocking(flow.step(), { last = it; script.answer(it) }, flow.store::save, clock = { NOW })
        }
        return last!!
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `what may not be sent twice has a connection of its own, whatever the pool holds`(name: String, send: Send): Unit = runBlocking {
        assertEquals(listOf(Replay.SAFE, Replay.NEVER), listOf(safe().replay, never().replay))
        // The pool takes a connection back a moment after its reply.
        while (server.seen.distinctBy { it.port }.size == server.seen.size) {
            assertTrue(server.seen.size < 1_000, "the pool is in use")
            send(safe())
        }
        val pool = server.seen.map { it.port }.toSet()
        repeat(2) { send(never()) }
        assertEquals(pool.size + 2, server.seen.map { it.port }.toSet().size)
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `a request goes out as it is`(name: String, send: Send): Unit = runBlocking {
        val request = never()
        send(request)
        val seen = server.seen.single()
        assertEquals("POST ${request.url.removePrefix(server.url)} HTTP/1.1", seen.line)
        assertEquals(String(request.body!!), seen.body)
        for (header in request.headers) assertEquals(header.value.expose(), seen.headers[header.name])
        val added = seen.headers.keys - request.headers.map { it.name }.toSet()
        assertEquals(emptySet<String>(), added - setOf("host", "content-length", "connection", "accept-encoding", "user-agent"))

        // Everything that a query may hold arrives as it was signed.
        val odd = SignerOptions(Venue.BYBIT, VenueEnvironment.MAINNET, apiBase = server.url)
        val strange = Signer(odd, Secret("key"), Secret("secret")).sign(HttpMethod.GET, "/v5/order", """{"a":"1 '|\"<>[]{}^`~é&="}""")
        send(strange)
        assertEquals("GET ${strange.url.removePrefix(server.url)} HTTP/1.1", server.seen.last().line)
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `a connection that ends without a byte is no response, asked for once`(name: String, send: Send) {
        server.answer = { false }
        for (request in listOf(never(), neverGet())) {
            server.seen.clear()
            val lost = assertThrows(NoResponse::class.java) { runBlocking { send(request) } }
            assertNull(lost.cause)
            assertEquals(1, server.seen.size, "${request.method} ${request.purpose}")
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `nothing is followed and nothing is tried again`(name: String, send: Send): Unit = runBlocking {
        val replies = listOf(
            "302 Found" to "location: /elsewhere",
            "401 Unauthorized" to "www-authenticate: Basic realm=a",
            "408 Request Timeout" to "retry-after: 0",
            "503 Service Unavailable" to "retry-after: 0",
        )
        for (request in listOf(safe(), never(), neverGet())) {
            // The header that OkHttp must not see arrives all the same.
            server.answer = { Loopback.reply(it, "{}", "429 Too Many Requests", "retry-after: 7") }
            val reply = runBlocking { send(request) }
            val limited = assertThrows(VenuekeyException.Unavailable::class.java) { whitebit().readDeals().receive(reply) }
            assertEquals(7_000, limited.details.retryAfterMs)
            for ((status, header) in replies) {
                // What may be sent twice is OkHttp's to send again here.
                if (request.replay == Replay.SAFE && status.startsWith("408")) continue
                server.answer = { Loopback.reply(it, "", status, header) }
                server.seen.clear()
                val reply = send(request)
                assertEquals(status.take(3).toInt(), reply.status)
                assertEquals(1, server.seen.size, "${request.purpose} $status")
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `a body is read up to the cap, and a torn one is no response`(name: String, send: Send) {
        for (request in listOf(safe(), never())) {
            server.answer = { Loopback.reply(it, "x".repeat(3 shl 20)) }
            assertEquals(constants().maxBodyBytes + 1, runBlocking { send(request) }.body.size.toLong())
            server.answer = {
                it.getOutputStream().write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".toByteArray())
                false
            }
            assertNull(assertThrows(NoResponse::class.java) { runBlocking { send(request) } }.cause)
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `a cancellation ends it at once`(name: String, send: Send): Unit = runBlocking {
        val held = CountDownLatch(1)
        server.answer = { held.await(); false }
        for (request in listOf(safe(), never())) {
            var caught: Throwable? = null
            val sending = launch(Dispatchers.Default) { caught = runCatching { send(request) }.exceptionOrNull() }
            while (server.seen.isEmpty()) delay(5)
            sending.cancelAndJoin()
            // One that waited on would come to its deadline, which is no response.
            assertInstanceOf(CancellationException::class.java, caught)
            server.seen.clear()
        }
        held.countDown()
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `no request waits for another one's place`(name: String, send: Send): Unit = runBlocking {
        val all = CountDownLatch(12)
        server.answer = {
            all.countDown()
            all.await(5, TimeUnit.MINUTES) && Loopback.reply(it, "{}")
        }
        List(12) { async { send(if (it % 2 == 0) safe() else never()) } }.awaitAll()
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `nobody at home is no response`(name: String, send: Send) {
        // Bound and not listening: nobody else gets this port meanwhile.
        Socket().use { taken ->
            taken.bind(InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            val nobody = signerAt("http://127.0.0.1:${taken.localPort}")
            for (request in listOf(nobody.askTime(), never(nobody))) {
                val lost = assertThrows(NoResponse::class.java) { runBlocking { send(request) } }
                assertEquals("ConnectException", lost.code)
                // The JDK's client does not say what it had written before.
                assertEquals(request.replay != Replay.SAFE || name == "OkHttp", lost.notSent)
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `what a server may have read is not said to have stayed`(name: String, send: Send) {
        for (answer in listOf<(Socket) -> Boolean>({ false }, { it.getOutputStream().write("nonsense\r\n\r\n".toByteArray()); false })) {
            server.answer = answer
            val lost = assertThrows(NoResponse::class.java) { runBlocking { send(never()) } }
            assertEquals("connection_lost" to false, lost.code to lost.notSent)
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `a client's own interceptors, cookies and listeners stay out`(name: String, ignored: Send) {
        val nosy = OkHttpClient.Builder().addInterceptor { throw AssertionError("it would see secrets") }
            .addNetworkInterceptor { throw AssertionError("it would see secrets") }.build()
        for (request in listOf(safe(), never())) runBlocking { okHttpSender(nosy)(request) }
    }

    companion object {
        @JvmStatic
        fun senders(): Stream<Arguments> =
            Stream.of(arguments("OkHttp", okHttpSender()), arguments("java.net.http", javaHttpSender()))
    }
}
