package io.github.venuekey.example

import io.github.venuekey.Secret
import io.github.venuekey.VenuekeyException
import io.github.venuekey.connections.BackendConnection
import io.github.venuekey.connections.BackendRefusal
import java.io.IOException
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.MutableStateFlow

private const val LOOK_EVERY_MS = 300L

/** What the screen shows of one exchange. */
sealed interface ConnectionState {
    /** Nothing is under way on this device; the standing is null before the backend was asked. */
    data class Idle(val standing: Standing? = null) : ConnectionState

    /** Open this page in a Custom Tab; its callback comes as an App Link. */
    class AtVenue(val authorizeUrl: Secret) : ConnectionState

    /** The user was sent to the exchange, and this process has begun since. */
    data object Away : ConnectionState

    /** The callback is in; the backend goes on. */
    data object Working : ConnectionState

    /** It did not work; [canRetry] where the same may be tried again. */
    data class Trouble(val code: String, val canRetry: Boolean) : ConnectionState
}

/** What the ViewModel does. */
class ConnectionModel(private val venue: String, private val connection: BackendConnection, private val api: BackendApi) {
    val state = MutableStateFlow<ConnectionState>(ConnectionState.Idle())

    /** If the user is back already, there is no page to open: that is brought to the backend, which goes on. */
    suspend fun connect() = attempt {
        if (connection.pending()?.hasCallback == true) {
            connection.resume()
            standing()
        } else {
            ConnectionState.AtVenue(connection.begin())
        }
    }

    /** The App Link was opened. A callback without a connection of this app is left alone. */
    suspend fun receiveCallback(callbackUrl: String) = attempt { if (connection.receiveCallback(callbackUrl)) standing() else state.value }

    /** A new process: goes on where the last one was. Also the button "Try again". */
    suspend fun resume() = attempt {
        connection.resume()
        if (connection.pending() == null) standing() else ConnectionState.Away
    }

    /** The user gives up waiting. */
    suspend fun cancel() = attempt {
        connection.cancel()
        standing()
    }

    /** By the backend's word, once it has come to an end. */
    private suspend fun standing(): ConnectionState {
        while (true) {
            val standing = api.standings().getValue(venue)
            if (standing.state != "working") return ConnectionState.Idle(standing)
            state.value = ConnectionState.Working
            delay(LOOK_EVERY_MS)
        }
    }

    private suspend fun attempt(work: suspend () -> ConnectionState) {
        state.value = try {
            work()
        } catch (refused: BackendRefusal) {
            ConnectionState.Trouble(refused.code, canRetry = false)
        } catch (refused: VenuekeyException) {
            ConnectionState.Trouble(refused.code, canRetry = false)
        } catch (_: IOException) {
            ConnectionState.Trouble("offline", canRetry = true)
        }
    }
}
