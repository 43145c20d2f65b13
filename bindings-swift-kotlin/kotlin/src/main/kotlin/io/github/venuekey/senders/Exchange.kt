package io.github.venuekey.senders

import io.github.venuekey.HttpRequest
import io.github.venuekey.HttpResponse
import io.github.venuekey.NoResponse
import java.io.ByteArrayOutputStream
import java.util.concurrent.CompletableFuture
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.future.await
import kotlinx.coroutines.withTimeout

/** How long a request may take as a whole; a test's own is shorter. */
internal typealias Limit = (HttpRequest) -> Long

/**
 * Begins an exchange and waits for its reply, as a whole, up to the limit. A reply that is there when the time is over or the
 * coroutine cancelled is returned all the same: it may be one that can't be had again.
 *
 * @param begin sends; what is wrong with the request itself has been thrown before.
 */
internal suspend fun inTime(limitMs: Long, begin: () -> CompletableFuture<HttpResponse>, abort: () -> Unit): HttpResponse {
    var reply: CompletableFuture<HttpResponse>? = null
    val reason = try {
        return withTimeout(limitMs) { begin().also { reply = it }.await() }
    } catch (stopped: CancellationException) {
        reply?.let { if (it.isDone && !it.isCompletedExceptionally) return it.join() }
        abort()
        currentCoroutineContext().ensureActive()
        if (stopped is TimeoutCancellationException) "timeout" else "cancelled"
    } catch (failed: Exception) {
        // Whatever it was, checked or not, nobody knows how far the request has come.
        failed.javaClass.simpleName
    }
    // Outside the block above, and without a cause: the library's own exception may hold the request.
    throw NoResponse(reason)
}

/** The request's headers, and that the reply is not to be compressed: the cap is on what is read, not on what it inflates to. */
internal fun headersToSend(request: HttpRequest): List<Pair<String, String>> {
    // Exposed to be sent.
    val given = request.headers().map { it.name to it.value.expose() }
    return if (given.any { it.first == ACCEPT_ENCODING }) given else given + (ACCEPT_ENCODING to "identity")
}

private const val ACCEPT_ENCODING = "accept-encoding"

/** The bytes of a reply up to the cap; one more tells core that it was too large. */
internal class CappedBody {
    private val taken = ByteArrayOutputStream()

    /** False where there are enough. */
    fun take(bytes: ByteArray, length: Int = bytes.size): Boolean {
        taken.write(bytes, 0, minOf(length, MOST - taken.size()))
        return taken.size() < MOST
    }

    fun bytes(): ByteArray = taken.toByteArray()

    val isFull: Boolean get() = taken.size() == MOST

    companion object {
        // `MAX_BODY_BYTES` of core, and one.
        const val MOST = 1024 * 1024 + 1
    }
}
