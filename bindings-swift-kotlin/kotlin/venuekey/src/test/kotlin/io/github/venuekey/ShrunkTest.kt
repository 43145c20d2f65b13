package io.github.venuekey

import io.github.venuekey.support.Program
import java.io.File
import java.nio.file.Path
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
        rules.writeText(
            """
            -injars '${place(ShrunkTest::class.java)}'(io/github/venuekey/ShrunkProgram*.class)
            -injars '$library'
            -injars '${place(com.sun.jna.Native::class.java)}'(!META-INF/**)
            -injars '${place(Unit::class.java)}'(!META-INF/**)
            -injars '${place(kotlinx.coroutines.Job::class.java)}'(!META-INF/**)
            -injars '${place(org.jetbrains.annotations.NotNull::class.java)}'(!META-INF/**)
            -outjars '$shrunk'
            -libraryjars <java.home>/jmods/java.base.jmod(!**.jar;!module-info.class)
            -libraryjars <java.home>/jmods/java.logging.jmod(!**.jar;!module-info.class)
            -include '${library.resolve("META-INF/proguard/venuekey.pro")}'
            -keep class io.github.venuekey.ShrunkProgramKt { public static void main(java.lang.String[]); }
            -dontwarn kotlin.**,kotlinx.**
            -dontnote **
            # Its optimizer breaks kotlinx.coroutines (a VerifyError in JobKt).
            -dontoptimize
            """.trimIndent(),
        )
        Program.java("proguard.ProGuard", listOf("@$rules"), more = listOf("-Xmx512m", "-XX:+UseSerialGC")).use {
            assertEquals(0, it.ended(300), it.lines.joinToString("\n"))
        }
        Program(listOf(File(System.getProperty("java.home"), "bin/java").path, "-cp", "$shrunk", "io.github.venuekey.ShrunkProgramKt")).use {
            assertEquals(0, it.ended(), it.lines.joinToString("\n"))
            assertEquals(listOf("awaiting", "connected: HandOff", "invalid_argument"), it.lines.toList())
        }
        // It was not kept as a whole.
        assertTrue(shrunk.toFile().length() < 6_000_000, "${shrunk.toFile().length()}")
    }

    private fun place(type: Class<*>) = File(type.protectionDomain.codeSource.location.toURI())
}
