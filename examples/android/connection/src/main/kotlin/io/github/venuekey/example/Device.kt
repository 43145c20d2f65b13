package io.github.venuekey.example

import io.github.venuekey.Client
import io.github.venuekey.ClientConfig
import io.github.venuekey.Venue
import io.github.venuekey.VenueEnvironment

/** Whose connections are on the device. */
const val OWNER = "me"
private const val WHITEBIT = "demo-whitebit"
private const val PASTE = "https://www.bybit.com/oauth/callback"

/**
 * The clients of the device itself, which have no secret: Bybit's AI agent, and WhiteBIT until the backend has the connection.
 *
 * @param redirectUri WhiteBIT's: an address of the backend's that opens the app.
 * @param sandbox where an exchange is, in place of its own addresses.
 */
fun deviceClients(redirectUri: String, sandbox: (String) -> String? = { null }): Map<String, Client> {
    fun client(venue: Venue, environment: VenueEnvironment, id: String, redirectUri: String): Client {
        val base = sandbox(venue.name.lowercase())
        return Client(ClientConfig(venue, environment, id, redirectUri, authorizeBase = base, apiBase = base))
    }
    return mapOf(
        "whitebit" to client(Venue.WHITEBIT, VenueEnvironment.GLOBAL, WHITEBIT, redirectUri),
        "bybit" to client(Venue.BYBIT, VenueEnvironment.MAINNET, "ai-agent", PASTE),
    )
}
