import io.github.venuekey.support.Program
import io.github.venuekey.support.Sandbox
import java.net.URI
import java.nio.file.Files
import java.nio.file.Path
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
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
        "ConnectKt", listOf("--sandbox", sandbox.base("bybit"), "--state", folder.resolve("flow.json").toString(), *options),
        mapOf("java.awt.headless" to true),
    )

    private fun openedBy(program: Program): String = sandbox.approve(program.line(Regex("^http://\\S+")).value)

    private fun right(program: Program) {
        assertEquals(0, program.ended(), program.lines.toString())
        assertTrue(program.lines.last().startsWith("Connected: ApiKey("), program.lines.last())
        assertFalse(Files.exists(folder.resolve("flow.json")))
        val secrets = sandbox.state().getAsJsonObject("bybit").getAsJsonObject("mainnet").getAsJsonArray("sub_accounts")
            .map { it.asJsonObject["api_secret"].asString }
        assertTrue(secrets.isNotEmpty() && secrets.none { it in program.lines.toString() })
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
    fun `a code that the user pastes`(): Unit = start("--paste").use { program ->
        val callback = openedBy(program)
        program.line(Regex("The code from the page"))
        program.type(callback.substringAfter("code=").substringBefore("&"))
        program.line(Regex("Which account"))
        program.type("2")
        right(program)
    }
}
