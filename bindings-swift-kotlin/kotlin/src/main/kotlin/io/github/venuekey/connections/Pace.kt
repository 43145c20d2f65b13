package io.github.venuekey.connections

import io.github.venuekey.ConnectionDriver
import io.github.venuekey.RateBudget
import io.github.venuekey.VenueRequest

/** All workers that share the store take turns at refreshes, from a counter of it. */
internal class Turns(private val rows: Rows) {
    private val lock = Any()

    /** When the driver's request may be sent, in Unix milliseconds; null if that is too late for its lease. */
    suspend fun startMs(driver: ConnectionDriver): Long? {
        val nowMs = rows.nowMs()
        val pace = driver.pace(nowMs) ?: return nowMs
        val startMs = io {
            val floor = nowMs - pace.intervalMs
            synchronized(lock) {
                // A turn that is taken and not used is lost for everybody: look first, and leave room for others who look.
                val (counter, lastMs) = inReach(rows.store, pace.counter, floor, nowMs, pace.furthestMs)
                val isTooLate = lastMs + pace.intervalMs - nowMs > pace.longestWaitMs / 2
                if (isTooLate) null else rows.store.bump(counter, floor, pace.intervalMs)
            }
        }
        return startMs?.takeIf { it - nowMs <= pace.longestWaitMs }
    }
}

/** What this process may send, by the venue's limits; other processes behind the address count for as much. */
internal class Budget(private val rows: Rows, private val sleep: suspend (Long) -> Unit, shareOf: Int) {
    private var left = RateBudget(shareOf.toLong())

    /**
     * Waits for the request's turn; how many milliseconds that took.
     *
     * @throws VenuekeyException `rate_limited` if it would take longer than [patienceMs].
     */
    suspend fun wait(request: VenueRequest, patienceMs: Long): Long {
        val nowMs = rows.nowMs()
        val waitMs = synchronized(this) {
            val reservation = left.reserve(request, nowMs)
            val waitMs = reservation.startAtMs - nowMs
            if (waitMs > patienceMs) throw limited(waitMs)
            left = reservation.budget
            maxOf(0, waitMs)
        }
        if (waitMs > 0) sleep(waitMs)
        return waitMs
    }
}
