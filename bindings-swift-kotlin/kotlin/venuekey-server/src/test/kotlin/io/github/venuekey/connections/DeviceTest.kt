package io.github.venuekey.connections

import io.github.venuekey.Client
import io.github.venuekey.ClientConfig
import io.github.venuekey.ConnectionStatus
import io.github.venuekey.Goal
import io.github.venuekey.HandOff
import io.github.venuekey.Secret
import io.github.venuekey.Venue
import io.github.venuekey.VenueEnvironment
import io.github.venuekey.VenuekeyException
import io.github.venuekey.stores.AppSecrets
import io.github.venuekey.stores.FileSecrets
import io.github.venuekey.stores.FileStore
import io.github.venuekey.stores.KeyVault
import io.github.venuekey.stores.StoreError
import io.github.venuekey.support.Sandbox
import java.io.File
import java.io.IOException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** What an app has on a device: its own connection, and one by its backend. Each call of [life] is the app after a start. */
class DeviceTest {
    @TempDir
    lateinit var folder: File

    @BeforeEach
    fun reset() = SANDBOX.reset()

    private fun life(): DeviceConnection {
        val base = SANDBOX.base("whitebit")
        val config = ClientConfig(
            Venue.WHITEBIT, VenueEnvironment.GLOBAL, "demo-whitebit", "http://127.0.0.1:8000/callback/whitebit", authorizeBase = base, apiBase = base,
        )
        val store = FileStore(folder.resolve("device"))
        return DeviceConnection(Connections(mapOf("whitebit" to Client(config)), store, store.sealingKeys()), "whitebit")
    }

    @Test
    fun `a screen sees each state, from nothing to the end, and two clicks are one`(): Unit = runBlocking {
        val device = life()
        val seen = Channel<ConnectionStatus?>(Channel.UNLIMITED)
        val screen = launch { device.updates().map { it?.status }.distinctUntilChanged().collect { seen.send(it) } }
        assertNull(seen.receive())
        assertThrows(ConnectionNotFound::class.java) { runBlocking { device.recover() } }

        val views = List(2) { async { device.connect() } }.awaitAll()
        assertEquals(views[0].id, views[1].id)
        assertEquals(ConnectionStatus.AWAITING_USER, seen.receive())
        // Another process of the app shows the same page again.
        assertEquals(views[0].authorizeUrl!!.expose(), life().connect().authorizeUrl!!.expose())

        // Somebody else's save is seen too.
        life().run {
            cancelAttempt()
            connections.runOnce()
        }
        var status = seen.receive()
        while (status != ConnectionStatus.ENDED) status = seen.receive()
        assertFalse(device.connect().id == views[0].id)
        assertEquals(ConnectionStatus.AWAITING_USER, device.view()?.status)
        screen.cancel()
    }

    @Test
    fun `updates end with the connection, which is its owner's alone`(): Unit = runBlocking {
        val connections = life().connections
        val view = connections.begin("whitebit", "user", Goal.API_KEY)
        assertThrows(ConnectionNotFound::class.java) { runBlocking { connections.updates(view.id, "somebody").toList() } }
        val seen = async { connections.updates(view.id, "user").map { it.status }.toList() }
        connections.disconnect(view.id, "user")
        connections.runOnce()
        assertEquals(ConnectionStatus.ENDED, seen.await().last())
        assertEquals(listOf(ConnectionStatus.ENDED), connections.updates(view.id).map { it.status }.toList())
    }

    @Test
    fun `a callback stays until the backend has it`(): Unit = Place(folder, SANDBOX).use { place ->
        runBlocking {
            val backend = Backend(place)
            fun app() = BackendConnection("whitebit", backend, FileSecrets(folder.resolve("secrets")))
            assertFalse(app().receiveCallback("https://partner.example/callback/whitebit?code=c&state=s"))
            app().resume()
            app().cancel()
            assertEquals(0, backend.asked)

            val callback = SANDBOX.approve(app().begin().expose())
            assertEquals(PendingAttempt(hasCallback = false), app().pending())
            val refusal = assertThrows(BackendRefusal::class.java) {
                runBlocking { app().receiveCallback(callback.replace("state=", "state=x")) }
            }
            assertEquals("state_mismatch", refusal.code)
            assertEquals("rejected", refusal.kind)
            assertEquals(PendingAttempt(hasCallback = false), app().pending())

            backend.isAway = true
            assertThrows(IOException::class.java) { runBlocking { app().receiveCallback(callback) } }
            assertEquals(PendingAttempt(hasCallback = true), app().pending())
            backend.isAway = false
            app().resume()
            assertNull(app().pending())
            assertNotNull(place.connections.runOnce())
            assertEquals(ConnectionStatus.CONNECTED, place.connections.find("user").single().status)

            app().begin()
            app().cancel()
            assertNull(app().pending())
            assertEquals(1, SANDBOX.requests("token").size)
        }
    }

    /** At WhiteBIT the key is there by then: without its code, the user must delete it by hand. */
    @Test
    fun `a callback that the backend does not have yet is lost to no other and to no second click`(): Unit = runBlocking {
        val backend = Listening()
        fun app() = BackendConnection("whitebit", backend, FileSecrets(folder))
        app().begin()
        val (forged, right) = "app://callback?code=forged" to "app://callback?code=true"
        backend.isAway = true
        for (url in listOf(forged, right, "app://callback?code=x\napp://callback?code=y", right)) {
            assertThrows(IOException::class.java) { runBlocking { app().receiveCallback(url) } }
        }
        assertThrows(IOException::class.java) { runBlocking { app().begin() } }
        assertEquals(1, backend.begun)
        assertEquals(PendingAttempt(hasCallback = true), app().pending())
        backend.isAway = false
        backend.heard.clear()
        assertEquals("wrong_state", assertThrows(VenuekeyException.Misuse::class.java) { runBlocking { app().begin() } }.code)
        assertEquals(listOf(forged, right), backend.heard)
        assertNull(app().pending())
        assertEquals(1, backend.begun)

        // What is of no use keeps nobody from beginning, and a failure that is one address's own keeps back no other.
        app().begin()
        backend.isAway = true
        assertThrows(IOException::class.java) { runBlocking { app().receiveCallback(forged) } }
        backend.isAway = false
        app().begin()
        assertEquals(3, backend.begun)
        backend.fails = "app://callback?odd"
        assertThrows(IOException::class.java) { runBlocking { app().receiveCallback(backend.fails) } }
        assertTrue(app().receiveCallback(right))
        assertNull(app().pending())

        // However many come, the first and the last are there.
        app().begin()
        backend.isAway = true
        for (number in 0 until 40) runCatching { app().receiveCallback("app://callback?code=$number") }
        backend.isAway = false
        backend.heard.clear()
        assertThrows(BackendRefusal::class.java) { runBlocking { app().resume() } }
        assertEquals((listOf(0) + (25 until 40)).map { "app://callback?code=$it" }, backend.heard)
        assertEquals(PendingAttempt(hasCallback = false), app().pending())
    }

    /** The system may end the app while its backend is slow to answer. */
    @Test
    fun `a callback is kept at once, whatever is under way`(): Unit = runBlocking {
        val backend = Listening()
        val secrets = FileSecrets(folder)
        val app = BackendConnection("whitebit", backend, secrets)
        fun isKept(url: String) = url in secrets.load("callback.whitebit").orEmpty().lines()
        val (forged, right) = "app://callback?code=forged" to "app://callback?code=true"
        app.begin()
        backend.isAway = true
        assertThrows(IOException::class.java) { runBlocking { app.receiveCallback(forged) } }

        backend.answers = CompletableDeferred()
        val resuming = launch { assertThrows(IOException::class.java) { runBlocking { app.resume() } } }
        backend.asked.receive()
        val receiving = launch { assertThrows(IOException::class.java) { runBlocking { app.receiveCallback(right) } } }
        while (!isKept(right)) delay(1)
        backend.answers!!.complete(Unit)
        listOf(resuming, receiving).joinAll()
        assertTrue(isKept(forged) && isKept(right))

        // By another object too, and while the backend begins anew.
        app.cancel()
        backend.answers = null
        backend.isAway = false
        app.begin()
        backend.isAway = true
        backend.answers = CompletableDeferred()
        while (backend.asked.tryReceive().isSuccess) Unit
        val beginning = launch { app.begin() }
        backend.asked.receive()
        val other = launch { runCatching { BackendConnection("whitebit", backend, secrets).receiveCallback(right) } }
        while (!isKept(right)) delay(1)
        backend.answers!!.complete(Unit)
        listOf(beginning, other).joinAll()
        assertTrue(isKept(right))
        assertEquals(PendingAttempt(hasCallback = true), app.pending())
    }

    @Test
    fun `two that keep a callback at the same time keep both`(): Unit = runBlocking {
        val backend = Listening()
        val slow = object : AppSecrets {
            @Volatile
            var text: String? = ""

            override fun load(name: String) = text.also { Thread.sleep(5) }

            override fun save(name: String, text: String?) = Unit.also { this.text = text }
        }
        backend.isAway = true
        val urls = List(8) { "app://callback?code=$it" }
        urls.map { url -> launch(Dispatchers.Default) { runCatching { BackendConnection("whitebit", backend, slow).receiveCallback(url) } } }.joinAll()
        assertEquals(urls.toSet(), slow.text!!.lines().toSet())
    }

    @Test
    fun `what the device has begun is handed off once, and an answer that is lost is asked for again`(): Unit = Place(folder, SANDBOX).use { place ->
        runBlocking {
            val backend = Backend(place)
            fun app() = BackendConnection(backend, life())
            assertNull(app().pending())
            val callback = SANDBOX.approve(app().begin().expose())
            assertThrows(VenuekeyException.Rejected::class.java) { runBlocking { app().receiveCallback(callback.replace("state=", "state=x")) } }
            assertEquals(PendingAttempt(hasCallback = false), app().pending())

            backend.losesAnswers = true
            assertThrows(IOException::class.java) { runBlocking { app().receiveCallback(callback) } }
            assertEquals(PendingAttempt(hasCallback = true), app().pending())
            assertEquals("wrong_state", assertThrows(VenuekeyException.Misuse::class.java) { runBlocking { app().begin() } }.code)
            backend.losesAnswers = false
            app().resume()
            assertNull(app().pending())
            assertEquals(ConnectionStatus.ENDED, life().view()?.status)

            app().begin()
            app().cancel()
            assertNull(app().pending())
            assertTrue(life().connections.find("local").all { it.status == ConnectionStatus.ENDED })
            assertNotNull(place.connections.runOnce())
            assertEquals(1, SANDBOX.requests("token").size)
        }
    }

    @Test
    fun `secrets are files of any name, sealed, and gone where the vault has lost its key`() {
        val names = listOf("session", "a/b", "..", ".new", "ü", "%")
        val plain = FileSecrets(folder.resolve("plain"))
        for (name in names) plain.save(name, "text of $name")
        assertEquals(names.size, folder.resolve("plain").list()!!.size)
        for (name in names) assertEquals("text of $name", plain.load(name))
        for (name in names) plain.save(name, null)
        plain.save("session", null)
        assertEquals(0, folder.resolve("plain").list()!!.size)
        assertThrows(StoreError::class.java) { plain.save("", "x") }

        var mask = 1
        val vault = object : KeyVault {
            override fun seal(plain: ByteArray) = byteArrayOf(mask.toByte()) + plain.map { (it.toInt() xor mask).toByte() }

            override fun open(sealed: ByteArray) = if (sealed[0].toInt() == mask) sealed.drop(1).map { (it.toInt() xor mask).toByte() }.toByteArray() else null
        }
        val sealed = FileSecrets(folder.resolve("sealed"), vault)
        assertNull(sealed.load("session"))
        sealed.save("session", "canary")
        assertEquals("canary", FileSecrets(folder.resolve("sealed"), vault).load("session"))
        assertFalse("canary" in folder.resolve("sealed/session").readText())
        mask = 2
        assertNull(sealed.load("session"))
    }

    /** A backend that knows the one true code. */
    private class Listening : AppBackend {
        var isAway = false
        var fails = ""
        var begun = 0
        val heard = mutableListOf<String>()
        val asked = Channel<Unit>(Channel.UNLIMITED)

        /** Where it is slow: until when. */
        @Volatile
        var answers: CompletableDeferred<Unit>? = null

        private suspend fun isAsked() {
            asked.send(Unit)
            answers?.await()
        }

        override suspend fun begin(client: String): Secret {
            isAsked()
            return Secret("https://venue.example/consent").also { begun++ }
        }

        override suspend fun receiveCallback(client: String, url: String) {
            isAsked()
            if (isAway || url == fails) throw IOException("no network")
            heard += url
            if (!url.endsWith("code=true")) throw BackendRefusal("state_mismatch")
        }

        override suspend fun forget(client: String) = Unit
    }

    /** An app's backend, without the HTTP between. */
    private class Backend(private val place: Place) : AppBackend {
        var isAway = false
        var losesAnswers = false
        var asked = 0

        override suspend fun begin(client: String): Secret = answered { place.connections.begin(client, "user", Goal.API_KEY).authorizeUrl!! }

        override suspend fun receiveCallback(client: String, url: String): Unit = answered { place.connections.receiveCallback(last().id, url, "user") }

        override suspend fun receiveHandOff(client: String, handOff: HandOff): Unit = answered {
            if (!place.connections.beginByHandOff(client, handOff.expose(), "user").isNew) throw BackendRefusal("superseded")
        }

        override suspend fun forget(client: String) {
            answered { place.connections.cancelAttempt(last().id, "user") }
        }

        private suspend fun last() = place.connections.find("user").maxBy { it.begunAtMs ?: 0 }

        private suspend fun <T> answered(work: suspend () -> T): T {
            if (isAway) throw IOException("away")
            asked++
            val answer = try {
                work()
            } catch (error: VenuekeyException) {
                throw BackendRefusal(error.code, error.kind.name.lowercase())
            }
            if (losesAnswers) throw IOException("lost")
            return answer
        }
    }

    companion object {
        private val SANDBOX = Sandbox("--whitebit-key-delay-ms=0")

        @AfterAll
        @JvmStatic
        fun stop() = SANDBOX.close()
    }
}
