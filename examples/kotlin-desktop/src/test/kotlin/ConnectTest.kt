import io.github.venuekey.support.Program
import io.github.venuekey.support.Sandbox
import java.net.HttpURLConnection
import java.net.Socket
import java.net.URI
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.attribute.PosixFilePermissions
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Bybit's public client whole on the JVM, as a program of its own. */
class ConnectTest {
    private val sandbox = Sandbox("--bybit-user-sub-accounts=2")

    @TempDir
    lateinit var folder: Path

    @AfterEach
    fun close() = sandbox.close()

    private fun start(vararg options: String): Program = Program.java(
        "ConnectKt", listOf("--sandbox", sandbox.base("bybit"), "--state", folder.resolve("state").toString(), *options),
        mapOf("java.awt.headless" to true),
    )

    private fun openedBy(program: Program): String = sandbox.approve(program.line(Regex("^http://\\S+")).value)

    private fun right(program: Program) {
        assertEquals(0, program.ended(), program.lines.toString())
        assertTrue(program.lines.last().startsWith("Connected: {") && "apiKey" in program.lines.last(), program.lines.last())
        val secrets = sandbox.state().getAsJsonObject("bybit").getAsJsonObject("mainnet").getAsJsonArray("sub_accounts")
            .map { it.asJsonObject["api_secret"].asString }
        assertTrue(secrets.isNotEmpty() && secrets.none { it in program.lines.toString() })
        // What is kept says nothing to whoever reads it without its key, and nobody else can.
        val state = folder.resolve("state")
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(state)))
        val kept = state.toFile().listFiles()!!.filter { it.name != "sealing-key" }.map { it.readText() }
        assertTrue(kept.isNotEmpty() && kept.none { text -> secrets.any { it in text } || "verifier" in text })
        assertEquals(emptyList<String>(), sandbox.violations())
        assertEquals(1, sandbox.requests("token").size)
    }

    @Test
    fun `the browser comes back to the program, and the user chooses`(): Unit = start().use { program ->
        val callback = openedBy(program)
        URI(callback).toURL().readText()
        program.line(Regex("Which account"))
        program.type("1")
        right(program)
    }

    @Test
    fun `whatever else comes to its port does not end the wait`(): Unit = start().use { program ->
        val callback = URI(openedBy(program))
        val port = callback.port
        // Connections that say nothing, or stop in the middle: browsers open some ahead of need.
        val idle = listOf("", "GET /callback?code=x").map { sent ->
            Socket("127.0.0.1", port).apply { getOutputStream().write(sent.toByteArray()) }
        }
        fun status(method: String, target: String): Int =
            (URI("http://127.0.0.1:$port$target").toURL().openConnection() as HttpURLConnection).run {
                requestMethod = method
                responseCode.also { disconnect() }
            }
        val good = "?${callback.rawQuery}"
        for (target in listOf("/favicon.ico", "/callbackXYZ$good", "/callback/x$good", "/x/callback$good")) {
            assertEquals(404, status("GET", target), target)
        }
        for (method in listOf("HEAD", "POST", "OPTIONS")) assertEquals(404, status(method, "/callback$good"), method)
        assertEquals(400, status("GET", "/callback?code=x&state=of-another"))
        program.line(Regex("; still waiting"))
        // Of a page whose site has pointed its own name here.
        val rebound = Socket("127.0.0.1", port).use {
            it.getOutputStream().write("GET /callback$good HTTP/1.1\r\nHost: evil.example:$port\r\nConnection: close\r\n\r\n".toByteArray())
            it.getInputStream().bufferedReader().readLine()
        }
        assertEquals("HTTP/1.1 404 Not Found", rebound)
        callback.toURL().readText()
        program.line(Regex("Which account"))
        program.type("1")
        right(program)
        idle.forEach { it.close() }
    }

    @Test
    fun `killed while the user chooses, it goes on where it was`() {
        start().use { program ->
            URI(openedBy(program)).toURL().readText()
            program.line(Regex("Which account"))
        }
        start().use { again ->
            again.line(Regex("Which account"))
            assertEquals("Going on where the program was stopped.", again.lines.first())
            again.type("n")
            right(again)
        }
    }

    @Test
    fun `once connected, it is at once`() {
        start().use { program ->
            URI(openedBy(program)).toURL().readText()
            program.line(Regex("Which account"))
            program.type("1")
            right(program)
        }
        start().use { again ->
            right(again)
            assertTrue(again.lines.none { "Open this page" in it })
        }
    }

    @Test
    fun `a code that the user pastes`(): Unit = start("--paste").use { program ->
        val callback = openedBy(program)
        program.line(Regex("The code from the page"))
        program.type(callback.substringAfter("code=").substringBefore("&"))
        program.line(Regex("Which account"))
        program.type("2")
        right(program)
    }
}
