package io.github.venuekey

import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import io.github.venuekey.support.Program
import org.junit.jupiter.api.Test

/** What `close` and the collector give back. */
class MemoryTest {
    @Test
    fun `closed is closed, twice is once, and later use says so`() {
        val secret = Secret("canary")
        secret.close()
        secret.close()
        val error = assertThrows(ClosedObject::class.java) { secret.expose() }
        assertEquals("this Secret was closed and can't be used any more", error.message)
    }

    @Test
    fun `a step closes what it holds`() {
        val step = Connecting().step() as Step.Save
        step.destroy()
        assertThrows(ClosedObject::class.java) { step.next.revision }
    }

    @Test
    fun `a snapshot that save was given is closed when save has returned`() {
        val flow = Connecting()
        val given = mutableListOf<Snapshot>()
        driveBlocking(flow.step(), Script(::token, ::uid, ::key).send, { given += it; flow.store.save(it) }, clock = { NOW })
        assertTrue(given.size > 4 && given.all { it.uniffiIsDestroyed })
    }

    @Test
    fun `what is closed, and what is left to the collector, is given back`() {
        // 100 KB outside of the JVM's heap each, and next to nothing inside.
        val body = ByteArray(100_000)
        fun many(count: Int, close: Boolean) = repeat(count) { VenueResponse(200, body).let { if (close) it.close() } }
        many(100, true)
        val before = residentKb()
        many(300, true)
        // Without close it goes with its last reference; a collection now and then, as a program at work has.
        var grown = 0L
        repeat(10) {
            many(40, false)
            // However late the thread is that gives back.
            for (looks in 0..<1_000) {
                System.gc()
                Thread.sleep(20)
                grown = residentKb() - before
                if (grown < 10_000) break
            }
        }
        assertTrue(grown < 20_000, "70 MB have passed, and $grown KB are still there")
    }

    @Test
    fun `what is refused leaves nothing behind`() {
        assertGivenBack {
            repeat(150) {
                // Beside a body and a header of 100 KB each.
                Secret("x".repeat(100_000)).use { large ->
                    val headers = listOf(Header("x-a", large), Header("x-\ud800", large))
                    assertThrows(VenuekeyException.Misuse::class.java) { VenueResponse(200, ByteArray(100_000), headers) }
                    val closed = listOf(Header("x-a", large), Header("x-b", Secret("").also { it.close() }))
                    assertThrows(ClosedObject::class.java) { VenueResponse(200, ByteArray(100_000), closed) }
                }
            }
        }
    }

    @Test
    fun `an object that refused a text is given back`() {
        val client = whitebit()
        val tokens = Tokens(Secret("x".repeat(8_000)), Secret("x".repeat(8_000)), NOW + 300_000)
        assertGivenBack {
            repeat(2_000) {
                val step = client.refreshTokens(tokens, nowMs = NOW) as Step.Save
                val error = assertThrows(VenuekeyException.Misuse::class.java) { step.next.choose("\ud800") }
                assertEquals("invalid_argument", error.code)
                step.destroy()
            }
        }
    }

    /** Each takes 30 MB that only it gives back. */
    private fun assertGivenBack(work: () -> Unit) {
        work()
        val before = outsideOfTheHeapKb()
        work()
        val grown = outsideOfTheHeapKb() - before
        assertTrue(grown < 20_000, "$grown KB are still there")
    }

    private fun outsideOfTheHeapKb(): Long = residentKb() - Runtime.getRuntime().totalMemory() / 1024

    @Test
    fun `a closed object is no argument`() {
        val closed = Secret("canary").also { it.close() }
        val options = SignerOptions(Venue.WHITEBIT, VenueEnvironment.GLOBAL)
        assertThrows(ClosedObject::class.java) { Signer(options, Secret("key"), closed) }
        assertThrows(ClosedObject::class.java) { VenueResponse(200, ByteArray(0), listOf(Header("x-a", closed))) }
        val signer = Signer(options, Secret("key"), Secret("secret"))
        assertThrows(ClosedObject::class.java) { signer.receiveResponse(json("").also { it.close() }) }
    }

    /** The memory of a process of its own, whose heap is what the JVM takes by itself. */
    @Test
    fun `signatures take a bounded part of memory`() {
        Program.java("io.github.venuekey.SigningProgramKt", listOf("$SIGNATURES")).use { signing ->
            val peak = signing.line(Regex("peak (\\d+) MB"), seconds = 300).groupValues[1].toInt()
            assertTrue(peak < 300, "$peak MB")
        }
    }

    private fun residentKb(): Long =
        File("/proc/self/status").useLines { lines -> lines.first { it.startsWith("VmRSS") }.filter(Char::isDigit).toLong() }
}
