package io.github.venuekey

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow

/**
 * Gives the tokens for a request; called with null, and once more with the generation that the venue has just refused, where
 * it has. Over [freshTokens]: `{ refused -> freshTokens(client, load, save, send, refused) }`.
 */
public typealias TokensFor = suspend (refusedGeneration: Long?) -> TokenPlan.Use

/**
 * Signs a request, sends it once and reads the reply.
 *
 * Cancelled before it sends, it sends nothing; after that it waits for the reply, which takes the request's `timeoutHintMs` at
 * most, 30 seconds, and returns it.
 *
 * @param parameters JSON, in the order in which they are to be sent.
 * @throws NoResponse if the sender did. A request that changes something may have done so: ask the venue (an order, by a
 *   client order id of your own) before it is signed again.
 * @throws VenuekeyException what `Signer.sign` or `Signer.receiveResponse` throws.
 */
public suspend fun call(
    signer: Signer,
    method: HttpMethod,
    path: String,
    parameters: String = "{}",
    send: Send,
    nonceMs: Long? = null,
): SignedReply = signer.receiveResponse(sent(send, signer.sign(method, path, parameters, nonceMs)))

/** [call] for a thread, as [driveBlocking]. */
@JvmOverloads
@Throws(InterruptedException::class)
public fun callBlocking(
    signer: Signer,
    method: HttpMethod,
    path: String,
    parameters: String = "{}",
    send: Send,
    nonceMs: Long? = null,
): SignedReply = blocking { call(signer, method, path, parameters, send, nonceMs) }

/**
 * A read page by page; nothing is fetched ahead. A page that the venue refuses the tokens for is asked for once more with
 * fresh ones. After each page, `page.next?.cursor()` is what another process goes on with, by `Client.resumeRead`.
 *
 * @throws VenuekeyException what `AccountRead.request` and `receive` throw; [NoResponse] where the sender did: the same read
 *   can be asked for again.
 */
public fun pages(read: AccountRead, tokens: TokensFor, send: Send): Flow<Page> = flow {
    var next: AccountRead? = read
    while (next != null) {
        val page = page(next, tokens, send)
        emit(page)
        next = page.next
    }
}

/**
 * [pages] with a key: the same lists at the venue's private API, signed. A page whose number the venue refuses is signed
 * again, three times in all.
 *
 * @param nonceMs gives the number for each request, as for `Signer.sign`, if several workers sign with the key; null and
 *   left out are the clock.
 */
public fun pages(read: AccountRead, signer: Signer, send: Send, nonceMs: suspend () -> Long? = { null }): Flow<Page> = flow {
    var next: AccountRead? = read
    while (next != null) {
        val page = signedPage(next, signer, send, nonceMs)
        emit(page)
        next = page.next
    }
}

/** [pages] for a thread, as [driveBlocking]: each page is fetched when it is asked for, and that blocks. */
public fun pagesBlocking(read: AccountRead, tokens: TokensFor, send: Send): Sequence<Page> = sequence {
    var next: AccountRead? = read
    while (next != null) {
        val page = next.let { blocking { page(it, tokens, send) } }
        yield(page)
        next = page.next
    }
}

/** [pages] with a key, for a thread. */
@JvmOverloads
public fun pagesBlocking(read: AccountRead, signer: Signer, send: Send, nonceMs: () -> Long? = { null }): Sequence<Page> = sequence {
    var next: AccountRead? = read
    while (next != null) {
        val page = next.let { blocking { signedPage(it, signer, send) { nonceMs() } } }
        yield(page)
        next = page.next
    }
}

/**
 * Every record of a read, one by one: `records<Deal>(client.readDeals(), tokens, send).collect { println(it.amount) }`.
 * Otherwise as [pages].
 *
 * @throws IllegalArgumentException if [R] is not what this read brings.
 */
public inline fun <reified R : Any> records(read: AccountRead, noinline tokens: TokensFor, noinline send: Send): Flow<R> {
    check(read, R::class.java)
    return flow { pages(read, tokens, send).collect { page -> for (record in page.records.all) emit(record as R) } }
}

/** [records] with a key. */
public inline fun <reified R : Any> records(
    read: AccountRead,
    signer: Signer,
    noinline send: Send,
    noinline nonceMs: suspend () -> Long? = { null },
): Flow<R> {
    check(read, R::class.java)
    return flow { pages(read, signer, send, nonceMs).collect { page -> for (record in page.records.all) emit(record as R) } }
}

/** [records] for a thread, as [pagesBlocking]. */
public inline fun <reified R : Any> recordsBlocking(read: AccountRead, noinline tokens: TokensFor, noinline send: Send): Sequence<R> {
    check(read, R::class.java)
    return pagesBlocking(read, tokens, send).flatMap { page -> page.records.all.map { it as R } }
}

/** [records] with a key, for a thread. */
public inline fun <reified R : Any> recordsBlocking(
    read: AccountRead,
    signer: Signer,
    noinline send: Send,
    noinline nonceMs: () -> Long? = { null },
): Sequence<R> {
    check(read, R::class.java)
    return pagesBlocking(read, signer, send, nonceMs).flatMap { page -> page.records.all.map { it as R } }
}

@PublishedApi
internal fun check(read: AccountRead, wanted: Class<*>) {
    val brought = read.kind.record
    require(wanted.isAssignableFrom(brought)) { "this read brings ${brought.simpleName}" }
}

private suspend fun page(read: AccountRead, tokens: TokensFor, send: Send): Page {
    val first = tokens(null)
    val reply = sent(send, read.request(first.tokens))
    try {
        return read.receive(reply)
    } catch (error: VenuekeyException) {
        // Once: a scope that is missing looks the same, and no refresh helps it.
        if (error.code != "token_rejected") throw error
    }
    return read.receive(sent(send, read.request(tokens(first.generation).tokens)))
}

private const val SIGNED_TRIES = 3

private suspend fun signedPage(read: AccountRead, signer: Signer, send: Send, nonceMs: suspend () -> Long?): Page {
    var tries = 1
    while (true) {
        val reply = sent(send, read.sign(signer, nonceMs()))
        try {
            return read.receiveSigned(reply)
        } catch (error: VenuekeyException) {
            // It has had no effect. Its status may be that of a limit.
            if (error.code != "nonce_rejected" || tries == SIGNED_TRIES) throw error
            delay((error.details.retryAfterMs ?: 0) shl (tries - 1))
            tries++
        }
    }
}

internal suspend fun sent(send: Send, request: VenueRequest): VenueResponse {
    currentCoroutineContext().ensureActive()
    return try {
        whole(request.replay != Replay.SAFE) { send(request) }
    } catch (own: CancellationException) {
        // The caller's goes through; what is left is the sender's own, a timeout for one.
        currentCoroutineContext().ensureActive()
        throw NoResponse(if (own is TimeoutCancellationException) "timeout" else "cancelled")
    }
}
