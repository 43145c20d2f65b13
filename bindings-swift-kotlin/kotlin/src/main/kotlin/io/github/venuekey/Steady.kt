package io.github.venuekey

/** Where a clock can be right, as core has it: seconds, microseconds and a clock that was never set lie outside. */
private val PLAUSIBLE_MS = 1_577_836_800_000L..<4_102_444_800_000L

/**
 * The clock, which is asked once here and then fails no more: a reply that has come must be read and stored. Where it throws or says no
 * time, it is counted on from what it said last.
 */
internal fun steady(clock: () -> Long): () -> Long {
    var known = clock() to System.nanoTime()
    // Core refuses it, before anything is sent.
    if (known.first !in PLAUSIBLE_MS) return clock
    return {
        val (lastMs, at) = known
        when (val nowMs = runCatching(clock).getOrNull()) {
            null, !in PLAUSIBLE_MS -> lastMs + (System.nanoTime() - at) / 1_000_000
            else -> nowMs.also { known = it to System.nanoTime() }
        }
    }
}
