package io.github.venuekey.example

import io.github.venuekey.ConnectionStatus
import io.github.venuekey.Goal
import io.github.venuekey.connections.ConnectionView
import io.github.venuekey.connections.Connections

/** A connection that is under way: the user was sent to the exchange, and may be back. */
class Pending(val venue: String, val hasCallback: Boolean)

/** How a connection is begun, and how its callback comes to the backend. What a later process needs is on disk when a call returns. */
interface Way {
    /** The page to open. */
    suspend fun begin(venue: String): String

    suspend fun pending(): Pending?

    /** Takes the callback in. */
    suspend fun receive(callbackUrl: String)

    /** Ends when the backend has it. Called again where the process has died in between. */
    suspend fun finish()

    suspend fun forget()
}

/** The usual way: the backend begins and keeps the connection, the app opens the page and posts back where it ended. */
class ByBackend(private val api: BackendApi, private val storage: Storage) : Way {
    override suspend fun begin(venue: String): String = api.begin(venue).authorizeUrl.also {
        storage.write(VENUE, venue)
        storage.write(CALLBACK, null)
    }

    override suspend fun pending(): Pending? = storage.read(VENUE)?.let { Pending(it, storage.read(CALLBACK) != null) }

    override suspend fun receive(callbackUrl: String) = storage.write(CALLBACK, callbackUrl)

    override suspend fun finish() {
        try {
            api.sendCallback(storage.read(VENUE)!!, storage.read(CALLBACK)!!)
        } catch (refused: Refused) {
            // It was not this connection's, say: the connection goes on waiting for the true one.
            storage.write(CALLBACK, null)
            throw refused
        }
        forget()
    }

    override suspend fun forget() {
        storage.write(CALLBACK, null)
        storage.write(VENUE, null)
    }

    private companion object {
        const val VENUE = "connecting"
        const val CALLBACK = "callback"
    }
}

/** Where the backend can't begin: the app does, without the client's secret, and hands off. WhiteBIT's key only. */
class ByHandOff(private val api: BackendApi, private val connections: Connections) : Way {
    override suspend fun begin(venue: String): String {
        require(venue == "whitebit") { "only WhiteBIT's key can be handed off" }
        val view = mine()?.let { connections.reconnect(it.id, OWNER) } ?: connections.begin(venue, OWNER, Goal.API_KEY)
        // Exposed to be opened.
        return view.authorizeUrl!!.expose()
    }

    override suspend fun pending(): Pending? = mine()?.takeIf { it.status != ConnectionStatus.NEEDS_USER }
        ?.let { Pending("whitebit", hasCallback = it.status == ConnectionStatus.WORKING) }

    override suspend fun receive(callbackUrl: String) {
        connections.receiveCallback(mine()!!.id, callbackUrl, OWNER).error?.let { throw it }
    }

    override suspend fun finish() {
        val id = mine()!!.id
        val handOff = connections.handOff(id, OWNER) ?: return
        try {
            // Exposed to be sent, in an authenticated request over TLS.
            api.handOff(handOff.expose())
        } catch (refused: Refused) {
            // The backend has it already: this process, or the one before, had sent it.
            if (refused.code != "superseded") throw refused
        }
        connections.handedOff(id, handOff, OWNER)
    }

    override suspend fun forget() {
        mine()?.let { connections.disconnect(it.id, OWNER) }
        connections.runOnce()
    }

    private suspend fun mine(): ConnectionView? =
        connections.find(OWNER).firstOrNull { it.client == "whitebit" && it.status != ConnectionStatus.ENDED && it.intent == null }
}
