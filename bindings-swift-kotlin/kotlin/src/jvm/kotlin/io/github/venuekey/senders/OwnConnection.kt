package io.github.venuekey.senders

import io.github.venuekey.Header
import io.github.venuekey.Secret
import io.github.venuekey.VenueRequest
import io.github.venuekey.VenueResponse
import java.io.BufferedInputStream
import java.io.IOException
import java.io.InputStream
import java.net.InetSocketAddress
import java.net.Proxy
import java.net.ProxySelector
import java.net.Socket
import java.net.URI
import java.net.http.HttpClient
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executor
import java.util.concurrent.SynchronousQueue
import java.util.concurrent.ThreadPoolExecutor
import java.util.concurrent.TimeUnit
import javax.net.ssl.SSLContext
import javax.net.ssl.SSLSocket

/**
 * One request, HTTP/1.1, written once, on a connection that is opened for it and closed after it.
 *
 * @param client where proxy and certificates come from.
 */
internal class OwnConnection(private val request: VenueRequest, client: HttpClient?) {
    private val uri = URI.create(request.url)
    private val name = requireNotNull(uri.host) { "the JDK takes no such host name" }
    private val isSecure = uri.scheme == "https"
    private val port = if (uri.port >= 0) uri.port else if (isSecure) 443 else 80
    private val proxy = (client?.proxy()?.orElse(null) ?: ProxySelector.getDefault())?.select(uri)?.firstOrNull() ?: Proxy.NO_PROXY
    private val context = if (isSecure) client?.sslContext() ?: SSLContext.getDefault() else null
    private val parameters = if (isSecure) client?.sslParameters() ?: context?.defaultSSLParameters else null
    private val head = head()

    val departure = Departure()

    // Asked of an HTTP proxy by CONNECT.
    private val socket = Socket(proxy)

    fun begin(): CompletableFuture<VenueResponse> = CompletableFuture.supplyAsync({ socket.use { exchanged() } }, threads)

    /** Ends whatever blocks: connecting, writing, reading. */
    fun abort() = socket.close()

    private fun exchanged(): VenueResponse {
        // A proxy finds the address by itself.
        val address = if (proxy == Proxy.NO_PROXY) InetSocketAddress(host(), port) else InetSocketAddress.createUnresolved(host(), port)
        socket.connect(address)
        socket.tcpNoDelay = true
        val connection = if (isSecure) secured() else socket
        departure.leave()
        connection.getOutputStream().run {
            // At once: no server answers half of a request.
            write(head.toByteArray(Charsets.ISO_8859_1) + (request.body ?: ByteArray(0)))
            flush()
        }
        return Reply(BufferedInputStream(connection.getInputStream())).read()
    }

    private fun secured(): Socket {
        val secured = context!!.socketFactory.createSocket(socket, host(), port, true) as SSLSocket
        secured.sslParameters = parameters!!.apply {
            endpointIdentificationAlgorithm = "HTTPS"
            applicationProtocols = emptyArray()
        }
        return secured.apply { startHandshake() }
    }

    /** An IPv6 address stands in brackets. */
    private fun host() = name.removeSurrounding("[", "]")

    private fun head(): String = buildString {
        val target = uri.rawPath.ifEmpty { "/" } + (uri.rawQuery?.let { "?$it" } ?: "")
        append("${request.method.name} $target HTTP/1.1\r\n")
        val length = request.body?.size ?: 0.takeIf { request.method.name == "POST" }
        val own = listOfNotNull("host" to uri.rawAuthority, "connection" to "close", length?.let { "content-length" to "$it" })
        for ((name, value) in own + headersToSend(request)) append("$name: $value\r\n")
        append("\r\n")
    }

    private companion object {
        // As many as there are requests at a time; each goes when it has had nothing to do for a while.
        val threads: Executor = ThreadPoolExecutor(0, Int.MAX_VALUE, 5, TimeUnit.SECONDS, SynchronousQueue()) { run ->
            Thread(run, "venuekey-send").apply { isDaemon = true }
        }
    }
}

/** What comes back (RFC 9112). The connection ends with it, so nothing after its end is looked at. */
private class Reply(private val input: InputStream) {
    private val headers = mutableListOf<Pair<String, String>>()
    private val body = CappedBody()

    fun read(): VenueResponse {
        var status = statusAndHeaders()
        while (status in 100..199) status = statusAndHeaders()
        when {
            status == 204 || status == 304 -> Unit
            "chunked" in (header("transfer-encoding") ?: "").lowercase() -> chunks()
            else -> take(header("content-length")?.let(::number))
        }
        return VenueResponse(status, body.bytes(), headers.map { (name, value) -> Header(name, Secret(value)) })
    }

    private fun statusAndHeaders(): Int {
        headers.clear()
        var left = 64 * 1024
        fun line() = line(left).also { left -= it.length }
        // HTTP/1.1 200 OK
        val status = line().takeIf { it.startsWith("HTTP/1.") }?.split(' ')?.getOrNull(1)?.toIntOrNull()
        while (true) {
            val line = line().ifEmpty { break }
            // Of what is no header nothing is kept.
            if (':' in line) headers += line.substringBefore(':') to line.substringAfter(':').trim()
        }
        return status?.takeIf { it in 100..999 } ?: throw IOException("no HTTP/1.1")
    }

    private fun header(name: String): String? = headers.firstOrNull { it.first.equals(name, ignoreCase = true) }?.second

    private fun number(text: String, radix: Int = 10): Long =
        text.trim().toLongOrNull(radix)?.takeIf { it >= 0 } ?: throw IOException("no length")

    private fun chunks() {
        while (!body.isFull) {
            val size = number(line(1024).substringBefore(';'), 16)
            if (size == 0L) return
            take(size)
            if (!body.isFull && line(1).isNotEmpty()) throw IOException("no end of a chunk")
        }
    }

    /** So many bytes, or all there are; never more than fit. */
    private fun take(length: Long?) {
        val buffer = ByteArray(16 * 1024)
        var left = length ?: Long.MAX_VALUE
        while (left > 0 && !body.isFull) {
            val count = input.read(buffer, 0, minOf(left, buffer.size.toLong()).toInt())
            if (count < 0 && length == null) return
            if (count < 0) throw IOException("torn")
            body.take(buffer, count)
            left -= count
        }
    }

    /** Its bytes as they came, whatever they are. */
    private fun line(most: Int): String = buildString {
        while (true) {
            val byte = input.read()
            if (byte < 0) throw IOException("torn")
            if (byte == '\n'.code) break
            append(byte.toChar())
            if (length > most) throw IOException("a line without an end")
        }
        if (endsWith('\r')) setLength(length - 1)
    }
}
