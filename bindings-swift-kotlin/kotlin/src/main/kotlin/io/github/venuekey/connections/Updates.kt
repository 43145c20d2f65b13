package io.github.venuekey.connections

import io.github.venuekey.ConnectionStatus
import io.github.venuekey.stores.Stored
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.transformWhile
import kotlinx.coroutines.withTimeoutOrNull

/** What others have saved is seen so soon. */
private const val LOOK_MS = 1_000L

/** A view, and the row's revision. */
internal class Look private constructor(val view: ConnectionView, private val revision: Long) {
    val mark: List<Any?> get() = listOf(view.id, revision, view.status, view.noWorker)

    companion object {
        suspend fun at(rows: Rows, stored: Stored): Look = Look(rows.look(stored), stored.row.revision)
    }
}

/** What a look finds: now, and each time that it is something else. */
internal fun looks(rows: Rows, look: suspend () -> Look?): Flow<ConnectionView?> = flow {
    var isFirst = true
    var last: List<Any?>? = null
    while (true) {
        // Before the look: what changes meanwhile is another number.
        val changes = rows.changes.value
        val found = look()
        if (isFirst || found?.mark != last) emit(found?.view)
        isFirst = false
        last = found?.mark
        withTimeoutOrNull(LOOK_MS) { rows.changes.first { it != changes } }
    }
}

/** Until it has ended, or its row is gone. */
internal fun updatesOf(rows: Rows, id: String, owner: String?): Flow<ConnectionView> = flow {
    var isKnown = false
    val looks = looks(rows) {
        try {
            Look.at(rows, rows.stored(id, owner)).also { isKnown = true }
        } catch (gone: ConnectionNotFound) {
            // It was there.
            if (isKnown) null else throw gone
        }
    }
    val untilTheEnd = looks.transformWhile { view ->
        view?.let { emit(it) }
        view != null && view.status != ConnectionStatus.ENDED
    }
    emitAll(untilTheEnd)
}
