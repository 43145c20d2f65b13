package io.github.venuekey.senders

import io.github.venuekey.Header
import io.github.venuekey.Replay
import io.github.venuekey.Secret
import io.github.venuekey.Send
import io.github.venuekey.VenueRequest
import io.github.venuekey.VenueResponse
import java.io.IOException
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.nio.ByteBuffer
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionStage
import java.util.concurrent.Flow

/**
 * A `send` on the JDK's own HTTP client. Android has none: take [okHttpSender] there.
 *
 * It keeps core's contract: no redirects, cookies or authenticator; headers and body as given; the reply's body read up to
 * 1 MiB; a request ends after its `timeoutHintMs`. What may be sent twice goes through the client's pool. What may not has a
 * socket and a thread of its own for as long as it takes: the JDK's client has no connection that is not kept, and before
 * Java 21 no end.
 *
 * @param client where proxy, certificates and executor come from; nothing is sent with itself.
 */
public fun javaHttpSender(client: HttpClient? = null): Send = javaHttpSender(client) { it.timeoutHintMs }

internal fun javaHttpSender(client: HttpClient?, limit: Limit): Send {
    val pooled = settingsOf(client).build()
    return { request ->
        if (request.replay == Replay.SAFE) {
            val translated = translated(request)
            var sending: CompletableFuture<*>? = null
            inTime(
                limit(request),
                // It repeats by itself, and does not say what it has written.
                departure = null,
                begin = {
                    val reply = pooled.sendAsync(translated, Capped).also { sending = it }
                    reply.thenApply { VenueResponse(it.statusCode(), it.body(), headersOf(it)) }
                },
                abort = { sending?.cancel(true) },
            )
        } else {
            val exchange = OwnConnection(request, client)
            inTime(limit(request), exchange.departure, begin = exchange::begin, abort = exchange::abort)
        }
    }
}

private fun settingsOf(client: HttpClient?): HttpClient.Builder =
    // 1.1, because the client would ask for HTTP/2 by headers of its own where there is no TLS.
    HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).followRedirects(HttpClient.Redirect.NEVER).apply {
        if (client == null) return@apply
        client.proxy().ifPresent { proxy(it) }
        client.executor().ifPresent { executor(it) }
        sslContext(client.sslContext()).sslParameters(client.sslParameters())
    }

private fun translated(request: VenueRequest): HttpRequest {
    val body = request.body?.let { HttpRequest.BodyPublishers.ofByteArray(it) } ?: HttpRequest.BodyPublishers.noBody()
    return HttpRequest.newBuilder(URI.create(request.url)).method(request.method.name, body)
        .apply { for ((name, value) in headersToSend(request)) header(name, value) }
        .build()
}

private fun headersOf(reply: HttpResponse<*>): List<Header> =
    reply.headers().map().flatMap { (name, values) -> values.map { Header(name, Secret(it)) } }

private object Capped : HttpResponse.BodyHandler<ByteArray> {
    override fun apply(info: HttpResponse.ResponseInfo): HttpResponse.BodySubscriber<ByteArray> = object : HttpResponse.BodySubscriber<ByteArray> {
        private val body = CappedBody()
        private val taken = CompletableFuture<ByteArray>()
        private lateinit var subscription: Flow.Subscription

        override fun getBody(): CompletionStage<ByteArray> = taken

        override fun onSubscribe(subscription: Flow.Subscription) {
            this.subscription = subscription
            subscription.request(Long.MAX_VALUE)
        }

        override fun onNext(items: List<ByteBuffer>) {
            for (item in items) {
                val more = body.take(ByteArray(item.remaining()).also { item.get(it) })
                if (more) continue
                subscription.cancel()
                taken.complete(body.bytes())
                return
            }
        }

        override fun onError(error: Throwable) {
            taken.completeExceptionally(error as? IOException ?: IOException(error.javaClass.simpleName))
        }

        override fun onComplete() {
            taken.complete(body.bytes())
        }
    }
}
