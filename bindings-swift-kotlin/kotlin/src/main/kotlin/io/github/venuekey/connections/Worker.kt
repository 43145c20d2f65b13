package io.github.venuekey.connections

import io.github.venuekey.Action
import io.github.venuekey.ConnectionDriver
import io.github.venuekey.VenueConnection
import io.github.venuekey.VenuekeyException
import io.github.venuekey.monotonicMs
import io.github.venuekey.pageOf
import io.github.venuekey.stores.StoreError
import io.github.venuekey.stores.Stored
import java.security.SecureRandom
import kotlin.math.abs
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.selects.select
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull

/** The safety net: so often is the store asked, whatever wakes. */
private const val LOOK_MS = 1_000L
private const val SEEN_MS = 10_000L
/** How long an end waits for a store that has answered before. */
private const val ANSWER_MS = 10_000L
/** When a row is looked at again whose work was somebody else's, or nobody's. */
private const val REST_MS = 60_000L
private const val FOR_EVER = Long.MAX_VALUE

private val RANDOM = SecureRandom()

private fun random(bytes: Int): String = ByteArray(bytes).also(RANDOM::nextBytes).joinToString("") { "%02x".format(it) }

/** No two workers share a name: host, process, and what no process had before. */
internal fun newHolder(): String = "${processName()}-${random(4)}"

/** No two drivers share a name either: they could make the same lease in the same millisecond, and both send. */
internal fun holderOfDriver(name: String): String {
    // Whole characters, in bytes.
    var cut = name
    while (cut.toByteArray().size > 40) cut = cut.dropLast(1)
    return "$cut-${random(6)}"
}

/** Takes rows that are due, and does what is due: one loop, and a coroutine for each connection that it works at. */
internal class Worker(private val hands: Hands, holder: String?, private val concurrency: Int) : Ending {
    private class Work(val job: DriverJob) {
        lateinit var running: Job
    }

    /** Not looked at before a time, and the revision that this is about, if it is about one. */
    private class Apart(val revision: Long?, val untilMs: Long)

    private val rows = hands.rows
    private val holder = holder?.let(::checkHolder) ?: newHolder()
    private val lock = Any()
    private val works = HashMap<String, Work>()
    private val apart = HashMap<String, Apart>()
    // Sealing keys of which it was said that they open nothing here, and the rows that were left alone for that.
    private val doubted = HashMap<String, MutableSet<String>>()
    private val bell = Channel<Unit>(Channel.CONFLATED)
    private val stopping = Job()
    private val over = Job()
    private var seenMs: Long? = null
    /** How far the jobs were then. */
    private var seenSteps: Map<DriverJob, Long> = emptyMap()
    private var pauseAfterFailureMs = LOOK_MS

    @Volatile
    private var hasFailed = false

    private val isStopping get() = stopping.isCompleted

    /** Takes no new work. From any thread. */
    override fun stop() {
        stopping.complete()
        // Here, not in its own turn: what is at work begins nothing from now on.
        synchronized(lock) { works.values.toList() }.forEach { it.job.stop() }
        bell.trySend(Unit)
    }

    override fun awaitEnd() = runBlocking { over.join() }

    suspend fun run(): Unit = try {
        served { loop() }
    } finally {
        // Nobody listens any more.
        stop()
    }

    /** Does what is due now, and returns when something is due next. */
    suspend fun runOnce(deadlineMs: Long?): Long? {
        // What fails is not tried again.
        pauseAfterFailureMs = FOR_EVER
        var isDone = false
        served { isDone = sweep(deadlineMs) }
        val (dueMs, nowMs) = nextDue() to rows.countedMs()
        // What is due all the same was left alone, or rests: nobody should come back for it at once.
        return if (isDone && dueMs != null && dueMs <= nowMs) nowMs + (if (hasFailed) LOOK_MS else REST_MS) else dueMs
    }

    private suspend fun nextDue(): Long? {
        val asking = STEADY.async { io { rows.store.nextDue() } }
        return select {
            asking.onAwait { it }
            stopping.onJoin {
                withTimeoutOrNull(ANSWER_MS) { asking.join() } ?: throw StoreError("nextDue", "it did not answer before the end")
                asking.await()
            }
        }
    }

    // Beside the loop

    /**
     * Whoever waits may be cancelled: then it stops, and its end is waited for. No step of that needs the caller's own thread, which may be
     * the one that ends the JVM.
     */
    private suspend fun served(work: suspend () -> Unit) {
        Endings.add(this)
        val serving = STEADY.async {
            try {
                val looking = STEADY.async { work() }
                // A store that hangs does not hold up the end.
                select {
                    looking.onAwait { }
                    stopping.onJoin { failureOf(looking) }
                }
            } finally {
                end()
                over.complete()
            }
        }
        try {
            serving.await()
        } catch (cancelled: CancellationException) {
            stop()
            withContext(NonCancellable) { over.join() }
            throwAsFailure(cancelled)
        } finally {
            Endings.remove(this)
        }
    }

    private suspend fun failureOf(looking: Deferred<Unit>) {
        if (looking.isCompleted) looking.await()
    }

    // The loop

    private suspend fun loop() {
        Log.info("worker $holder: begins")
        STEADY.launch { listen() }
        while (!isStopping) {
            try {
                if (look()) continue
            } catch (error: StoreError) {
                Log.warning("worker $holder: ${placeOf(error)}${pageFor(error)}")
            } catch (error: Exception) {
                Log.error("worker $holder: can't look for work: ${placeOf(error)}${pageFor(error)}")
            }
            bell.receive()
        }
    }

    /** Rings when the store wakes, when something is due, and each second. */
    private suspend fun listen() {
        while (!isStopping) {
            try {
                val pauseMs = pauseMs()
                io { rows.store.await(pauseMs) }
            } catch (_: Exception) {
                // The loop says so.
                delay(LOOK_MS)
            }
            bell.trySend(Unit)
        }
    }

    private suspend fun pauseMs(): Long {
        val (dueMs, nowMs) = io { rows.store.nextDue() } to rows.nowMs()
        // What is due already is being worked at, or somebody else's.
        return if (dueMs == null || dueMs <= nowMs) LOOK_MS else minOf(LOOK_MS, dueMs - nowMs)
    }

    /** Whether it came to its end: nothing more can be done now. */
    private suspend fun sweep(deadlineMs: Long?): Boolean {
        val untilMs = deadlineMs?.let { monotonicMs() + it.coerceIn(0, MOST_PATIENCE_MS) } ?: FOR_EVER
        while (!isStopping && monotonicMs() < untilMs) {
            if (look()) continue
            val isIdle = synchronized(lock) { works.isEmpty() }
            // A job that has ended since that look may have left more to do, and has rung.
            if (isIdle && bell.tryReceive().isFailure) return true
            if (!isIdle) withTimeoutOrNull(if (untilMs == FOR_EVER) FOR_EVER else untilMs - monotonicMs()) { bell.receive() }
        }
        return false
    }

    /** Takes rows that are due; whether there may be more of them for the places that are free. */
    private suspend fun look(): Boolean {
        val nowMs = rows.nowMs()
        val (atWork, left, steps) = synchronized(lock) {
            apart.values.removeIf { monotonicMs() >= it.untilMs }
            Triple(works.keys.toSet(), HashMap(apart), works.values.associate { it.job to it.job.steps })
        }
        // By its distance: a clock that was set back must not silence it. With no place free, and none that gets on, it looks in vain.
        val isOfUse = steps.size < concurrency || steps != seenSteps
        if (isOfUse && seenMs.let { it == null || abs(nowMs - it) >= SEEN_MS }) {
            io { rows.store.seen(holder, nowMs) }
            seenMs = nowMs
            seenSteps = steps
        }
        val free = concurrency - atWork.size
        if (free <= 0) return false
        // Those that are left alone stay due, and must not stand before the others.
        val limit = free + atWork.size + left.size
        val found = io { rows.store.due(nowMs, limit) }
        // By their ids: a store may give a row twice, and two must not work at it.
        val byId = found.associateBy { it.row.id }
        if (found.size < limit) synchronized(lock) { apart.keys.removeAll(left.keys - byId.keys) }
        val wanted = byId.values.filter { it.row.id !in atWork && !isApart(it, left) }.take(free)
        for (stored in wanted) {
            if (isStopping) return false
            begin(stored)
        }
        return wanted.size == free
    }

    private fun isApart(stored: Stored, left: Map<String, Apart>): Boolean {
        val kept = left[stored.row.id] ?: return false
        return kept.revision == null || kept.revision == stored.row.revision
    }

    private fun setApart(id: String, revision: Long?, forMs: Long) = synchronized(lock) {
        apart[id] = Apart(revision, if (forMs == FOR_EVER) FOR_EVER else monotonicMs() + forMs)
    }

    private suspend fun begin(stored: Stored) {
        val row = stored.row
        rows.lacks(stored)?.let { return leaveAlone(stored, it) }
        val connection = try {
            rows.open(stored)
        } catch (error: VenuekeyException) {
            return takeOut(stored, error)
        } finally {
            if (rows.isProven(stored)) endDoubts(row.sealingKeyId)
        }
        val ofDriver = holderOfDriver(holder)
        val driver = ConnectionDriver(connection, ofDriver, rows.nowMs())
        if (driver.action == Action.RETURN) return putRight(connection)
        val work = Work(hands.job(driver, ofDriver))
        synchronized(lock) {
            if (isStopping) return
            works[row.id] = work
            work.running = STEADY.launch { work(row.id, work) }
        }
    }

    /**
     * Due by its column, and by what is known now not: a key that was used meanwhile needs no look. Left as it is, it would stand
     * before all rows that are due later, for ever.
     */
    private suspend fun putRight(connection: VenueConnection) {
        val nowMs = rows.nowMs()
        val right = connection.touched(nowMs)
        val dueMs = right.dueAtMs
        if (rows.save(right) && dueMs != null && dueMs <= nowMs) setApart(right.id, right.revision, REST_MS)
    }

    private suspend fun work(id: String, work: Work) {
        try {
            hands.run(work.job)
        } catch (error: Throwable) {
            // One row's trouble is its own; where it happened is said, and never what is in it.
            Log.error("connection $id: ${placeOf(error)}, looked at again later${pageFor(error)}")
            setApart(id, null, pauseAfterFailureMs)
            hasFailed = true
        } finally {
            // At once: a sweep that sees that there is nothing left has heard why.
            synchronized(lock) {
                works.remove(id, work)
                bell.trySend(Unit)
            }
        }
    }

    // Rows that can't be opened

    /** One bad row stops nobody: it is quarantined. What another process may be able to read is left alone. */
    private suspend fun takeOut(stored: Stored, error: VenuekeyException) {
        val row = stored.row
        if (error.code == "seal_invalid" && !rows.isProven(stored)) return doubt(stored)
        if (error.code in DAMAGE && io { rows.store.quarantine(row.id, row.revision, error.code) }) {
            Log.error("connection ${row.id}: can't be opened (${error.code}), quarantined${pageFor(error)}")
        } else {
            // Of a clock that is wrong, too, and that may be put right.
            leaveAlone(stored, error.code, if (error.code.startsWith("snapshot_")) FOR_EVER else REST_MS, pageFor(error))
        }
    }

    /** Other bytes under the same id than those of other processes open no row at all, and all rows are well. */
    private fun doubt(stored: Stored) {
        val row = stored.row
        setApart(row.id, row.revision, REST_MS)
        val ids = doubted.getOrPut(row.sealingKeyId) {
            val asks = "no row of sealing key '${row.sealingKeyId}' could be opened here: is the key right?"
            Log.warning("connection ${row.id}: left alone: $asks see ${pageOf("seal_invalid")}")
            mutableSetOf()
        }
        ids += row.id
    }

    /** The key is right after all, so those rows are damaged. */
    private fun endDoubts(sealingKeyId: String) {
        val ids = doubted.remove(sealingKeyId) ?: return
        synchronized(lock) { apart.keys.removeAll(ids) }
        bell.trySend(Unit)
    }

    private fun leaveAlone(stored: Stored, why: String, forMs: Long = FOR_EVER, page: String = "") {
        setApart(stored.row.id, stored.row.revision, forMs)
        Log.warning("connection ${stored.row.id}: can't be read by this process ($why), left alone$page")
    }

    /** What must be finished is; a request that may be sent again is given up, and its lease given back. */
    private suspend fun end() {
        val left = synchronized(lock) { works.values.toList() }
        left.forEach { it.job.stop() }
        left.map { it.running }.joinAll()
        Log.info("worker $holder: has ended")
    }
}
