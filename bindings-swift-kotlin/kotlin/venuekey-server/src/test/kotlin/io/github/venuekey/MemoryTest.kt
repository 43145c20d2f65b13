package io.github.venuekey

import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
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
        assertThrows(ClosedObject::class.java) { step.next.revision() }
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
        fun many(count: Int, close: Boolean) = repeat(count) { HttpResponse(200, body).let { if (close) it.close() } }
        many(100, true)
        val before = residentKb()
        many(300, true)
        // Without close it goes with its last reference; a collection now and then, as a program at work has.
        repeat(10) {
            many(40, false)
            System.gc()
            Thread.sleep(20)
        }
        val grown = residentKb() - before
        assertTrue(grown < 20_000, "70 MB have passed, and $grown KB are still there")
    }

    private fun residentKb(): Long =
        File("/proc/self/status").useLines { lines -> lines.first { it.startsWith("VmRSS") }.filter(Char::isDigit).toLong() }
}
