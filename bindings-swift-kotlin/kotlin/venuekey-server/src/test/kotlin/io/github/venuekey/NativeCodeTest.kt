package io.github.venuekey

import io.github.venuekey.support.Program
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Where the compiled half is missing or can't be loaded, each call says so, and what to do. */
class NativeCodeTest {
    private fun said(property: String, value: String): String =
        Program.java("io.github.venuekey.NativeCodeTestKt", properties = mapOf(property to value)).use {
            assertEquals(0, it.ended(), "${it.lines}")
            // JNA warns, too.
            val said = it.lines.filter { line -> "native library" in line }
            assertEquals(listOf(said.first(), said.first()), said)
            said.first()
        }

    @Test
    fun `on a platform that is not supported`() {
        val said = said("jna.prefix", "plan9-mips")
        assertTrue(said.startsWith("no native library for plan9-mips: neither plan9-mips/"), said)
        assertTrue(said.endsWith("README names the supported platforms"), said)
    }

    @Test
    fun `where nothing can be unpacked`() {
        val said = said("jna.tmpdir", "/proc/self/nowhere")
        assertTrue("can't be loaded" in said && "noexec" in said && "-Djna.tmpdir=FOLDER" in said, said)
    }
}

fun main() {
    repeat(2) {
        try {
            Secret("canary")
            println("loaded")
        } catch (missing: VenuekeyFailure) {
            check(missing is NativeCodeMissing && missing.cause is LinkageError)
            println(missing.message)
        }
    }
}
