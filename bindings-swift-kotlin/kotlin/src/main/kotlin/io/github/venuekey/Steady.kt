package io.github.venuekey

/** Where a clock can be right, as core has it: seconds, microseconds and a clock that was never set lie outside. */
internal val PLAUSIBLE_MS = 1_577_836_800_000L..<4_102_444_800_000L

/** This process's own count, which no clock's setting moves. */
internal fun monotonicMs(): Long = System.nanoTime() / 1_000_000

/** What a clock said last that can be a time, counted on by this process's own count. */
internal class LastReading {
    @Volatile
    private var known: Pair<Long, Long>? = null

    /** Whether that can be a time. */
    fun keeps(nowMs: Long): Boolean = (nowMs in PLAUSIBLE_MS).also { if (it) known = nowMs to monotonicMs() }

    val countedOnMs: Long? get() = known?.let { (lastMs, atMs) -> lastMs + monotonicMs() - atMs }
}

/**
 * The clock, which is asked once here and then fails no more: a reply that has come must be read and stored. Where it throws or says no
 * time, it is counted on from what it said last.
 */
internal fun steady(clock: () -> Long): () -> Long {
    val last = LastReading()
    // Core refuses it, before anything is sent.
    if (!last.keeps(clock())) return clock
    return { runCatching(clock).getOrNull()?.takeIf(last::keeps) ?: last.countedOnMs!! }
}
