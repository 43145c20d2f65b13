package io.github.venuekey

import java.io.BufferedInputStream
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.util.concurrent.CopyOnWriteArrayList
import kotlin.concurrent.thread

/** A server that notes what arrives, on which connection, and answers by a function: false closes the connection. */
class Loopback(
    private val server: ServerSocket = ServerSocket(0, 50, InetAddress.getLoopbackAddress()),
    scheme: String = "http",
) : AutoCloseable {
    class Seen(val port: Int, val line: String, val headers: Map<String, String>, val body: String)

    val port = server.localPort
    val url = "$scheme://127.0.0.1:$port"
    val seen = CopyOnWriteArrayList<Seen>()

    /** Ten thousand are not noted. */
    @Volatile
    var isNoting = true

    @Volatile
    var answer: (Socket) -> Boolean = { reply(it, "{}") }

    init {
        thread(isDaemon = true) {
            runCatching { while (true) server.accept().let { thread(isDaemon = true) { serve(it) } } }
        }
    }

    private fun serve(socket: Socket) = socket.use {
        val input = BufferedInputStream(socket.getInputStream())
        runCatching {
            while (true) {
                val line = input.line().ifEmpty { return@runCatching }
                val headers = generateSequence { input.line().ifEmpty { null } }.associate { header ->
                    header.substringBefore(":").lowercase() to header.substringAfter(":").trim()
                }
                val body = String(input.readNBytes(headers["content-length"]?.toInt() ?: 0))
                if (isNoting) seen += Seen(socket.port, line, headers, body)
                if (!answer(socket) || headers["connection"] == "close") return@runCatching
            }
        }
    }

    private fun BufferedInputStream.line(): String = buildString {
        while (true) {
            val byte = read()
            if (byte < 0 || byte == '\n'.code) return@buildString
            if (byte != '\r'.code) append(byte.toChar())
        }
    }

    override fun close() = server.close()

    companion object {
        fun reply(socket: Socket, body: String, status: String = "200 OK", vararg headers: String): Boolean {
            val head = listOf("HTTP/1.1 $status", "content-length: ${body.length}") + headers
            socket.getOutputStream().write((head.joinToString("\r\n") + "\r\n\r\n" + body).toByteArray())
            return true
        }
    }
}
