package io.github.venuekey.connections

import io.github.venuekey.stores.Store

/**
 * The counter to take from, a count of milliseconds that never goes back, and where it stands. One that a wrong clock has moved further
 * ahead than [furthestMs] would hold up everybody until that time has come: meanwhile all use another, named after where it is.
 */
internal fun inReach(store: Store, counter: String, floorMs: Long, nowMs: Long, furthestMs: Long): Pair<String, Long> {
    var name = counter
    while (true) {
        val lastMs = store.bump(name, floorMs, 0)
        if (lastMs - nowMs <= furthestMs) return name to lastMs
        name = "$counter/$lastMs"
    }
}
