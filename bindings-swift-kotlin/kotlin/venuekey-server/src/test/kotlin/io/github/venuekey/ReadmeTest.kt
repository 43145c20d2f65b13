package io.github.venuekey

import io.github.venuekey.support.Program
import io.github.venuekey.support.ROOT
import io.github.venuekey.support.SmallServer
import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** README's quick start runs as shown; test.sh has cut it out and given it ports of the test's own. */
class ReadmeTest {
    private val shown = ROOT.resolve("bindings-swift-kotlin/kotlin/README.md").readText().substringAfter("```kotlin\n").substringBefore("```")

    @Test
    fun `the quick start connects both exchanges`(@TempDir folder: File) {
        SmallServer.connectsBoth(folder, "connected", start = { sandbox, port ->
            val ports = mapOf("sandbox" to SmallServer.portOf(sandbox), "home" to port)
            Program.java("QuickStartKt", properties = ports, environ = mapOf("SEALING_KEY" to "07".repeat(32)), folder = folder)
        })
    }

    @Test
    fun `the quick start in Java connects both exchanges`(@TempDir folder: File) {
        val java = ROOT.resolve("docs/quick-start.md").readText().substringAfter("```java\n").substringBefore("```")
        assertTrue(java.lines().count { it.isNotBlank() } <= 65, "${java.trimEnd().lines().size} lines")
        val program = folder.resolve("QuickStart.java")
        SmallServer.connectsBoth(folder, "connected", start = { sandbox, port ->
            program.writeText(java.replace("127.0.0.1:8700", "127.0.0.1:${SmallServer.portOf(sandbox)}").replace("127.0.0.1:8000", "127.0.0.1:$port").replace(", 8000)", ", $port)"))
            Program.java(program.path, environ = mapOf("SEALING_KEY" to "07".repeat(32)), folder = folder)
        })
    }

    @Test
    fun `it is short, and its ports are the documented ones`() {
        assertTrue(shown.lines().count { it.isNotBlank() } <= 45, "${shown.trimEnd().lines().size} lines")
        assertEquals(setOf("8700", "8000"), Regex("(?<=127\\.0\\.0\\.1\\D{1,3})\\d+").findAll(shown).map { it.value }.toSet())
    }
}
