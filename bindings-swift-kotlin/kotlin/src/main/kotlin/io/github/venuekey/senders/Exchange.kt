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

/**
 * Waits for the reply as long as the request says. A reply that is there when the coroutine is cancelled is returned all
 * the same: it may be one that can't be had again.
 */
internal suspend fun CompletableFuture<HttpResponse>.inTime(request: HttpRequest, abort: () -> Unit): HttpResponse {
    val reason = try {
        return withTimeout(request.timeoutHintMs()) { await() }
    } catch (stopped: CancellationException) {
        if (isDone && !isCompletedExceptionally) return join()
        abort()
        currentCoroutineContext().ensureActive()
        if (stopped is TimeoutCancellationException) "timeout" else throw stopped
    } catch (failed: Exception) {
        // Whatever it was, nobody knows how far the request has come.
        failed.javaClass.simpleName
    }
    // Outside the block above, and without a cause: the library's own exception may hold the request.
    throw NoResponse(reason)
}

/** The bytes of a reply up to the cap; one more tells core that it was too large. */
internal class CappedBody {
    private val taken = ByteArrayOutputStream()

    /** False where there are enough. */
    fun take(bytes: ByteArray, length: Int = bytes.size): Boolean {
        taken.write(bytes, 0, minOf(length, MOST - taken.size()))
        return taken.size() < MOST
    }

    fun bytes(): ByteArray = taken.toByteArray()

    private companion object {
        // `MAX_BODY_BYTES` of core, and one.
        const val MOST = 1024 * 1024 + 1
    }
}
