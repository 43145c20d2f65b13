package io.github.venuekey.paved

import io.github.venuekey.stores.Row
import io.github.venuekey.stores.Store
import io.github.venuekey.stores.Stored
import java.util.concurrent.ConcurrentHashMap
import sun.misc.Signal
import kotlin.concurrent.thread

/** Counts the steps of this worker's jobs, and ends it at one of them. */
class End(private val isWorker: Boolean, val clock: Clock?, private val how: String?, private val at: Int) {
    private var count = 0
    val ways = mutableMapOf<String, () -> Unit>(
        "kill" to { Runtime.getRuntime().halt(137) },
        // It waits for the JVM's hooks, and they for whoever is at this step.
        "exit" to { thread { Runtime.getRuntime().exit(0) } },
    )

    fun step(whenever: String, what: String) {
        if (!isWorker) return
        val number = synchronized(this) { (++count).also { say("step $it $whenever $what") } }
        if (number == at) ways[how]?.invoke() ?: Signal.raise(Signal(how!!.removePrefix("SIG")))
    }

    inline fun <T> steps(what: String, call: () -> T): T {
        clock?.step(1)
        try {
            step("before", what)
            return call().also { step("after", what) }
        } finally {
            clock?.step(-1)
        }
    }
}

fun say(what: String) = synchronized(System.out) {
    println(what)
    System.out.flush()
}

/** How long a worker with a place sleeps at most. */
private const val MOST_MS = 20_000L

/** A store whose every call is a step, and whose waits take the clock's time. */
class CountedStore(private val own: Store, private val clock: Clock?, private val end: End) : Store by own {
    override fun load(id: String): Stored? = end.steps("load") { own.load(id) }.also {
        // Gone, or somebody else's by now: a save that was lost.
        if (it?.row?.leaseHolder == null || it.row.leaseHolder != mine[id]) clock?.leases(id, false)
    }

    private val mine = ConcurrentHashMap<String, String>()

    override fun save(row: Row): Boolean = end.steps("save") { own.save(row) }.also { isWon ->
        val holder = row.leaseHolder
        if (isWon && holder != null) mine[row.id] = holder
        if (isWon) clock?.leases(row.id, holder != null)
    }

    override fun due(nowMs: Long, limit: Int): List<Stored> = own.due(nowMs, limit).also { found -> clock?.finds(found.map { it.row.id }) }

    override fun bump(name: String, floor: Long, by: Long): Long = end.steps("bump") { own.bump(name, floor, by) }

    override fun findAccount(hashes: List<String>, exceptId: String): Boolean = end.steps("find_account") { own.findAccount(hashes, exceptId) }

    override fun delete(id: String, revision: Long): Boolean =
        end.steps("delete") { own.delete(id, revision) }.also { clock?.leases(id, false) }

    override fun await(timeoutMs: Long): Boolean {
        if (clock == null || !clock.hasPlace) return own.await(timeoutMs)
        val farMs = own.nextDue()?.let { it - clock.nowMs() } ?: MOST_MS
        clock.rest(minOf(MOST_MS, maxOf(timeoutMs, farMs)))
        return false
    }
}
