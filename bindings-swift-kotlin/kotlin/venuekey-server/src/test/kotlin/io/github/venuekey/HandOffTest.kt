package io.github.venuekey

import com.google.gson.Gson
import com.google.gson.JsonParser
import io.github.venuekey.support.Program
import io.github.venuekey.support.PythonBackend
import io.github.venuekey.support.Sandbox
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.nio.file.Path
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** What begins in Kotlin goes on in Python: over HTTP, as an app hands off to its backend, and by a snapshot alone. */
class HandOffTest {
    @TempDir
    lateinit var folder: Path

    @Test
    fun `an app begins, the Python backend has the key`(): Unit = PythonBackend.start(folder).use { backend ->
        val base = backend.sandbox.base("whitebit")
        val app = Client(
            ClientConfig(Venue.WHITEBIT, VenueEnvironment.GLOBAL, "demo-whitebit", "${backend.url}/callback/whitebit", authorizeBase = base),
        )
        val started = app.begin(Goal.API_KEY)
        val callback = backend.sandbox.approve(started.authorizeUrl.expose())
        val store = MemoryStore().also { it.save(started.pending.snapshot()) }
        val done = driveBlocking(started.pending.receiveCallback(callback), { error("an app without the secret sends nothing") }, store::save)
        val handOff = (done.outcome as Outcome.HandOff).handOff
        assertFalse("demo-whitebit-secret" in handOff.expose())
        assertTrue(handOff.isSame((done.outcome as Outcome.HandOff).handOff))

        val http = HttpClient.newBuilder().cookieHandler(java.net.CookieManager()).version(HttpClient.Version.HTTP_1_1).build()
        // Exposed to be sent.
        val body = Gson().toJson(mapOf("venue" to "whitebit", "hand_off" to handOff.expose()))
        val post = HttpRequest.newBuilder(URI("${backend.url}/api/hand-offs"))
            .header("content-type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body)).build()
        assertEquals(202, http.send(post, HttpResponse.BodyHandlers.ofString()).statusCode())
        val get = HttpRequest.newBuilder(URI("${backend.url}/api/connections")).build()
        val state = generateSequence {
            Thread.sleep(50)
            JsonParser.parseString(http.send(get, HttpResponse.BodyHandlers.ofString()).body()).asJsonObject.getAsJsonObject("whitebit")["state"].asString
        }.take(6_000).first { it != "working" }
        assertEquals("connected", state)
        assertEquals(409, http.send(post, HttpResponse.BodyHandlers.ofString()).statusCode(), "a hand-off counts once")
        assertEquals(1, backend.sandbox.requests("token").size)
    }

    @Test
    fun `a snapshot that Kotlin wrote goes on in Python, and comes back`() {
        val python = PythonBackend.python() ?: return
        Sandbox("--whitebit-key-delay-ms=50").use { sandbox ->
            val client = atSandbox(sandbox, Venue.WHITEBIT)
            val started = client.begin(Goal.API_KEY)
            val accepted = started.pending.receiveCallback(sandbox.approve(started.authorizeUrl.expose())) as Step.Save
            val base = sandbox.base("whitebit")
            val program = """
                import sys, venuekey
                from venuekey.senders import httpx_sender
                client = venuekey.Client(venue="whitebit", environment="global", client_id="demo-whitebit",
                    client_secret="demo-whitebit-secret", redirect_uri="http://127.0.0.1:8000/callback/whitebit",
                    authorize_base="$base", api_base="$base")
                last = []
                done = venuekey.parts.drive(client.restore(sys.stdin.readline()).resume(), send=httpx_sender(),
                    save=lambda snapshot: not last.append(snapshot))
                print(last[-1].expose())
            """.trimIndent()
            val back = Program(listOf(python, "-c", program)).use {
                it.type(accepted.next.snapshot().expose())
                assertEquals(0, it.ended(), "Python has ended otherwise")
                it.lines.last()
            }
            val done = client.restore(back).resume() as Step.Done
            val key = sandbox.state().getAsJsonObject("whitebit").getAsJsonObject("global").getAsJsonArray("keys").single().asJsonObject
            assertTrue((done.outcome as Outcome.ApiKey).key.apiSecret.expose() == key["secret"].asString)
        }
    }
}
