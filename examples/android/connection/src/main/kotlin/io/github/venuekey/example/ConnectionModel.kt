package io.github.venuekey.example

import io.github.venuekey.VenuekeyException
import java.io.IOException
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

/** What the screen shows. */
sealed interface ConnectionState {
    /** Nothing is under way. */
    data class Idle(val standings: Map<String, Standing> = emptyMap()) : ConnectionState

    /** Open this page in a Custom Tab; its callback comes as an App Link. */
    class AtVenue(val venue: String, val authorizeUrl: String) : ConnectionState {
        // The address carries `state`: it stays out of logs.
        override fun toString(): String = "AtVenue($venue)"
    }

    /** The user was sent to the exchange, and this process has begun since. */
    data class Away(val venue: String) : ConnectionState

    /** The callback is in; the backend goes on. */
    data class Working(val venue: String) : ConnectionState

    /** It did not work; [canRetry] where the same may be tried again. */
    data class Trouble(val venue: String, val code: String, val canRetry: Boolean) : ConnectionState
}

/** What the ViewModel does. What must outlive the process is the way's to keep: Android ends apps while their users are in the browser. */
class ConnectionModel(private val way: Way, private val api: BackendApi) {
    private val mutable = MutableStateFlow<ConnectionState>(ConnectionState.Idle())
    private val one = Mutex()
    val state: StateFlow<ConnectionState> = mutable

    suspend fun connect(venue: String) = one.withLock {
        attempt(venue) { mutable.value = ConnectionState.AtVenue(venue, way.begin(venue)) }
    }

    /** The App Link was opened. A callback without a connection of this app is left alone. */
    suspend fun receiveCallback(callbackUrl: String) = one.withLock {
        val venue = way.pending()?.venue ?: return@withLock
        attempt(venue) {
            way.receive(callbackUrl)
            finish(venue)
        }
    }

    /** A new process: goes on where the last one was. Also the button "Try again". */
    suspend fun resume() = one.withLock {
        val pending = way.pending()
        when {
            pending == null -> attempt("") { mutable.value = ConnectionState.Idle(api.standings()) }
            pending.hasCallback -> attempt(pending.venue) { finish(pending.venue) }
            else -> mutable.value = ConnectionState.Away(pending.venue)
        }
    }

    /** The user gives up waiting. */
    suspend fun cancel() = one.withLock {
        val venue = way.pending()?.venue ?: return@withLock
        attempt(venue) {
            way.forget()
            api.forget(venue)
            mutable.value = ConnectionState.Idle(api.standings())
        }
    }

    private suspend fun finish(venue: String) {
        mutable.value = ConnectionState.Working(venue)
        way.finish()
        var standings = api.standings()
        while (standings.getValue(venue).state == "working") {
            delay(LOOK_EVERY_MS)
            standings = api.standings()
        }
        mutable.value = ConnectionState.Idle(standings)
    }

    private suspend fun attempt(venue: String, work: suspend () -> Unit) {
        try {
            work()
        } catch (refused: Refused) {
            mutable.value = ConnectionState.Trouble(venue, refused.code, canRetry = false)
        } catch (refused: VenuekeyException) {
            mutable.value = ConnectionState.Trouble(venue, refused.code, canRetry = false)
        } catch (_: IOException) {
            mutable.value = ConnectionState.Trouble(venue, "offline", canRetry = true)
        }
    }

    private companion object {
        const val LOOK_EVERY_MS = 300L
    }
}
