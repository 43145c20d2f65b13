package io.github.venuekey.senders

import io.github.venuekey.Header
import io.github.venuekey.Replay
import io.github.venuekey.Secret
import io.github.venuekey.Send
import io.github.venuekey.VenueRequest
import io.github.venuekey.VenueResponse
import java.io.IOException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit
import okhttp3.Authenticator
import okhttp3.Call
import okhttp3.Callback
import okhttp3.ConnectionPool
import okhttp3.CookieJar
import okhttp3.Dispatcher
import okhttp3.EventListener
import okhttp3.Headers
import okhttp3.Interceptor
import okhttp3.OkHttpClient
import okhttp3.Protocol
import okhttp3.Request
import okhttp3.RequestBody
import okhttp3.RequestBody.Companion.toRequestBody
import okhttp3.Response

/**
 * A `send` on OkHttp 5 (`com.squareup.okhttp3:okhttp`, on the JVM with Maven `okhttp-jvm`).
 *
 * It keeps core's contract: no redirects, cookies, cache or authenticator; headers and body as given; the reply's body read
 * up to 1 MiB; a request ends after its `timeoutHintMs`. What may not be sent twice has a connection of its own and is never
 * retried; what may goes through the client's pool.
 *
 * @param client where proxies, certificates, DNS, threads and pool come from. Its interceptors and listeners are left
 *   out: they would see secrets.
 */
public fun okHttpSender(client: OkHttpClient = OkHttpClient()): Send = okHttpSender(client) { it.timeoutHintMs }

internal fun okHttpSender(client: OkHttpClient, limit: Limit): Send {
    val plain = client.newBuilder().apply { interceptors().clear(); networkInterceptors().clear() }
        .followRedirects(false).followSslRedirects(false)
        .cache(null).cookieJar(CookieJar.NO_COOKIES)
        .authenticator(Authenticator.NONE)
        .eventListener(EventListener.NONE)
        // The whole exchange has one limit, set with each request.
        .connectTimeout(0, TimeUnit.MILLISECONDS).readTimeout(0, TimeUnit.MILLISECONDS).writeTimeout(0, TimeUnit.MILLISECONDS)
        .addNetworkInterceptor(AsReceived)
        // The client's threads, and not its limits: a request that waits for a place would count as one that was sent.
        .dispatcher(Dispatcher(client.dispatcher.executorService).apply { maxRequests = Int.MAX_VALUE; maxRequestsPerHost = Int.MAX_VALUE })
        .build()
    val fresh = onFreshConnections(plain)
    return { request ->
        val via = if (request.replay == Replay.SAFE) plain else fresh
        val translated = translated(request)
        val call = via.newCall(translated)
        val reply = CompletableFuture<VenueResponse>()
        val answer = object : Callback {
            override fun onFailure(call: Call, e: IOException) {
                reply.completeExceptionally(e)
            }

            override fun onResponse(call: Call, response: Response) {
                runCatching { response.use { received(it) } }.fold(reply::complete, reply::completeExceptionally)
            }
        }
        inTime(limit(request), translated.exchange.departure, begin = { reply.also { call.enqueue(answer) } }, abort = call::cancel)
    }
}

/** A pool that keeps nothing: a connection is its request's own, which HTTP/2 would share, and is closed after it. */
private fun onFreshConnections(client: OkHttpClient): OkHttpClient = client.newBuilder()
    .retryOnConnectionFailure(false)
    .protocols(listOf(Protocol.HTTP_1_1))
    .connectionPool(ConnectionPool(0, 1, TimeUnit.NANOSECONDS))
    .build()

private fun translated(request: VenueRequest): Request {
    val method = request.method.name
    val body = request.body?.toRequestBody() ?: ByteArray(0).toRequestBody().takeIf { method == "POST" }
    return Request.Builder().url(request.url).method(method, body).tag(Exchange::class.java, Exchange())
        .apply { for ((name, value) in headersToSend(request)) addHeader(name, value) }
        .build()
        .also { check(it.url.toString() == request.url) { "OkHttp would send another URL than the one to be sent" } }
}

private fun received(response: Response): VenueResponse {
    val body = CappedBody()
    val buffer = ByteArray(64 * 1024)
    response.body.byteStream().let { stream ->
        do {
            val length = stream.read(buffer)
        } while (length >= 0 && body.take(buffer, length))
    }
    val headers = response.request.exchange.headers
    return VenueResponse(response.code, body.bytes(), headers.map { (name, value) -> Header(name, Secret(value)) })
}

/** What the interceptor has seen of it. */
private class Exchange {
    val departure = Departure()

    /** The reply's, as they came. */
    var headers: Headers = Headers.headersOf()
}

private val Request.exchange: Exchange get() = tag(Exchange::class.java)!!

/**
 * The last place before the request's first byte, on a connection that stands. OkHttp resends after a 503 that says
 * `Retry-After: 0`, whatever its settings. It can't if it does not see that header, which core gets all the same.
 */
private object AsReceived : Interceptor {
    override fun intercept(chain: Interceptor.Chain): Response {
        val exchange = chain.request().exchange
        exchange.departure.leave()
        val response = chain.proceed(chain.request())
        exchange.headers = response.headers
        return response.newBuilder().removeHeader("Retry-After").build()
    }
}
