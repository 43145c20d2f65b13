package io.github.venuekey.connections

import io.github.venuekey.ErrorDetails
import io.github.venuekey.VenuekeyException
import io.github.venuekey.VenuekeyFailure
import io.github.venuekey.pageOf
import io.github.venuekey.stores.StoreError
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive

/** There is no such connection, or it belongs to another owner: answer 404. */
public class ConnectionNotFound internal constructor(message: String) : VenuekeyFailure(message) {
    /** Its page: what to do now. */
    public val docUrl: String = pageOf("connection_not_found")
}

/** An owner has more than one connection at a venue: name one by its id. */
public class AmbiguousAccount internal constructor(message: String) : VenuekeyFailure(message) {
    /** Its page: what to do now. */
    public val docUrl: String = pageOf("ambiguous_account")
}

/** Others kept saving the row first. Nothing was changed: answer 503, and the user tries again. */
public class StoreBusy internal constructor() : VenuekeyFailure("others kept saving this connection first; try again") {
    /** Its page: what to do now. */
    public val docUrl: String = pageOf("store_busy")
}

/** As core's own: `invalid_argument`, `not_supported`. */
internal fun misuse(code: String, hint: String): VenuekeyException = VenuekeyException.Misuse(details(code, hint))

internal fun wrong(hint: String): VenuekeyException = misuse("invalid_argument", hint)

/** As core's own `seal_invalid`. */
internal fun damaged(hint: String): VenuekeyException = VenuekeyException.Rejected(details("seal_invalid", hint))

/** As core's own `rate_limited`. */
internal fun limited(waitMs: Long): VenuekeyException {
    val hint = "the venue's limits allow no request within patienceMs"
    return VenuekeyException.Unavailable(details("rate_limited", hint, waitMs))
}

/** The caller's own cancellation goes through. What is left is that of a function which the host has given, so it is a failure. */
internal suspend fun throwAsFailure(cancelled: CancellationException): Nothing {
    currentCoroutineContext().ensureActive()
    throw IllegalStateException("a function given to Connections was cancelled from within, not by its caller", cancelled)
}

private fun details(code: String, hint: String, retryAfterMs: Long? = null): ErrorDetails {
    val again = retryAfterMs?.let { " (try again in ${it / 1000 + 1} s)" } ?: ""
    return ErrorDetails(
        message = "$code: $hint$again; see ${pageOf(code)}", code = code, docUrl = pageOf(code), venue = null, httpStatus = null,
        venueCode = null, venueText = null, retryAfterMs = retryAfterMs, hint = hint, recovery = null, flow = null,
    )
}

/** The end of a log's line about it: where its page is, if it has one. */
internal fun pageFor(error: Throwable): String {
    val url = when (error) {
        is VenuekeyException -> error.docUrl
        is ConnectionNotFound -> error.docUrl
        is StoreBusy -> error.docUrl
        is StoreError -> error.docUrl
        else -> return ""
    }
    return "; see $url"
}

/** For logs: the class and where it was thrown, without a message, which may quote anything. */
internal fun placeOf(error: Throwable): String = when (error) {
    is VenuekeyException -> "${error.javaClass.simpleName} ${error.code}"
    is StoreError -> "the store's ${error.operation} failed: ${error.error}"
    else -> error.javaClass.name + (error.stackTrace.firstOrNull()?.let { " at ${it.fileName}:${it.lineNumber}" } ?: "")
}
