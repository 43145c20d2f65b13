package io.github.venuekey.stores

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.CompletableFuture
import kotlin.concurrent.thread

private const val HOUR_MS = 3_600_000L
private const val FAR_MS = 1L shl 53
private const val CANARY = "canary-of-a-row"

/**
 * What counts as a store: tests for one of your own, with JUnit 5.
 *
 * ```kotlin
 * class MyStoreTest : StoreConformance() {
 *     override fun newPlace() = newEmptyDatabase()
 *     override fun openStore(place: String) = MyStore(place)
 * }
 * ```
 *
 * Some tests start processes with this one's class path, which make an object of that class; docs/stores.md says more. A kill is no
 * power failure: that a save waits for the disk, you have to see to yourself.
 */
public abstract class StoreConformance : BetweenProcesses() {
    // Rows.

    @Test
    public fun `a row comes back as it was`() {
        val rows = listOf(
            made(),
            made().copy(label = "", intent = "forget", dueAtMs = FAR_MS, leaseHolder = "w", leaseUntilMs = 0, accountHash = "h"),
            made().copy(owner = HOSTILE, client = HOSTILE, label = HOSTILE),
            made().copy(sealed = "s".repeat(512 * 1024)),
        )
        opened().use { store ->
            opened().use { other ->
                assertNull(store.load(rows[0].id))
                assertEquals(List(4) { true }, rows.map(store::save))
                assertEquals(rows, rows.map { other.kept(it.id) })
                assertEquals(listOf(Stored(rows[2], null, null)), other.find(HOSTILE))
                assertEquals(emptyList<Stored>(), other.find("nobody"))
                // Every column is the new row's.
                val changed = made(rows[1].id, 2).copy(owner = "other", client = "other", status = "ended")
                assertTrue(store.save(changed))
                assertEquals(changed, other.kept(changed.id))
            }
        }
    }

    @Test
    public fun `find has all rows of an owner`() {
        val rows = listOf("one", "one", "two", "ONE", "one ").map { made().copy(owner = it) }
        opened().use { store ->
            assertTrue(rows.all(store::save))
            assertEquals(rows.take(2).map { it.id }.sorted(), store.find("one").map { it.row.id }.sorted())
        }
    }

    @Test
    public fun `findAccount looks at other rows that have not ended`() {
        val (first, ended) = made().copy(accountHash = "a1") to made().copy(accountHash = "e1", status = "ended")
        opened().use { store ->
            assertTrue(store.save(first))
            assertTrue(store.save(ended))
            assertTrue(store.findAccount(listOf("a0", "a1"), "another"))
            assertFalse(store.findAccount(listOf("a1"), first.id))
            assertFalse(store.findAccount(listOf("a0"), "another"))
            assertFalse(store.findAccount(listOf("e1"), "another"))
            assertFalse(store.findAccount(emptyList(), "another"))
            assertTrue(store.save(made().copy(accountHash = "a1")))
            assertTrue(store.findAccount(listOf("a1"), first.id))
        }
    }

    @Test
    public fun `of rows that end together none finds another`() {
        val (one, other) = made().copy(accountHash = "a1") to made().copy(accountHash = "a1")
        opened().use { store ->
            assertTrue(store.save(one))
            assertTrue(store.save(other))
            for ((index, intent) in listOf("disconnect", "disconnect_and_delete_key", "forget").withIndex()) {
                assertTrue(store.save(one.copy(revision = index + 2L, intent = intent)))
                assertFalse(store.findAccount(listOf("a1"), other.id), intent)
                assertTrue(store.findAccount(listOf("a1"), one.id), "the other one works")
            }
            assertTrue(store.save(other.copy(revision = 2, intent = "forget")))
            assertFalse(store.findAccount(listOf("a1"), one.id))
        }
    }

    @Test
    public fun `rows sealed by other keys`() {
        val rows = listOf("new", "old", "older", "old").map { made().copy(sealingKeyId = it) }.sortedBy { it.id }
        opened().use { store ->
            assertTrue(rows.all(store::save))
            val expected = rows.filter { it.sealingKeyId != "new" }.map { it.id }
            assertEquals(expected, store.rowsSealedByOthers("new", 10, ""))
            assertEquals(expected.take(2), store.rowsSealedByOthers("new", 2, ""))
            assertEquals(expected.drop(2), store.rowsSealedByOthers("new", 2, expected[1]))
            assertEquals(4, store.rowsSealedByOthers("unknown", 10, "").size)
        }
    }

    // Compare-and-set.

    @Test
    public fun `only the next revision is stored`() {
        val row = made()
        opened().use { store ->
            assertFalse(store.save(row.copy(revision = 2)), "there is nothing that it could follow")
            assertNull(store.load(row.id))
            assertTrue(store.save(row))
            for (stale in listOf(1L, 3L)) assertFalse(store.save(row.copy(revision = stale, sealed = "lost")), "$stale")
            assertEquals(row, store.kept(row.id))
            assertTrue(store.save(row.copy(revision = 2)))
            assertTrue(store.save(row.copy(revision = 3)))
            assertFalse(store.save(row.copy(revision = 3, sealed = "lost")))
            assertEquals(row.copy(revision = 3), store.kept(row.id))
        }
    }

    @Test
    public fun `delete takes the revision it names`() {
        val (row, other) = made() to made()
        opened().use { store ->
            assertTrue(store.save(row))
            assertTrue(store.save(row.copy(revision = 2)))
            assertTrue(store.save(other))
            assertFalse(store.delete(row.id, 1))
            assertFalse(store.delete(row.id, 3))
            assertEquals(row.copy(revision = 2), store.kept(row.id))
            assertTrue(store.delete(row.id, 2))
            assertNull(store.load(row.id))
            assertTrue(store.delete(row.id, 2), "gone already is gone")
            assertFalse(store.save(row.copy(revision = 3)), "a late save does not bring it back")
            assertNull(store.load(row.id))
            assertEquals(other, store.kept(other.id))
        }
    }

    // Counters.

    @Test
    public fun `bump begins at the floor and never goes back`() {
        opened().use { store ->
            opened().use { other ->
                assertEquals(1_700_000_000_100, store.bump("nonce/a", 1_700_000_000_000, 100))
                assertEquals(1_700_000_000_101, other.bump("nonce/a", 1_699_999_999_999, 1), "an older clock")
                assertEquals(1_700_000_000_101, store.bump("nonce/a", 1_700_000_000_101, 0))
                assertEquals(1_800_000_000_005, other.bump("nonce/a", 1_800_000_000_000, 5))
                assertEquals(3, store.bump("nonce/b", 0, 3), "each name counts by itself")
                assertEquals(2, store.bump(HOSTILE, -5, 2), "what is not there yet is 0")
            }
        }
    }

    // Work.

    @Test
    public fun `due goes by the clock it is given`() {
        val rows = listOf(3_000L, 1_000L, null, 2_000L).map { made().copy(dueAtMs = it) }
        opened().use { store ->
            fun due(nowMs: Long, limit: Int = 10) = store.due(nowMs, limit).map { it.row }
            assertNull(store.nextDue())
            assertEquals(emptyList<Row>(), due(FAR_MS))
            assertTrue(rows.all(store::save))
            // Two hosts whose clocks differ, at one time.
            assertEquals(listOf(rows[1]), due(1_999))
            assertEquals(listOf(rows[1], rows[3]), due(2_000))
            assertEquals(emptyList<Row>(), due(999))
            assertEquals(listOf(rows[1], rows[3], rows[0]), due(9_000))
            assertEquals(listOf(rows[1], rows[3]), due(9_000, 2))
            assertEquals(1_000, store.nextDue())
            val leased = rows[1].copy(revision = 2, leaseHolder = "w", leaseUntilMs = 9_999)
            assertTrue(store.save(leased))
            assertEquals(listOf(leased), due(1_000, 1), "leases are none of the store's business")
            assertTrue(store.save(rows[1].copy(revision = 3, dueAtMs = null)))
            assertEquals(2_000, store.nextDue())
            repeat(3) { assertTrue(store.save(made().copy(dueAtMs = 2_000))) }
            val found = due(9_000).map { it.id }
            assertEquals(5, found.size)
            assertEquals(5, found.toSet().size, "no row twice")
        }
    }

    @Test
    public fun `a quarantined row is left out until it is saved`() {
        val row = made().copy(dueAtMs = 1, owner = "o", accountHash = "h", intent = "disconnect")
        opened().use { store ->
            assertTrue(store.save(row))
            assertFalse(store.quarantine(row.id, 2, "seal_invalid"), "it is about another revision")
            assertFalse(store.quarantine("0".repeat(32), 1, "seal_invalid"))
            assertEquals(row, store.kept(row.id))
            assertEquals(1, store.nextDue())
            assertTrue(store.quarantine(row.id, 1, "seal_invalid"))
            val found = store.stored(row.id)
            assertEquals(Stored(row.copy(status = "quarantined"), null, "seal_invalid"), found)
            assertEquals(emptyList<Stored>(), store.due(9, 9))
            assertNull(store.nextDue())
            assertEquals(listOf(found), store.find("o"))
            assertTrue(store.findAccount(listOf("h"), "another"))
            assertFalse(store.save(row), "a lost save changes nothing")
            assertEquals(found, store.load(row.id))
            assertTrue(store.save(row.copy(revision = 2)))
            assertEquals(Stored(row.copy(revision = 2), null, null), store.load(row.id))
            assertEquals(listOf(store.load(row.id)), store.due(9, 9))
        }
    }

    @Test
    public fun `touch writes once an hour and leaves the row alone`() {
        val (row, nowMs) = made() to 1_790_000_000_000
        opened().use { store ->
            store.touch(row.id, nowMs)
            assertNull(store.load(row.id))
            assertTrue(store.save(row))
            val times = listOf(
                nowMs to nowMs, nowMs + HOUR_MS - 1 to nowMs, nowMs - 2 * HOUR_MS to nowMs, nowMs + HOUR_MS to nowMs + HOUR_MS,
            )
            for ((atMs, keptMs) in times) {
                store.touch(row.id, atMs)
                assertEquals(Stored(row, keptMs, null), store.load(row.id))
            }
            assertTrue(store.save(row.copy(revision = 2)), "a save leaves it as it is")
            assertEquals(nowMs + HOUR_MS, store.stored(row.id).lastUsedAtMs)
        }
    }

    @Test
    public fun `a save wakes who waits and who waits next`() {
        val row = made().copy(dueAtMs = 1)
        opened().use { store ->
            store.await(0)
            assertTrue(store.save(row))
            assertTrue(store.await(PATIENCE_MS), "it came before the wait")
            val woken = CompletableFuture<Boolean>()
            val waits = thread { woken.complete(store.await(PATIENCE_MS)) }
            assertTrue(store.save(row.copy(revision = 2)))
            waits.join()
            store.wake()
            assertTrue(woken.get())
            assertTrue(store.await(PATIENCE_MS))
        }
    }

    @Test
    public fun `lastSeen is the newest of any worker`() {
        opened().use { store ->
            opened().use { other ->
                assertNull(store.lastSeen())
                for ((holder, nowMs, newestMs) in listOf(
                    Triple("a", 1_000L, 1_000L), Triple("b", 9_000L, 9_000L), Triple("a", 2_000L, 9_000L), Triple("b", 3_000L, 3_000L),
                )) {
                    store.seen(holder, nowMs)
                    assertEquals(newestMs, other.lastSeen())
                }
            }
        }
    }

    @Test
    public fun `the clock is the store's or nobody's`() {
        opened().use { store ->
            val (first, second) = store.nowMs() to store.nowMs()
            assertEquals(first == null, second == null)
            assertTrue(first == null || first in 1_600_000_000_001..second!!)
        }
    }

    // Failures.

    @Test
    public fun `a closed store fails`() {
        val row = made().copy(sealed = CANARY)
        val store = opened()
        assertTrue(store.save(row))
        store.close()
        store.close()
        fails { store.load(row.id) }
        fails { store.save(row.copy(revision = 2)) }
        fails { store.bump("nonce/1", 0, 1) }
        store.touch(row.id, 1)
        store.wake()
    }

    @Test
    public fun `a failing store says so and works again`() {
        val row = made().copy(owner = CANARY, label = CANARY, sealed = CANARY)
        opened().use { store ->
            opened().use { idle ->
                assertTrue(store.save(row))
                assertNotNull(idle.load(row.id))
                assertEquals(7, store.bump(CANARY, 0, 7))
                val failing = failing(place)
                assumeTrue(failing != null, "nothing says how this store fails")
                failing.use {
                    fails { store.save(row.copy(revision = 2)) }
                    fails { store.save(made().copy(sealed = CANARY)) }
                    fails { store.bump(CANARY, 0, 1) }
                    fails { store.delete(row.id, 1) }
                    fails { store.quarantine(row.id, 1, CANARY) }
                    fails { store.seen(CANARY, 1) }
                    store.touch(row.id, 1)
                    store.wake()
                }
                try {
                    idle.load(row.id)
                } catch (_: StoreError) {
                    // Its connection may have been lost while it did nothing.
                }
                for (each in listOf(store, idle)) assertEquals(Stored(row, null, null), each.load(row.id))
                assertTrue(idle.save(row.copy(revision = 2)))
                assertEquals(2, store.kept(row.id).revision)
                assertEquals(8, store.bump(CANARY, 0, 1))
            }
        }
    }

    /** By an error that names nothing of any row. */
    private fun fails(call: () -> Any?) {
        val error = assertThrows(StoreError::class.java) { call() }
        val said = error.toString() + error.stackTraceToString()
        assertFalse(CANARY in said, said)
        assertNull(error.cause)
    }
}
