package io.github.venuekey.example

import io.github.venuekey.Client
import io.github.venuekey.ClientConfig
import io.github.venuekey.VenueEnvironment
import io.github.venuekey.FlowStatus
import io.github.venuekey.Goal
import io.github.venuekey.Outcome
import io.github.venuekey.Snapshot
import io.github.venuekey.Venue
import io.github.venuekey.drive

/**
 * The other way, where the backend can't begin: the app does, without the client's secret, and hands off. WhiteBIT's key
 * flow only; Bybit's public client needs a loopback redirect, which a phone's browser can't be sent to.
 */
class OnDevice(
    private val api: BackendApi,
    private val storage: Storage,
    clientId: String,
    redirectUri: String,
    sandbox: String? = null,
) : Way {
    private val client = Client(
        ClientConfig(Venue.WHITEBIT, VenueEnvironment.GLOBAL, clientId, redirectUri, authorizeBase = sandbox, apiBase = sandbox),
    )

    override suspend fun begin(venue: String): String {
        require(venue == "whitebit") { "only WhiteBIT's key flow can be handed off" }
        val started = client.begin(Goal.API_KEY)
        save(started.pending.snapshot())
        // Exposed to be opened.
        return started.authorizeUrl.expose()
    }

    override suspend fun finish(venue: String, callbackUrl: String) {
        val flow = client.restore(checkNotNull(storage.read(FLOW)) { "no flow is stored" })
        // Taken up again after the process has died, the flow has had its callback and tells its end once more.
        val step = if (flow.status is FlowStatus.AwaitingCallback) flow.receiveCallback(callbackUrl) else flow.resume()
        val done = drive(step, send = { error("an app without the secret sends nothing") }, save = ::save)
        try {
            // Exposed to be sent, in an authenticated request over TLS.
            api.handOff((done.outcome as Outcome.HandOff).handOff.expose())
        } catch (refused: Refused) {
            // The backend has it already: this process, or the one before, had sent it.
            if (refused.code != "superseded") throw refused
        }
        storage.write(FLOW, null)
    }

    private fun save(snapshot: Snapshot): Boolean {
        // One process, one flow: nobody else writes here, so each save wins.
        storage.write(FLOW, snapshot.expose())
        return true
    }

    private companion object {
        const val FLOW = "flow"
    }
}
