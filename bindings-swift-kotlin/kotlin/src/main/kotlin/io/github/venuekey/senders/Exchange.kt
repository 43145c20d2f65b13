package io.github.venuekey.senders

import io.github.venuekey.NoResponse
import io.github.venuekey.VenueRequest
import io.github.venuekey.VenueResponse
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.UncheckedIOException
import java.net.ConnectException
import java.net.NoRouteToHostException
import java.net.SocketTimeoutException
import java.net.UnknownHostException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionException
import java.util.concurrent.atomic.AtomicReference
import javax.net.ssl.SSLException
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.future.await
import kotlinx.coroutines.withTimeout

/** How long a request may take as a whole; a test's own is shorter. */
internal typealias Limit = (VenueRequest) -> Long

/** Whether a request has left: said before its first byte, and once somebody has held it back it never does. */
internal class Departure {
    private enum class State { WAITING, LEFT, HELD_BACK }

    private val state = AtomicReference(State.WAITING)

    /** Asked by the transport before the first byte; it goes on after this. */
    fun leave() {
        if (!state.compareAndSet(State.WAITING, State.LEFT) && state.get() == State.HELD_BACK) throw IOException("held back")
    }

    /** True if nothing has left, and nothing will. */
    fun holdBack(): Boolean = state.compareAndSet(State.WAITING, State.HELD_BACK) || state.get() == State.HELD_BACK
}

/**
 * Begins an exchange and waits for its reply, as a whole, up to the limit. A reply that is there when the time is over or the
 * coroutine cancelled is returned all the same: it may be one that can't be had again. A mistake in the program is no lost reply
 * and goes through.
 *
 * @param departure what the transport asks before it writes; null if it does not ask.
 * @param begin sends; what is wrong with the request itself has been thrown before.
 */
internal suspend fun inTime(
    limitMs: Long,
    departure: Departure?,
    begin: () -> CompletableFuture<VenueResponse>,
    abort: () -> Unit,
): VenueResponse {
    var reply: CompletableFuture<VenueResponse>? = null
    val code = try {
        return withTimeout(limitMs) { begin().also { reply = it }.await() }
    } catch (stopped: CancellationException) {
        reply?.let { if (it.isDone && !it.isCompletedExceptionally) return it.join() }
        // First: what is aborted may have been on its way to its first byte.
        departure?.holdBack()
        abort()
        currentCoroutineContext().ensureActive()
        if (stopped is TimeoutCancellationException) "timeout" else "cancelled"
    } catch (failed: Exception) {
        codeOf(failed)
    }
    // Outside the block above, and without a cause: the library's own exception may hold the request.
    throw NoResponse(code, departure?.holdBack() ?: false)
}

/** The name of what the network did; what it did not do is thrown as it is. */
private fun codeOf(failed: Exception): String {
    // The JDK's client wraps some.
    val wrapped = failed.takeIf { it is CompletionException || it is UncheckedIOException }?.cause as? Exception
    if (wrapped != null) return codeOf(wrapped)
    return when (failed) {
        is SocketTimeoutException -> "timeout"
        is SSLException -> "tls"
        is ConnectException, is UnknownHostException, is NoRouteToHostException -> failed.javaClass.simpleName
        is IOException -> "connection_lost"
        else -> throw failed
    }
}

/** The request's headers, and that the reply is not to be compressed: the cap is on what is read, not on what it inflates to. */
internal fun headersToSend(request: VenueRequest): List<Pair<String, String>> {
    // Exposed to be sent.
    val given = request.headers.map { it.name to it.value.expose() }
    return if (given.any { it.first == ACCEPT_ENCODING }) given else given + (ACCEPT_ENCODING to "identity")
}

private const val ACCEPT_ENCODING = "accept-encoding"

/** The bytes of a reply up to the cap; one more tells core that it was too large. */
internal class CappedBody {
    private val taken = ByteArrayOutputStream()

    /** False if there are enough. */
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
