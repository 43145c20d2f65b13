package io.github.venuekey.connections

import io.github.venuekey.Client
import io.github.venuekey.ClientConfig
import io.github.venuekey.ConnectionStatus
import io.github.venuekey.Venue
import io.github.venuekey.VenueEnvironment
import io.github.venuekey.VenuekeyException
import io.github.venuekey.atSandbox
import io.github.venuekey.stores.FileStore
import io.github.venuekey.support.Sandbox
import io.github.venuekey.support.freePort
import java.io.File
import kotlinx.coroutines.runBlocking
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

    private val redirect = "http://127.0.0.1:${freePort()}/callback"
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

    @Test
    fun `an address may be pasted, what is no answer is asked again, and the old key's error ends no new attempt`(): Unit = Sandbox().use { sandbox ->
        val venue = atSandbox(sandbox, Venue.BYBIT)
        val said = mutableListOf<String>()
        fun connected(): AccountBlocking {
            val page = { said.last { it.startsWith("Open this page") }.lines().last() }
            val answers = ArrayDeque(listOf({ "" }, { "canary code" }, { "https://partner.example/cb?code=c&state=another" }, { " ${sandbox.approve(page())} " }))
            return connectLocal(venue, store, paste = true, say = { said += it }, ask = { answers.removeFirst()() }).also { assertEquals(0, answers.size) }
        }
        val id = connected().id
        assertEquals(2, said.count { "still waiting" in it })

        runBlocking { Connections(mapOf("local" to venue), store, store.sealingKeys()).refuseKey(id) }
        val account = connected()
        assertEquals(id to ConnectionStatus.CONNECTED, account.id to account.view().status)
    }

    @Test
    fun `a browser leaves out the port that goes without saying`() {
        assertEquals(setOf("127.0.0.1:9876", "localhost:9876", "[::1]:9876"), hostsAt(9876))
        assertEquals(setOf("127.0.0.1:80", "localhost:80", "[::1]:80", "127.0.0.1", "localhost", "[::1]"), hostsAt(80))
    }
}
