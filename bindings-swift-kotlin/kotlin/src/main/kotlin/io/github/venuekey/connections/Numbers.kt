package io.github.venuekey.connections

import io.github.venuekey.Nonces
import java.util.concurrent.ConcurrentHashMap
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

/** So many are reserved at a time: one write to the store for as many requests of a key. */
private const val BLOCK = 50L
private const val MOST_COUNTERS = 10_000
private const val LOOK_MS = 250L
/** How far ahead of the venue's clock numbers may lie: so many processes do not draw them at once. */
private const val FURTHEST_MS = 60_000L

/** A number, and how long it was waited for. */
internal class Drawn(val nonceMs: Long, val waitedMs: Long)

/** Numbers for signed requests, no two alike whatever process draws them. */
internal class Numbers(private val rows: Rows, private val sleep: suspend (Long) -> Unit) {
    private class Block(val reserved: Long, val nonces: Nonces) {
        var left = BLOCK
    }

    private class Place {
        val reserving = Mutex()

        @Volatile
        var block: Block? = null
    }

    private val places = ConcurrentHashMap<String, Place>()

    /**
     * A number that no other request of this key has had, near the venue's clock, which is [aheadMs] ahead.
     *
     * @throws VenuekeyException `rate_limited` if that takes longer than [patienceMs].
     */
    suspend fun next(counter: String, aheadMs: Long, patienceMs: Long): Drawn {
        if (places.size >= MOST_COUNTERS) places.clear()
        val place = places.computeIfAbsent(counter) { Place() }
        var waitedMs = 0L
        while (true) {
            val venueMs = rows.nowMs() + aheadMs
            val block = place.block
            var liesMs = 0L
            if (block != null) synchronized(block) {
                block.nonces.take(venueMs)?.let { taken ->
                    block.left--
                    return Drawn(taken, waitedMs)
                }
                if (block.left > 0) liesMs = block.reserved - BLOCK - venueMs
            }
            // Many blocks were reserved in a short time, or by a clock that was a little ahead: another one would lie further ahead still.
            if (liesMs in 1..FURTHEST_MS) {
                if (waitedMs >= patienceMs) throw limited(liesMs)
                sleep(LOOK_MS)
                waitedMs += LOOK_MS
            } else {
                // Those that want a block of the same key at once share it.
                place.reserving.withLock { if (place.block === block) place.block = reserved(counter, venueMs) }
            }
        }
    }

    private suspend fun reserved(counter: String, venueMs: Long): Block {
        val last = io {
            val (name) = inReach(rows.store, counter, venueMs - 1, venueMs, FURTHEST_MS)
            rows.store.bump(name, venueMs - 1, BLOCK)
        }
        return Block(last, Nonces.reserve(last - BLOCK, BLOCK, venueMs, nonceWindow = true))
    }
}
