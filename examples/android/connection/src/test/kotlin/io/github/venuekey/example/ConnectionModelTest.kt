package io.github.venuekey.example

import io.github.venuekey.support.PythonBackend
import java.nio.file.Path
import java.util.stream.Stream
import kotlinx.coroutines.runBlocking
import okhttp3.OkHttpClient
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.io.TempDir
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.MethodSource

/** The example's logic against the Python backend and the sandbox; each `App` is a process that knows the storage alone. */
class ConnectionModelTest {
    private class InMemory : Storage {
        val texts = mutableMapOf<String, String>()

        override fun read(name: String): String? = texts[name]

        override fun write(name: String, text: String?) {
            if (text == null) texts.remove(name) else texts[name] = text
        }
    }

    private val storage = InMemory()
    private lateinit var backend: PythonBackend

    private inner class App(byBackend: Boolean, url: String = backend.url) {
        val api = BackendApi(url, storage, OkHttpClient())
        val way = if (byBackend) {
            ByBackend(api)
        } else {
            OnDevice(api, storage, "demo-whitebit", "${backend.url}/callback/whitebit", backend.sandbox.base("whitebit"))
        }
        val model = ConnectionModel(way, api, storage)
        val state get() = model.state.value
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
        assertEquals("connected", assertInstanceOf(ConnectionState.Idle::class.java, state).standings["whitebit"]?.state)

    @ParameterizedTest
    @MethodSource("ways")
    fun `connects, and the process may die at every point of it`(byBackend: Boolean): Unit = runBlocking {
        val first = App(byBackend).apply { model.connect("whitebit") }
        val page = first.state as ConnectionState.AtVenue
        val callback = backend.sandbox.approve(page.authorizeUrl)

        // Ended while the user is in the browser.
        App(byBackend).apply { model.resume() }.run { assertEquals(ConnectionState.Away("whitebit"), state) }
        // Ended with the callback in hand, the backend out of reach.
        App(byBackend, "http://127.0.0.1:9").apply { model.receiveCallback(callback) }
            .run { assertEquals(ConnectionState.Trouble("whitebit", "offline", canRetry = true), state) }
        // Ended when the backend has it, and before that was written down.
        val before = storage.texts.toMap()
        App(byBackend).way.finish("whitebit", callback)
        storage.texts.putAll(before)

        App(byBackend).apply { model.resume() }.run { connected(state) }
        assertEquals(1, backend.sandbox.requests("token").size)
    }

    @ParameterizedTest
    @MethodSource("ways")
    fun `another one's callback is refused, and the true one counts`(byBackend: Boolean): Unit = runBlocking {
        val app = App(byBackend).apply { model.connect("whitebit") }
        val callback = backend.sandbox.approve((app.state as ConnectionState.AtVenue).authorizeUrl)
        app.model.receiveCallback(callback.replace("state=", "state=x"))
        assertEquals(ConnectionState.Trouble("whitebit", "state_mismatch", canRetry = false), app.state)
        app.model.receiveCallback(callback)
        connected(app.state)
        assertFalse(storage.texts.keys.any { it != "session" }, "nothing is left: ${storage.texts.keys}")
        assertEquals(1, backend.sandbox.requests("token").size)
    }

    @ParameterizedTest
    @MethodSource("ways")
    fun `a link that comes without a connection is left alone, and giving up is telling the backend`(byBackend: Boolean): Unit = runBlocking {
        val app = App(byBackend)
        app.model.receiveCallback("${backend.url}/callback/whitebit?code=c&state=s")
        assertInstanceOf(ConnectionState.Idle::class.java, app.state)
        app.model.connect("whitebit")
        assertFalse("state=" in app.state.toString())
        app.model.cancel()
        assertEquals("none", (app.state as ConnectionState.Idle).standings["whitebit"]?.state)
    }

    companion object {
        @JvmStatic
        fun ways(): Stream<Boolean> = Stream.of(true, false)
    }
}
