package io.github.venuekey.connections

import io.github.venuekey.Client
import io.github.venuekey.ClientConfig
import io.github.venuekey.Venue
import io.github.venuekey.VenueEnvironment
import io.github.venuekey.VenuekeyException
import io.github.venuekey.stores.FileStore
import java.io.File
import java.net.ServerSocket
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** What comes between a person and their account; that it is connected otherwise, examples/kotlin-desktop shows. */
class ConnectLocalTest {
    @TempDir
    lateinit var folder: File

    init {
        // No test opens a browser.
        System.setProperty("java.awt.headless", "true")
    }

    private val redirect = "http://127.0.0.1:${ServerSocket(0).use { it.localPort }}/callback"
    private val client = Client(ClientConfig(Venue.WHITEBIT, VenueEnvironment.GLOBAL, "app", redirect))
    private val store by lazy { FileStore(folder) }

    @Test
    fun `a connection that somebody ends meanwhile is waited for no longer`() {
        val others = ConnectionsBlocking(Connections(mapOf("local" to client), store, store.sealingKeys()))
        val error = assertThrows(VenuekeyException.Misuse::class.java) {
            connectLocal(client, store, say = { others.disconnect(others.find("local").single().id) })
        }
        assertEquals("wrong_state" to "the connection was ended meanwhile", error.code to error.details.hint)
    }
}
