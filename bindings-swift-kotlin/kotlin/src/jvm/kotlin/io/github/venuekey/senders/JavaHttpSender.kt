package io.github.venuekey.senders

import io.github.venuekey.HttpRequest
import io.github.venuekey.HttpResponse
import io.github.venuekey.Replay
import io.github.venuekey.Header
import io.github.venuekey.Secret
import io.github.venuekey.Send
import java.io.IOException
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest.BodyPublisher
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandler
import java.net.http.HttpResponse.BodySubscriber
import java.nio.ByteBuffer
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionStage
import java.util.concurrent.Flow
import java.util.concurrent.atomic.AtomicBoolean

/**
 * A `send` on the JDK's own HTTP client. Android has none: take [okHttpSender] there.
 *
 * It keeps core's contract: no redirects, cookies or authenticator; headers and body as given; the reply's body read up to
 * 1 MiB; a request ends after its `timeoutHintMs`. What may not be sent twice has a connection of its own and is not retried;
 * what may is sent over a pool.
 *
 * @param client where proxy, certificates and executor come from; nothing is sent with itself.
 */
public fun javaHttpSender(client: HttpClient? = null): Send {
    val pooled = settingsOf(client).build()
    return { request ->
        val isSafe = request.replay() == Replay.SAFE
        val via = if (isSafe) pooled else settingsOf(client).build()
        try {
            val reply = via.sendAsync(translated(request, isSafe), Capped)
            val received = reply.thenApply { HttpResponse(it.statusCode(), it.body(), headersOf(it)) }
            received.inTime(request) { reply.cancel(true) }
        } finally {
            // From Java 21 on a client can be closed; before, it goes with its last reference.
            if (!isSafe) (via as Any as? AutoCloseable)?.close()
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

private fun translated(request: HttpRequest, isSafe: Boolean): java.net.http.HttpRequest {
    val body = request.body()?.let { BodyPublishers.ofByteArray(it) } ?: BodyPublishers.noBody()
    return java.net.http.HttpRequest.newBuilder(URI.create(request.url()))
        .method(request.method().name, if (isSafe) body else SentOnce(body))
        // Exposed to be sent.
        .apply { request.headers().forEach { header(it.name, it.value.expose()) } }
        .build()
}

private fun headersOf(reply: java.net.http.HttpResponse<*>): List<Header> =
    reply.headers().map().flatMap { (name, values) -> values.map { Header(name, Secret(it)) } }

/**
 * The JDK sends a GET again where a connection ended without a byte, a fresh one too, and has no setting against it. It asks
 * for the body's length once before it writes a request, so the second writing fails here.
 */
private class SentOnce(private val body: BodyPublisher) : BodyPublisher by body {
    private val isWritten = AtomicBoolean()

    override fun contentLength(): Long {
        check(isWritten.compareAndSet(false, true)) { "not to be sent again" }
        return body.contentLength()
    }
}

private object Capped : BodyHandler<ByteArray> {
    override fun apply(info: java.net.http.HttpResponse.ResponseInfo): BodySubscriber<ByteArray> = object : BodySubscriber<ByteArray> {
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
