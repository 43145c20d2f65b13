package io.github.venuekey.connections

import io.github.venuekey.ConnectionStatus
import io.github.venuekey.VenuekeyException

/** The connection has had this event, or is further. */
private val MOVED_ON = setOf("wrong_state", "callback_already_received", "superseded")

/** Which of a user's connections a callback is for: the callback itself decides. */
internal suspend fun clientCallback(views: List<ConnectionView>, receive: suspend (String) -> ConnectionView): ConnectionView {
    var refused: VenuekeyException? = null
    for (view in views.filter { it.authorizeUrl != null && it.intent == null }) {
        try {
            return receive(view.id)
        } catch (_: ConnectionNotFound) {
            // Gone meanwhile.
        } catch (error: VenuekeyException) {
            if (error.code !in MOVED_ON) refused = error
        }
    }
    refused?.let { throw it }
    val living = views.filter { it.status != ConnectionStatus.ENDED && it.intent == null }
    return living.ifEmpty { views }.maxByOrNull { it.trail.lastOrNull()?.atMs ?: 0 }
        ?: throw ConnectionNotFound("this owner has no connection of this client")
}
