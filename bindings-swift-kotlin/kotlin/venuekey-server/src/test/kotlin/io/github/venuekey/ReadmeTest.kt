package io.github.venuekey

import io.github.venuekey.support.Program
import io.github.venuekey.support.ROOT
import io.github.venuekey.support.Sandbox
import io.github.venuekey.support.onFreePort
import java.net.HttpURLConnection
import java.net.URI
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** README's quick start runs as shown; test.sh has cut it out and given it ports of the test's own. */
class ReadmeTest {
    private val shown = ROOT.resolve("bindings-swift-kotlin/kotlin/README.md").readText().substringAfter("```kotlin\n").substringBefore("```")

    @Test
    fun `the quick start connects`(): Unit = onFreePort { port ->
        Sandbox("--redirect-uri=whitebit=http://127.0.0.1:$port/callback/whitebit").use { sandbox ->
            val ports = mapOf("sandbox" to URI(sandbox.url).port, "home" to port)
            Program.java("QuickStartKt", properties = ports).use { program ->
                program.serves(Regex("Open this page and agree: (\\S+)"))?.let { page -> connects(program, sandbox, page.groupValues[1]) }
            }
        }
    }

    private fun connects(program: Program, sandbox: Sandbox, page: String) {
        val callback = URI(sandbox.approve(page)).toURL().openConnection() as HttpURLConnection
        assertEquals(204, callback.responseCode)
        assertEquals(0, program.ended(), program.lines.toString())
        assertTrue(program.lines.last().startsWith("connected: ApiKey(key=ApiKey("), program.lines.last())
        assertTrue(program.lines.size <= 30, program.lines.toString())
        val key = sandbox.state().getAsJsonObject("whitebit").getAsJsonObject("global").getAsJsonArray("keys").single().asJsonObject
        // The page's address, which a user opens, holds `state`; nothing else holds a secret.
        assertFalse(key["secret"].asString in program.lines.toString())
    }

    @Test
    fun `it is short, and its ports are the documented ones`() {
        assertTrue(shown.trimEnd().lines().size <= 30, "${shown.trimEnd().lines().size} lines")
        assertEquals(setOf("8700", "8000"), Regex("(?<=127\\.0\\.0\\.1\\D{1,3})\\d+").findAll(shown).map { it.value }.toSet())
    }
}
