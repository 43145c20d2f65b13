package io.github.venuekey.connections

import io.github.venuekey.VenuekeyException

/** As [Connections.reseal]. */
internal suspend fun reseal(rows: Rows, limit: Int): Int {
    if (limit < 1) throw wrong("limit must be 1 or more")
    var (done, after) = 0 to ""
    var left: String? = null
    while (done < limit) {
        val ids = io { rows.store.rowsSealedByOthers(rows.keys.newestId, limit - done, after) }
        after = ids.lastOrNull() ?: break
        for (id in ids) {
            try {
                // A revision of its own, since the seal is bound to it.
                rows.apply(id, null) { connection, nowMs -> connection.touched(nowMs) }
                done++
            } catch (_: ConnectionNotFound) {
                // Gone meanwhile.
            } catch (error: VenuekeyException) {
                left = left ?: id
                Log.warning("connection $id: can't be sealed anew (${error.code})${pageFor(error)}")
            }
        }
    }
    if (left != null && done == 0) {
        val hint = "rows are left that can't be opened here, the first is $left: give the key that sealed it"
        throw misuse("invalid_configuration", hint)
    }
    return done
}
