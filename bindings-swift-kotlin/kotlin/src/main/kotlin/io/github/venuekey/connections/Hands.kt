package io.github.venuekey.connections

import io.github.venuekey.Action
import io.github.venuekey.Answer
import io.github.venuekey.ConnectionDriver
import io.github.venuekey.EventKind
import io.github.venuekey.NoResponse
import io.github.venuekey.Send
import io.github.venuekey.Signer
import io.github.venuekey.VenueConnection
import io.github.venuekey.VenueRequest
import io.github.venuekey.VenueResponse
import io.github.venuekey.VenuekeyException
import io.github.venuekey.pageOf
import io.github.venuekey.replyTo
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext

/** Pauses before a store that fails is asked again; the last one for ever while it must be. */
private val AGAIN_MS = longArrayOf(100, 500, 1_000, 2_000, 5_000)
private const val GIVE_WAY_AFTER = 3
/** How long a worker waits for a number. */
private const val NONCE_PATIENCE_MS = 10_000L
/** Events that somebody has to do something about. */
private val WARNS = setOf(EventKind.NEEDS_USER, EventKind.ORPHANED_CREDENTIAL)

/** What a driver's host does, on behalf of workers and sessions. */
internal class Hands(
    val rows: Rows,
    val send: Send,
    private val onEvent: suspend (Event) -> Unit,
    val sleep: suspend (Long) -> Unit,
) {
    private val turns = Turns(rows)
    private val numbers = Numbers(rows, sleep)
    private val clocks = Clocks(rows, send)

    /** A worker's: a store that fails is asked again for a while. */
    fun job(driver: ConnectionDriver, holder: String): DriverJob = DriverJob(driver, holder, again = AGAIN_MS.size)

    /**
     * The driver at its end, for a caller who is not to be trusted to stay: cancelled, what must be stored is stored first; so it
     * is where the JVM ends.
     */
    suspend fun finished(driver: ConnectionDriver, holder: String): ConnectionDriver {
        currentCoroutineContext().ensureActive()
        val job = DriverJob(driver, holder, again = 1)
        if (job.hasEnded) return driver
        val running = STEADY.async { run(job) }
        val ending = object : Ending {
            override fun stop() = job.stop()

            override fun awaitEnd() = runBlocking { running.join() }
        }
        Endings.add(ending)
        try {
            running.await()
        } catch (cancelled: CancellationException) {
            job.stop()
            withContext(NonCancellable) { running.join() }
            throwAsFailure(cancelled)
        } finally {
            Endings.remove(ending)
        }
        check(job.action != Action.STOP) { "the program ends" }
        return job.driver
    }

    /** For a request of this connection's key; [anew] measures how far the venue's clock is ahead, whatever is known of it. */
    suspend fun nonce(connection: VenueConnection, signer: Signer, patienceMs: Long, anew: Boolean = false): Drawn =
        numbers.next(connection.nonceCounter!!, clocks.aheadMs(signer, anew), patienceMs)

    /** To the driver's end. If the store keeps failing while nothing must be kept, that is thrown. */
    suspend fun run(job: DriverJob) {
        while (!job.hasEnded) step(job)
    }

    private suspend fun step(job: DriverJob) {
        val following = try {
            done(job) ?: return job.leave()
        } catch (error: Exception) {
            val nowMs = rows.countedMs()
            // What core refuses has not come to the store.
            if (job.action == Action.SAVE && error !is VenuekeyException) job.mayHave(job.driver.connection)
            val isOfStore = error !is VenuekeyException || job.mustStay(nowMs)
            if (job.action == Action.SEND || !isOfStore || !job.asksAgain(nowMs)) throw error
            // What a reply has brought is in no store yet, or a lease is that nobody else can take over for minutes.
            val pauseMs = AGAIN_MS[minOf(job.failures, AGAIN_MS.lastIndex)]
            job.failures++
            val (id, where) = job.driver.connection.id to placeOf(error)
            Log.warning("connection $id: the store fails ($where), again in $pauseMs ms, attempt ${job.failures}${pageFor(error)}")
            if (job.mustStay(nowMs)) delay(pauseMs) else job.unlessStopped { delay(pauseMs) } ?: throw error
            return
        }
        job.failures = 0
        job.goesOn(following, rows.countedMs())
    }

    /** Null if the end was asked for meanwhile, and nothing is lost: a call of the store that hangs is left where it is. */
    private suspend fun done(job: DriverJob): ConnectionDriver? {
        val driver = job.driver
        val connection = driver.connection
        return when (job.action) {
            Action.SAVE -> {
                if (rows.save(connection)) {
                    job.lost = 0
                    job.has(connection)
                    driver.saved(rows.sureMs())
                } else {
                    giveWay(connection.id, ++job.lost)
                    driver.superseded()
                }
            }
            Action.LOAD -> {
                suspend fun loaded(): ConnectionDriver {
                    val stored = rows.load(connection.id).also(job::has)
                    return driver.loaded(stored, rows.sureMs())
                }
                if (job.mustStay(rows.countedMs())) loaded() else job.unlessStopped { loaded() }
            }
            Action.SEND -> sent(job)
            Action.NONCE -> {
                val drawn = job.unlessStopped { nonce(connection, connection.signer()!!, NONCE_PATIENCE_MS) } ?: return null
                driver.nonce(nonceMs = drawn.nonceMs, nowMs = rows.sureMs())
            }
            Action.FIND -> job.unlessStopped {
                val hashes = connection.accountHashes(rows.keys)
                driver.found(io { rows.store.findAccount(hashes, connection.id) }, rows.sureMs())
            }
            Action.DELIVER -> {
                val isTold = job.unlessStopped { isTold(driver) } ?: return null
                driver.delivered(isTold, rows.sureMs())
            }
            Action.DELETE -> job.unlessStopped {
                io { rows.store.delete(connection.id, connection.revision) }
                driver.deleted()
            }
            Action.SLEEP -> {
                val leftMs = maxOf(0, driver.untilMs!! - rows.sureMs())
                job.unlessStopped { sleep(leftMs) } ?: return null
                driver.awake()
            }
            else -> error("a connection has no ${job.action}")
        }
    }

    /** Others save the same row: after a few times, with pauses, for as long as it takes. */
    private suspend fun giveWay(id: String, lost: Int) {
        if (lost <= GIVE_WAY_AFTER) return
        delay(minOf(1_000L, 10L shl minOf(lost - GIVE_WAY_AFTER, 7)))
        if (lost % 10 == 0) Log.warning("connection $id: others have saved it first, $lost times in a row")
    }

    private suspend fun sent(job: DriverJob): ConnectionDriver {
        val driver = job.driver
        val request = driver.request!!
        val what = "connection ${driver.connection.id}: ${request.purpose}"
        Log.info(what)
        if (!hasTurn(job, what)) return driver.noResponse(rows.sureMs(), notSent = true)
        val answer = try {
            // What is safe is given up at a polite end, and its lease given back.
            (if (job.mustGoOn) replyTo(::answered, request) else job.unlessStopped { replyTo(::answered, request) })
                ?: return driver.stop(rows.countedMs())
        } catch (error: Throwable) {
            // A sender that breaks its promise: nobody knows whether the request has arrived.
            Log.error("$what: the sender failed: ${placeOf(error)}")
            Answer.None(notSent = false)
        }
        val nowMs = rows.sureMs()
        return when (answer) {
            is Answer.Reply -> driver.response(answer.response, nowMs).also { Log.info("$what: HTTP ${answer.response.status}${andThen(it, nowMs)}") }
            is Answer.None -> driver.noResponse(nowMs, answer.notSent).also { Log.info("$what: no reply${andThen(it, nowMs)}") }
        }
    }

    private suspend fun answered(request: VenueRequest): VenueResponse = try {
        send(request)
    } catch (none: NoResponse) {
        Log.info("${request.purpose}: ${none.message}")
        throw none
    }

    /** Waits for the venue's pace. A process that is to end does not wait: nothing has been sent. */
    private suspend fun hasTurn(job: DriverJob, what: String): Boolean {
        val startMs = try {
            // What has no turn to wait for goes out though the end was asked for: it had begun before that.
            if (job.driver.pace(rows.countedMs()) == null) return true
            job.unlessStopped { turns.startMs(job.driver) } ?: return false
        } catch (error: Exception) {
            Log.warning("$what: the store fails (${placeOf(error)}), put off${pageFor(error)}")
            return false
        }
        while (true) {
            val waitMs = startMs - rows.sureMs()
            if (waitMs <= 0) return true
            job.unlessStopped { sleep(waitMs) } ?: return false
        }
    }

    private suspend fun isTold(driver: ConnectionDriver): Boolean {
        val connection = driver.connection
        for (event in driver.events) {
            val code = event.code?.let { ", $it; see ${pageOf(it)}" } ?: ""
            val level = if (event.kind in WARNS) Level.WARNING else Level.INFO
            Log.tell(level, "connection ${connection.id}: ${word(event.kind)}$code")
            try {
                onEvent(eventOf(connection, event))
            } catch (error: Exception) {
                currentCoroutineContext().ensureActive()
                val where = placeOf(error) + pageFor(error)
                Log.error("connection ${connection.id}: onEvent failed at ${word(event.kind)}, told again later: $where")
                return false
            }
        }
        return true
    }
}

/** For the log: how long the connection waits now. */
private fun andThen(driver: ConnectionDriver, nowMs: Long): String =
    driver.connection.wait?.let { ", again in ${(maxOf(0, it.untilMs - nowMs) + 500) / 1000} s" } ?: ""
