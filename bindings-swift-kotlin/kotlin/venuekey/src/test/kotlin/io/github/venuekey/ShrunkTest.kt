package io.github.venuekey

import io.github.venuekey.support.Program
import java.io.File
import java.nio.file.Path
import java.util.zip.ZipEntry
import java.util.zip.ZipFile
import java.util.zip.ZipOutputStream
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** The rules in the jar are all that a program needs to be shrunk and renamed, by R8 and by ProGuard. */
class ShrunkTest {
    // What is not ours stays as it is, but for JNA, whose needs the rules are about.
    private val others = listOf(Unit::class.java, kotlinx.coroutines.Job::class.java, org.jetbrains.annotations.NotNull::class.java).map(::place)
    private val library = place(Client::class.java)
    private val jna = place(com.sun.jna.Native::class.java)
    private val rules = library.resolve("META-INF/proguard/venuekey.pro")

    @Test
    fun `a program that ProGuard has shrunk connects`(@TempDir folder: Path) {
        val shrunk = folder.resolve("shrunk.jar")
        val known = others.map { "'$it'(!META-INF/versions/**)" } +
            listOf("java.base", "java.logging").map { "<java.home>/jmods/$it.jmod(!**.jar;!module-info.class)" }
        val given = folder.resolve("given.pro").toFile()
        given.writeText(
            """
            -injars '${place(ShrunkTest::class.java)}'(io/github/venuekey/ShrunkProgram*.class)
            -injars '$library'
            -injars '$jna'(!META-INF/**)
            -outjars '$shrunk'
            ${known.joinToString("\n") { "-libraryjars $it" }}
            -include '$rules'
            $KEEP_MAIN
            -optimizationpasses 1
            -dontnote **
            """.trimIndent(),
        )
        Program.java("proguard.ProGuard", listOf("@$given"), more = SHRINKER).use {
            assertEquals(0, it.ended(300), it.lines.joinToString("\n"))
        }
        assertConnects(shrunk)
    }

    /** As on Android, in full mode, but for the bytecode that comes out. R8 finds the rules in the jar by itself. */
    @Test
    fun `a program that R8 has shrunk connects`(@TempDir folder: Path) {
        val shrunk = folder.resolve("shrunk.jar")
        val (program, ours) = folder.resolve("program.jar") to folder.resolve("ours.jar")
        pack(program, place(ShrunkTest::class.java)) { it.startsWith("io/github/venuekey/ShrunkProgram") }
        pack(ours, library) { true }
        val main = folder.resolve("main.pro").toFile().also { it.writeText(KEEP_MAIN) }
        val known = others.flatMap { listOf("--classpath", "$it") } + listOf("--lib", System.getProperty("java.home"))
        val given = listOf("--release", "--classfile", "--output", "$shrunk", "--pg-conf", "$main")
        Program.java("com.android.tools.r8.R8", given + known + listOf("$program", "$ours", "$jna"), more = SHRINKER).use {
            assertEquals(0, it.ended(300), it.lines.joinToString("\n"))
        }
        assertConnects(shrunk)
    }

    private fun assertConnects(shrunk: Path) {
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

    private fun pack(jar: Path, folder: File, isWanted: (String) -> Boolean) =
        ZipOutputStream(jar.toFile().outputStream()).use { out ->
            for (file in folder.walkTopDown().filter(File::isFile)) {
                val name = file.relativeTo(folder).invariantSeparatorsPath
                if (!isWanted(name)) continue
                out.putNextEntry(ZipEntry(name))
                out.write(file.readBytes())
            }
        }

    private fun place(type: Class<*>) = File(type.protectionDomain.codeSource.location.toURI())

    private companion object {
        const val KEEP_MAIN = "-keep class io.github.venuekey.ShrunkProgramKt { public static void main(java.lang.String[]); }"
        val SHRINKER = listOf("-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
    }
}
