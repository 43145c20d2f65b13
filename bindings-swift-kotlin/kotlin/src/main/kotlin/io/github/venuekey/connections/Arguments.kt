package io.github.venuekey.connections

import io.github.venuekey.PLAUSIBLE_MS

// What an argument must be, told at once and by its name.

/** What `owner` is if it is left out: no owner is asked for. Nobody else has this very object. */
internal val ANY_OWNER: String = buildString { append("any owner") }

private val ID = Regex("[0-9a-f]{32}")
private const val MOST_HOLDER_BYTES = 64
internal const val PATIENCE_MS: Long = 30_000
internal const val MOST_PATIENCE_MS: Long = 365L * 24 * 3_600_000

/** Null for any owner. */
internal fun ownerOrAny(owner: String): String? = owner.takeUnless { it === ANY_OWNER }

internal fun isId(id: String): Boolean = ID.matches(id)

internal fun checkHolder(holder: String): String {
    val isFit = holder.toByteArray().size in 1..MOST_HOLDER_BYTES && holder.none { it.isISOControl() || it.isSurrogate() }
    if (!isFit) throw wrong("holder must be 1 to $MOST_HOLDER_BYTES printable bytes")
    return holder
}

internal fun checkPatience(patienceMs: Long): Long {
    if (patienceMs < 0) throw wrong("patienceMs must be 0 or more")
    return minOf(patienceMs, MOST_PATIENCE_MS)
}

/** What a clock says. */
internal fun unixMs(of: String, nowMs: Long): Long {
    if (nowMs !in PLAUSIBLE_MS) throw wrong("$of must return Unix milliseconds between the years 2020 and 2100")
    return nowMs
}
