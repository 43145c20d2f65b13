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

/** How a connection is begun and how its callback is taken. */
interface Way {
    /** The page to open, once whatever the way needs later is stored. */
    suspend fun begin(venue: String): String

    /** Ends when the backend has it. Called again with the same URL where the process has died in between. */
    suspend fun finish(venue: String, callbackUrl: String)
}

/** The paved path: the backend begins and keeps the flow, the app opens the page and posts back where it ended. */
class ByBackend(private val api: BackendApi) : Way {
    override suspend fun begin(venue: String): String = api.begin(venue).authorizeUrl

    override suspend fun finish(venue: String, callbackUrl: String) = api.sendCallback(venue, callbackUrl)
}

/**
 * What the ViewModel does. Everything that must outlive the process is in [storage] before it is acted on: Android ends
 * apps while their users are in the browser.
 */
class ConnectionModel(private val way: Way, private val api: BackendApi, private val storage: Storage) {
    private val mutable = MutableStateFlow<ConnectionState>(ConnectionState.Idle())
    private val one = Mutex()
    val state: StateFlow<ConnectionState> = mutable

    suspend fun connect(venue: String) = one.withLock {
        attempt(venue) {
            val page = way.begin(venue)
            storage.write(VENUE, venue)
            storage.write(CALLBACK, null)
            mutable.value = ConnectionState.AtVenue(venue, page)
        }
    }

    /** The App Link was opened. A callback without a connection of this app is left alone. */
    suspend fun receiveCallback(callbackUrl: String) = one.withLock {
        val venue = storage.read(VENUE) ?: return@withLock
        storage.write(CALLBACK, callbackUrl)
        finish(venue, callbackUrl)
    }

    /** A new process: goes on where the last one was. Also the button "Try again". */
    suspend fun resume() = one.withLock {
        val venue = storage.read(VENUE)
        val callbackUrl = storage.read(CALLBACK)
        when {
            venue == null -> attempt("") { mutable.value = ConnectionState.Idle(api.standings()) }
            callbackUrl == null -> mutable.value = ConnectionState.Away(venue)
            else -> finish(venue, callbackUrl)
        }
    }

    /** The user gives up waiting. */
    suspend fun cancel() = one.withLock {
        val venue = storage.read(VENUE) ?: return@withLock
        forget()
        attempt(venue) {
            api.forget(venue)
            mutable.value = ConnectionState.Idle(api.standings())
        }
    }

    private suspend fun finish(venue: String, callbackUrl: String) = attempt(venue) {
        mutable.value = ConnectionState.Working(venue)
        way.finish(venue, callbackUrl)
        forget()
        var standings = api.standings()
        while (standings.getValue(venue).state == "working") {
            delay(LOOK_EVERY_MS)
            standings = api.standings()
        }
        mutable.value = ConnectionState.Idle(standings)
    }

    private fun forget() {
        storage.write(CALLBACK, null)
        storage.write(VENUE, null)
    }

    private suspend fun attempt(venue: String, work: suspend () -> Unit) {
        try {
            work()
        } catch (refused: Refused) {
            // The callback was not this flow's, say: the flow goes on waiting for the true one.
            storage.write(CALLBACK, null)
            mutable.value = ConnectionState.Trouble(venue, refused.code, canRetry = false)
        } catch (refused: VenuekeyException) {
            storage.write(CALLBACK, null)
            mutable.value = ConnectionState.Trouble(venue, refused.code, canRetry = false)
        } catch (_: IOException) {
            mutable.value = ConnectionState.Trouble(venue, "offline", canRetry = true)
        }
    }

    private companion object {
        const val VENUE = "connecting"
        const val CALLBACK = "callback"
        const val LOOK_EVERY_MS = 300L
    }
}
