package io.github.venuekey

import io.github.venuekey.senders.javaHttpSender
import io.github.venuekey.senders.okHttpSender
import java.io.File
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.ProxySelector
import java.net.http.HttpClient
import java.nio.file.Path
import java.security.KeyStore
import javax.net.ssl.KeyManagerFactory
import javax.net.ssl.SSLContext
import javax.net.ssl.TrustManagerFactory
import javax.net.ssl.X509TrustManager
import kotlinx.coroutines.runBlocking
import okhttp3.OkHttpClient
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** What the JDK's client does for the others: TLS and proxies, where a request has a connection of its own. */
class OwnConnectionTest {
    private fun once(base: String) = Signer(SignerOptions(Venue.WHITEBIT, VenueEnvironment.GLOBAL, apiBase = base), Secret("key"), Secret("secret"))
        .sign(HttpMethod.POST, "/api/v4/order/new", """{"amount":"1"}""")

    @Test
    fun `TLS is verified, name and issuer`(@TempDir folder: Path) {
        val tls = selfSigned(folder)
        Loopback(tls.serverSocketFactory.createServerSocket(0, 50, InetAddress.getLoopbackAddress()), "https").use { server ->
            val trusting = javaHttpSender(HttpClient.newBuilder().sslContext(tls).build())
            assertEquals("{}", String(runBlocking { trusting(once("https://localhost:${server.port}")) }.body))
            // It is localhost's certificate.
            val own = OkHttpClient.Builder().sslSocketFactory(tls.socketFactory, trust).build()
            for (refused in listOf<Pair<Send, String>>(
                trusting to server.url, okHttpSender(own) to server.url,
                javaHttpSender() to "https://localhost:${server.port}", okHttpSender() to "https://localhost:${server.port}",
            )) {
                val lost = assertThrows(NoResponse::class.java) { runBlocking { refused.first(once(refused.second)) } }
                assertEquals("tls" to true, lost.code to lost.notSent)
            }
            assertEquals(1, server.seen.size)
        }
    }

    private lateinit var trust: X509TrustManager

    private fun selfSigned(folder: Path): SSLContext {
        val file = folder.resolve("keys.p12").toFile()
        val keytool = File(System.getProperty("java.home"), "bin/keytool").path
        val made = ProcessBuilder(
            keytool, "-genkeypair", "-keystore", "$file", "-storepass", "secret", "-keyalg", "EC", "-dname", "CN=localhost",
            "-ext", "san=dns:localhost",
        ).redirectErrorStream(true).start()
        check(made.waitFor() == 0) { made.inputReader().readText() }
        val keys = KeyStore.getInstance(file, "secret".toCharArray())
        val own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm()).apply { init(keys, "secret".toCharArray()) }
        val trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm()).apply { init(keys) }
        trust = trusted.trustManagers.filterIsInstance<X509TrustManager>().single()
        return SSLContext.getInstance("TLS").apply { init(own.keyManagers, trusted.trustManagers, null) }
    }

    @Test
    fun `a proxy is asked by CONNECT, for a name that it finds by itself`() {
        Loopback().use { proxy ->
            proxy.answer = { socket ->
                if (proxy.seen.size == 1) socket.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".toByteArray()) else Loopback.reply(socket, "{}")
                true
            }
            val through = HttpClient.newBuilder().proxy(ProxySelector.of(InetSocketAddress("127.0.0.1", proxy.port))).build()
            assertEquals("{}", String(runBlocking { javaHttpSender(through)(once("http://localhost:9")) }.body))
            assertEquals(listOf("CONNECT localhost:9 HTTP/1.1", "POST /api/v4/order/new HTTP/1.1"), proxy.seen.map { it.line })
        }
    }

    @Test
    fun `a reply that is torn, or none of HTTP's, is no response`() {
        Loopback().use { server ->
            val torn = listOf(
                "", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\ncontent-le", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n{}", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nab", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
            )
            for (reply in torn) {
                server.answer = { it.getOutputStream().write(reply.toByteArray()); false }
                assertNull(assertThrows(NoResponse::class.java) { runBlocking { javaHttpSender()(once(server.url)) } }.cause, reply)
            }
        }
    }
}
