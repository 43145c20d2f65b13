package io.github.venuekey.connections

import io.github.venuekey.Action
import io.github.venuekey.ConnectionDriver
import io.github.venuekey.VenueConnection
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.selects.select

/** What no caller's cancellation cuts. */
internal val STEADY: CoroutineScope = CoroutineScope(SupervisorJob() + THREADS)

private val ENDS = setOf(Action.RETURN, Action.FAIL, Action.STOP)

/** One connection's driver, from its start to its end. */
internal class DriverJob(
    first: ConnectionDriver,
    /** As in its leases. */
    private val holder: String,
    /** How often a store that fails is asked again while nothing would be lost. */
    private val again: Int,
) {
    private val stopping = Job()

    @Volatile
    var driver: ConnectionDriver = first
        private set

    @Volatile
    var action: Action = first.action
        private set

    /** Whether nothing may come between this action and the next. */
    @Volatile
    var mustGoOn: Boolean = first.mustGoOn
        private set

    /** How often it has gone on. */
    @Volatile
    var steps: Long = 0
        private set

    /** How often in a row the store has failed. */
    var failures: Int = 0
    /** How many saves in a row others were before. */
    var lost: Int = 0

    /** Until when the row may have this driver's lease, in Unix milliseconds: a save that failed may be stored all the same. */
    @Volatile
    private var leasedUntilMs = 0L

    val hasEnded: Boolean get() = action in ENDS
    val isStopping: Boolean get() = stopping.isCompleted

    /** Left in the row, a lease says to whoever comes after it that the request may have been sent. */
    fun mustStay(nowMs: Long): Boolean = mustGoOn || nowMs < leasedUntilMs

    fun asksAgain(nowMs: Long): Boolean = mustStay(nowMs) || !isStopping && failures < again

    /** Its save has failed: the row may be this all the same. */
    fun mayHave(connection: VenueConnection) {
        if (connection.leaseHolder == holder) leasedUntilMs = connection.leaseUntilMs ?: 0
    }

    /** The row is this; null where it is gone. */
    fun has(connection: VenueConnection?) {
        leasedUntilMs = 0
        connection?.let(::mayHave)
    }

    fun goesOn(following: ConnectionDriver, nowMs: Long) {
        val next = if (isStopping) following.stop(nowMs) else following
        val before = driver
        action = next.action
        mustGoOn = next.mustGoOn
        driver = next
        steps++
        if (next !== before) before.close()
    }

    /** Its driver stays where it is: what it has begun may come back to it. */
    fun leave() {
        action = Action.STOP
    }

    /** The end is asked for. What has begun is finished where it must be. From any thread. */
    fun stop() {
        stopping.complete()
    }

    /** What it brings; null if the end is asked for meanwhile, and then it is given up. */
    suspend fun <T : Any> unlessStopped(work: suspend () -> T?): T? {
        if (isStopping) return null
        val running = STEADY.async { work() }
        return select {
            running.onAwait { it }
            stopping.onJoin {
                running.cancel()
                null
            }
        }
    }
}
