package io.github.venuekey.stores

import java.util.concurrent.TimeUnit
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/** What wakes the workers of one process: it ends every wait at once, or the next one if nobody waits. */
internal class Alarm {
    private val lock = ReentrantLock()
    private val changed = lock.newCondition()
    private var waiting = 0
    private var rung = 0L
    private var isPending = false

    fun ring(): Unit = lock.withLock {
        rung++
        isPending = waiting == 0
        changed.signalAll()
    }

    fun await(timeoutMs: Long): Boolean = lock.withLock {
        if (isPending) {
            isPending = false
            return true
        }
        val before = rung
        var leftNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMs)
        waiting++
        try {
            while (rung == before && leftNanos > 0) leftNanos = changed.awaitNanos(leftNanos)
            rung != before
        } finally {
            waiting--
        }
    }
}
