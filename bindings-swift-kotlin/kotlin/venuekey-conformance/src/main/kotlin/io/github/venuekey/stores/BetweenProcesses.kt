package io.github.venuekey.stores

import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import java.util.concurrent.ConcurrentLinkedQueue
import kotlin.concurrent.thread

/** Of [StoreConformance]: how a store is opened, and what several processes and threads do to one at a time. */
public abstract class BetweenProcesses internal constructor() {
    /** Whether a save wakes workers of other processes too. */
    public open val wakesOtherProcesses: Boolean get() = false

    private var taken: String? = null

    /** The test's own place. */
    internal val place: String get() = taken!!

    /** A new place without anything in it, for one test: text, such as a path or a URL, which other processes are given. */
    public abstract fun newPlace(): String

    /**
     * Opens a store there. Other processes make an object of the same class, by its constructor without arguments, and call this: it
     * may need nothing but [place].
     */
    public abstract fun openStore(place: String): Store

    /** The test is over. */
    public open fun removePlace(place: String) {}

    /** While what it returns is open, nothing can be written there: a disk that is full, a server that is down. Null: nobody knows how. */
    public open fun failing(place: String): AutoCloseable? = null

    @BeforeEach
    public fun begin() {
        taken = newPlace()
    }

    @AfterEach
    public fun end() {
        taken?.let(::removePlace)
    }

    internal fun opened(): Store = openStore(place)

    /** What each of several processes answers, all at work at the same time. */
    private fun each(task: String, arguments: (Int) -> Array<Any>): List<String> {
        val players = List(PROCESSES) { Player.take(javaClass) }
        players.forEachIndexed { number, player -> player.tell(task, place, *arguments(number)) }
        return players.map { checkNotNull(it.answer()) { "a process has died" } }.also { players.forEach(Player::giveBack) }
    }

    @Test
    public fun `several open a new place at once`() {
        assertEquals(List(PROCESSES) { "true" }, each("open") { emptyArray() })
        opened().use { assertTrue(it.save(made())) }
    }

    @Test
    public fun `one of those who save the same revision wins`() {
        val id = newId()
        opened().use { store ->
            for (revision in 1L..2L) {
                val won = each("save") { arrayOf(id, revision, "worker $it") }
                assertEquals(1, won.count { it == "true" }, won.toString())
                assertEquals("worker ${won.indexOf("true")}", store.kept(id).leaseHolder)
                assertEquals(revision, store.kept(id).revision)
            }
        }
    }

    @Test
    public fun `no update is lost between processes`() {
        val row = made().copy(sealed = "")
        opened().use { store ->
            assertTrue(store.save(row))
            val won = each("append") { arrayOf(row.id, "$it") }.flatMap { it.split(",") }.map(String::toLong)
            val expected = (2L..1L + PROCESSES * ROUNDS).toList()
            assertEquals(expected, won.sorted(), "each revision has one winner")
            val last = store.kept(row.id)
            assertEquals(expected.last(), last.revision)
            for (number in 0 until PROCESSES) assertEquals(ROUNDS, last.sealed.count { it == '0' + number })
        }
    }

    @Test
    public fun `what is saved outlives a kill`() {
        val id = newId()
        Player.take(javaClass).use { victim ->
            victim.tell("save and die", place, id)
            assertNull(victim.answer())
        }
        opened().use { store ->
            assertEquals(made(id, 2), store.kept(id))
            assertEquals(8, store.bump("counter", 0, 1))
        }
    }

    @Test
    public fun `a kill in the middle of a save holds nobody up`() {
        val id = newId()
        val told = Player.take(javaClass).use { victim ->
            victim.tell("save on and on", place, id)
            List(ROUNDS) { victim.answer()!!.toLong() }.last()
        }
        opened().use { store ->
            val last = store.kept(id)
            assertTrue(last.revision >= told)
            assertTrue(store.save(last.copy(revision = last.revision + 1)))
        }
    }

    @Test
    public fun `bump between processes`() {
        val values = each("bump") { arrayOf(1_000 * it) }.map { it.split(",").map(String::toLong) }
        for (each in values) assertEquals(each.sorted(), each, "each sees the counter rise")
        val every = values.flatten().sorted()
        assertEquals(PROCESSES * ROUNDS, every.toSet().size, "nobody else has one's value")
        assertTrue(every.zipWithNext().all { (a, b) -> b - a >= 10 }, "nor any of the block below it")
        values.forEachIndexed { number, each -> assertTrue(each.min() >= 1_000 * number + 10) }
    }

    @Test
    public fun `a save wakes other processes`() {
        assumeTrue(wakesOtherProcesses, "this store does not")
        opened().use { store ->
            Player.take(javaClass).use { worker ->
                worker.tell("wait for saves", place)
                assertEquals("listens", worker.answer())
                assertTrue(store.save(made().copy(dueAtMs = 1)))
                assertEquals("woken", worker.answer())
                store.wake()
                assertEquals("woken", worker.answer())
            }
        }
    }

    @Test
    public fun `threads share a store`() {
        val row = made()
        opened().use { store ->
            assertTrue(store.save(row))
            val won = ConcurrentLinkedQueue<Long>()
            val bumped = ConcurrentLinkedQueue<Long>()
            val threads = List(PROCESSES) {
                thread {
                    repeat(ROUNDS) {
                        val revision = store.kept(row.id).revision + 1
                        if (store.save(row.copy(revision = revision))) won += revision
                        bumped += store.bump("counter", 0, 1)
                    }
                }
            }
            threads.forEach(Thread::join)
            assertEquals((2L..store.kept(row.id).revision).toList(), won.sorted())
            assertEquals((1L..PROCESSES * ROUNDS).toList(), bumped.sorted())
        }
    }
}
