package io.github.venuekey.connections

import io.github.venuekey.Send
import io.github.venuekey.Signer
import io.github.venuekey.monotonicMs
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicReference
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

private const val OFFSET_LIVES_MS = 3_600_000L
/** When a venue that did not tell its time is asked again: until then the host's clock counts. */
private const val ASK_AGAIN_MS = 60_000L
private const val TOUCH_MS = 3_600_000L
private const val MOST_TOUCHED = 10_000

/** How far each venue's clock is ahead of the host's: measured when it is needed, and when the venue complains. */
internal class Clocks(private val rows: Rows, private val send: Send) {
    private class Known(val untilMs: Long, val aheadMs: Long) {
        val isFresh get() = monotonicMs() < untilMs
    }

    private class Place {
        val asking = Mutex()
        val known = AtomicReference<Known>()
    }

    private val places = ConcurrentHashMap<String, Place>()

    suspend fun aheadMs(signer: Signer, anew: Boolean): Long {
        val place = places.computeIfAbsent("${signer.venue} ${signer.environment}") { Place() }
        val before = place.known.get()
        if (!anew && before != null && before.isFresh) return before.aheadMs
        // One asks, the others wait for what it hears; other venues' callers do not.
        return place.asking.withLock {
            val meanwhile = place.known.get()
            val known = if (meanwhile !== before && meanwhile.isFresh) meanwhile else ask(signer, before)
            place.known.set(known)
            known.aheadMs
        }
    }

    private suspend fun ask(signer: Signer, before: Known?): Known = try {
        val sentMs = rows.nowMs()
        val reply = send(signer.askTime())
        Known(monotonicMs() + OFFSET_LIVES_MS, signer.receiveTime(reply, sentMs, rows.nowMs()).aheadMs)
    } catch (_: Exception) {
        currentCoroutineContext().ensureActive()
        // Without it the host's own clock counts, and the venue says where that is not good enough.
        Known(monotonicMs() + ASK_AGAIN_MS, before?.aheadMs ?: 0)
    }
}

/** When this process last wrote down that a connection was used. */
internal class Uses(private val rows: Rows) {
    private val written = HashMap<String, Long>()

    /** Best effort, and at most hourly. */
    fun note(id: String) {
        val nowMs = monotonicMs()
        synchronized(written) {
            val before = written[id]
            if (before != null && nowMs - before < TOUCH_MS) return
            if (written.size >= MOST_TOUCHED) written.clear()
            written[id] = nowMs
        }
        STEADY.launch {
            try {
                rows.store.touch(id, rows.sureMs())
            } catch (error: Throwable) {
                // Nobody waits for it: thrown from here, it would end an app on Android.
                Log.warning("connection $id: could not store that it was used (${placeOf(error)})")
            }
        }
    }
}
