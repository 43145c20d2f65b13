package io.github.venuekey

import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executors
import kotlin.coroutines.AbstractCoroutineContextElement
import kotlin.coroutines.Continuation
import kotlin.coroutines.CoroutineContext
import kotlin.coroutines.startCoroutine
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.withContext

/** Runs to its end, whoever cancels or interrupts meanwhile: for what may have taken effect, and for its store. */
internal suspend fun <T> shielded(work: suspend () -> T): T {
    val interrupts = currentCoroutineContext()[Interrupts]
    interrupts?.hold()
    try {
        return withContext(NonCancellable) { work() }
    } finally {
        interrupts?.release()
    }
}

/**
 * Runs a coroutine to its end for a thread that blocks meanwhile. An interrupt of that thread cancels the coroutine, which
 * ends as a cancelled one does. It runs on a thread of its own: an interrupt would go into whatever blocks on the caller's,
 * a `save` that has begun, too.
 */
@Throws(InterruptedException::class)
internal fun <T> blocking(work: suspend () -> T): T {
    val end = CompletableFuture<Result<T>>()
    val interrupts = Interrupts()
    val job = Job()
    var interrupted: InterruptedException? = null
    val worker = Executors.newSingleThreadExecutor { run ->
        Thread(run, "venuekey").apply { isDaemon = true }.also { interrupts.worker = it }
    }
    try {
        // Not cancellable before it runs: a first step to be stored is stored.
        work.startCoroutine(Continuation(worker.asCoroutineDispatcher() + job + interrupts) { end.complete(it) })
        while (!end.isDone) {
            try {
                end.get()
            } catch (stop: InterruptedException) {
                interrupted = stop
                job.cancel()
                interrupts.interrupt()
            }
        }
    } finally {
        job.cancel()
        worker.shutdown()
    }
    val result = end.join()
    if (interrupted == null) return result.getOrThrow()
    val failure = result.exceptionOrNull()
    if (failure is CancellationException || failure is InterruptedException) throw interrupted
    // It came to another end than the cancellation's, and the thread stays interrupted.
    Thread.currentThread().interrupt()
    return result.getOrThrow()
}

/** The interrupts of a blocked caller, on their way to the thread that works for it. */
private class Interrupts : AbstractCoroutineContextElement(Interrupts) {
    companion object Key : CoroutineContext.Key<Interrupts>

    lateinit var worker: Thread
    private var shields = 0

    @Synchronized
    fun hold() {
        shields++
        // One that came just before is a cancellation by now.
        Thread.interrupted()
    }

    @Synchronized
    fun release() {
        shields--
    }

    /** Ends what blocks, unless it is shielded. */
    @Synchronized
    fun interrupt() {
        if (shields == 0) worker.interrupt()
    }
}
