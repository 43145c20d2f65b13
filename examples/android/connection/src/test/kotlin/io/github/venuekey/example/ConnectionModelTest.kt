package io.github.venuekey.example

import android.content.ContextWrapper
import io.github.venuekey.ConnectionStatus
import io.github.venuekey.connections.BackendConnection
import io.github.venuekey.connections.DeviceConnection
import io.github.venuekey.stores.FileSecrets
import io.github.venuekey.support.PythonBackend
import java.io.File
import java.nio.file.Path
import java.util.stream.Stream
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import okhttp3.OkHttpClient
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.MethodSource

/** The example's logic against the Python backend and the sandbox; each `App` is a process that knows the device's files alone. */
class ConnectionModelTest {
    @TempDir
    lateinit var temporary: File
    /** Another one each time, since a process that has ended may have a last write under way. */
    private var devices = 0
    private val device get() = temporary.resolve("device-$devices")
    private lateinit var backend: PythonBackend

    private inner class App(byBackend: Boolean, url: String = backend.url, death: Death = Death(0, false)) {
        val api = BackendApi(url, FileSecrets(device, VAULT), OkHttpClient())
        val connections = mortal(device.resolve("connections"), death, backend.sandbox, "${backend.url}/callback/whitebit")
        val connection =
            if (byBackend) BackendConnection("whitebit", api, MortalSecrets(FileSecrets(device, VAULT), death))
            else BackendConnection(api, DeviceConnection(connections, "whitebit", OWNER))
        val model = ConnectionModel("whitebit", connection, api)
        val state get() = model.state.value
        val standing get() = (state as? ConnectionState.Idle)?.standing?.state
    }

    // One for each test: a backend remembers the codes it has had, and a sandbox that was reset gives the same again.
    @BeforeEach
    fun start(@TempDir folder: Path) {
        backend = PythonBackend.start(folder)
    }

    @AfterEach
    fun stop() {
        if (::backend.isInitialized) backend.close()
    }

    private fun connected(state: ConnectionState) =
        assertEquals("connected", assertInstanceOf(ConnectionState.Idle::class.java, state).standing?.state)

    private suspend fun nothingIsLeft(app: App) {
        val names = device.list()!!.toSet()
        assertTrue(names.all { it in setOf("session", "connections") }, "nothing is left: $names")
        assertTrue(app.connections.find(OWNER).all { it.status == ConnectionStatus.ENDED })
    }

    @ParameterizedTest
    @MethodSource("ways")
    fun `connects, and the process may die at every point of it`(byBackend: Boolean): Unit = runBlocking {
        val first = App(byBackend).apply { model.connect() }
        val page = first.state as ConnectionState.AtVenue
        val callback = backend.sandbox.approve(page.authorizeUrl.expose())

        // Ended while the user is in the browser.
        App(byBackend).apply { model.resume() }.run { assertEquals(ConnectionState.Away, state) }
        // Ended with the callback in hand, the backend out of reach.
        App(byBackend, "http://127.0.0.1:9").apply { model.receiveCallback(callback) }
            .run { assertEquals(ConnectionState.Trouble("offline", canRetry = true), state) }
        // Ended when the backend has it, and before that was written down.
        val before = temporary.resolve("before").also { device.copyRecursively(it) }
        App(byBackend).connection.resume()
        before.copyRecursively(device, overwrite = true)

        App(byBackend).apply { model.resume() }.run { connected(state) }
        assertEquals(1, backend.sandbox.requests("token").size)
    }

    @ParameterizedTest
    @MethodSource("ways")
    fun `killed at every write, it is connected in the end, by one code`(byBackend: Boolean): Unit = runBlocking {
        var rounds = 0
        val died = Death.everywhere { death ->
            // Whoever is not logged in has nothing that a second process could find.
            App(byBackend).api.standings()
            var callback: String? = null
            fun returned(app: App): String = backend.sandbox.approve((app.state as ConnectionState.AtVenue).authorizeUrl.expose()).also { callback = it }
            try {
                App(byBackend, death = death).run {
                    model.connect()
                    model.receiveCallback(returned(this))
                }
            } catch (_: Killed) {
                // The next process knows the files alone.
            }
            val next = App(byBackend).apply { model.resume() }
            // The browser comes back to the new process; where nothing was begun, the user does that again.
            if (next.state is ConnectionState.Away) callback?.let { next.model.receiveCallback(it) }
            while (next.standing == "working") next.model.resume()
            if (next.standing != "connected") {
                next.model.cancel()
                next.model.connect()
                next.model.receiveCallback(returned(next))
            }
            connected(next.state)
            nothingIsLeft(next)
            assertEquals(++rounds, backend.sandbox.requests("token").size, "$death")
            // Called off too late, which is nothing to an account that works.
            next.api.forget("whitebit")
            assertEquals("connected", next.api.standings().getValue("whitebit").state)
            next.api.disconnect("whitebit")
            while (next.api.standings().getValue("whitebit").state != "none") delay(10)
            backend.sandbox.deleteKey()
            devices++
        }
        assertTrue(died >= 6, "$died")
        assertEquals(emptyList<String>(), backend.sandbox.violations())
    }

    @ParameterizedTest
    @MethodSource("ways")
    fun `another one's callback is refused, and the true one counts`(byBackend: Boolean): Unit = runBlocking {
        val app = App(byBackend).apply { model.connect() }
        val callback = backend.sandbox.approve((app.state as ConnectionState.AtVenue).authorizeUrl.expose())
        app.model.receiveCallback(callback.replace("state=", "state=x"))
        assertEquals(ConnectionState.Trouble("state_mismatch", canRetry = false), app.state)
        app.model.receiveCallback(callback)
        connected(app.state)
        nothingIsLeft(app)
        assertEquals(1, backend.sandbox.requests("token").size)
    }

    @ParameterizedTest
    @MethodSource("ways")
    fun `a second click while the backend is out of reach loses nothing`(byBackend: Boolean): Unit = runBlocking {
        val callback = App(byBackend).apply { model.connect() }.run { backend.sandbox.approve((state as ConnectionState.AtVenue).authorizeUrl.expose()) }
        App(byBackend, "http://127.0.0.1:9").run {
            model.receiveCallback(callback)
            model.connect()
            assertEquals(ConnectionState.Trouble("offline", canRetry = true), state)
        }
        val app = App(byBackend).apply { model.connect() }
        connected(app.state)
        nothingIsLeft(app)
        assertEquals(1, backend.sandbox.requests("token").size)
    }

    @ParameterizedTest
    @MethodSource("ways")
    fun `a link that comes without a connection is left alone, and giving up is telling the backend`(byBackend: Boolean): Unit = runBlocking {
        val app = App(byBackend)
        app.model.receiveCallback("${backend.url}/callback/whitebit?code=c&state=s")
        assertInstanceOf(ConnectionState.Idle::class.java, app.state)
        app.model.connect()
        assertFalse("state=" in app.state.toString())
        app.model.cancel()
        assertEquals("none", (app.state as ConnectionState.Idle).standing?.state)
    }

    @Test
    fun `what the app has on Android's storage opens again in its next life`(): Unit = runBlocking {
        val context = object : ContextWrapper(null) {
            override fun getNoBackupFilesDir() = device
        }
        VAULT.seal(byteArrayOf())
        Wiring(context, backend.url).models.getValue("whitebit").connect()
        val next = Wiring(context, backend.url)
        next.models.values.forEach { it.resume() }
        assertEquals(ConnectionState.Away, next.models.getValue("whitebit").state.value)
        assertInstanceOf(ConnectionState.Idle::class.java, next.models.getValue("bybit").state.value)
        assertEquals(null, next.agent.device.view())
    }

    companion object {
        @JvmStatic
        fun ways(): Stream<Boolean> = Stream.of(true, false)
    }
}
