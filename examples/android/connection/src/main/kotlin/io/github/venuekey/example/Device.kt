package io.github.venuekey.example

import io.github.venuekey.Client
import io.github.venuekey.ClientConfig
import io.github.venuekey.Venue
import io.github.venuekey.VenueEnvironment
import io.github.venuekey.connections.Connections
import io.github.venuekey.senders.okHttpSender
import io.github.venuekey.stores.FileStore
import io.github.venuekey.stores.KeyVault
import io.github.venuekey.stores.Store
import java.io.File

/** Whose connections are on the device. */
const val OWNER = "me"
private const val WHITEBIT = "demo-whitebit"
private const val PASTE = "https://www.bybit.com/oauth/callback"

/**
 * What the device holds itself, by clients that have no secret: Bybit's AI agent, and WhiteBIT until the backend has it.
 *
 * @param redirectUri WhiteBIT's: an address of the backend's that opens the app.
 * @param sandbox where an exchange is, in place of its own addresses; and for tests, what is between here and the files, and the time.
 */
fun deviceConnections(
    folder: File,
    vault: KeyVault,
    redirectUri: String,
    sandbox: (String) -> String? = { null },
    opened: (FileStore) -> Store = { it },
    clock: (() -> Long)? = null,
): Connections {
    fun client(venue: Venue, environment: VenueEnvironment, id: String, redirectUri: String): Client {
        val base = sandbox(venue.name.lowercase())
        return Client(ClientConfig(venue, environment, id, redirectUri, authorizeBase = base, apiBase = base))
    }
    val clients = mapOf(
        "whitebit" to client(Venue.WHITEBIT, VenueEnvironment.GLOBAL, WHITEBIT, redirectUri),
        "bybit" to client(Venue.BYBIT, VenueEnvironment.MAINNET, "ai-agent", PASTE),
    )
    val store = FileStore(folder)
    return Connections(clients, opened(store), store.sealingKeys(vault), send = okHttpSender(), clock = clock)
}
