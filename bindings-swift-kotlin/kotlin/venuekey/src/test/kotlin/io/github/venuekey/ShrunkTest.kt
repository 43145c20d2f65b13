package io.github.venuekey

import io.github.venuekey.support.Program
import java.io.File
import java.nio.file.Path
import java.util.zip.ZipFile
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** The rules in the jar are all that a program needs to be shrunk and renamed, by ProGuard as by R8. */
class ShrunkTest {
    @Test
    fun `a program that was shrunk connects`(@TempDir folder: Path) {
        val rules = folder.resolve("rules.pro").toFile()
        val library = place(Client::class.java)
        val shrunk = folder.resolve("shrunk.jar")
        // What is not ours stays as it is, but for JNA, whose needs the rules are about.
        val others = listOf(Unit::class.java, kotlinx.coroutines.Job::class.java, org.jetbrains.annotations.NotNull::class.java).map(::place)
        val known = others.map { "'$it'(!META-INF/versions/**)" } +
            listOf("java.base", "java.logging").map { "<java.home>/jmods/$it.jmod(!**.jar;!module-info.class)" }
        rules.writeText(
            """
            -injars '${place(ShrunkTest::class.java)}'(io/github/venuekey/ShrunkProgram*.class)
            -injars '$library'
            -injars '${place(com.sun.jna.Native::class.java)}'(!META-INF/**)
            -outjars '$shrunk'
            ${known.joinToString("\n") { "-libraryjars $it" }}
            -include '${library.resolve("META-INF/proguard/venuekey.pro")}'
            -keep class io.github.venuekey.ShrunkProgramKt { public static void main(java.lang.String[]); }
            -optimizationpasses 1
            -dontnote **
            """.trimIndent(),
        )
        Program.java("proguard.ProGuard", listOf("@$rules"), more = listOf("-Xmx512m", "-XX:+UseSerialGC")).use {
            assertEquals(0, it.ended(300), it.lines.joinToString("\n"))
        }
        val java = File(System.getProperty("java.home"), "bin/java").path
        val classes = (listOf(shrunk) + others).joinToString(File.pathSeparator)
        Program(listOf(java, "-cp", classes, "io.github.venuekey.ShrunkProgramKt")).use {
            assertEquals(0, it.ended(), it.lines.joinToString("\n"))
            assertEquals(listOf("awaiting", "connected: HandOff", "invalid_argument"), it.lines.toList())
        }
        // It was not kept as a whole, nor with its names.
        val names = ZipFile(shrunk.toFile()).use { jar -> jar.entries().asSequence().map { it.name }.toList() }
        assertTrue("io/github/venuekey/AccountRead.class" !in names && names.size > 100, "$names")
    }

    private fun place(type: Class<*>) = File(type.protectionDomain.codeSource.location.toURI())
}
