package io.github.venuekey.stores

import java.util.UUID

/** The last resort, and no measure of the machine: what a test waits for comes in a moment, or not at all. */
internal const val PATIENCE_MS: Long = 300_000
internal const val PROCESSES: Int = 3
internal const val HOSTILE: String = "'; DROP TABLE venuekey_connections; --\" ? %s \$1 \\ é ∑ 👩‍🚀 \u202e"

internal fun newId(): String = UUID.randomUUID().toString().replace("-", "")

/** A new connection's row. */
internal fun made(id: String = newId(), revision: Long = 1): Row =
    Row(id, "owner", "client", "whitebit", "global", "working", revision, "key", "sealed")

/** The row that is there, with what is beside it. */
internal fun Store.stored(id: String): Stored = checkNotNull(load(id)) { "there is no such row" }

/** The row that is there. */
internal fun Store.kept(id: String): Row = stored(id).row
