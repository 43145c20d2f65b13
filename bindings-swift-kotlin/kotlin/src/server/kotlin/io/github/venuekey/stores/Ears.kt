package io.github.venuekey.stores

import java.sql.Connection
import kotlin.concurrent.thread
import org.postgresql.PGConnection

/** How long nobody has to wait for the listening to end; it begins again with the next wait. */
private const val UNHEARD_NANOS = 10_000_000_000
private const val LISTEN_MS = 1_000
private const val RETRY_MS = 1_000L

/**
 * Hears what other processes say through PostgreSQL, and rings the alarm, in a thread of its own. Where the connection is lost
 * or new, something may have been said meanwhile: that counts as heard.
 */
internal class Ears(private val connect: () -> Connection, private val channel: String, private val alarm: Alarm) {
    private var listener: Thread? = null
    private var wantedAt = 0L
    private var connection: Connection? = null
    private var isClosed = false

    /** Somebody waits. */
    @Synchronized
    fun open() {
        wantedAt = System.nanoTime()
        if (listener == null && !isClosed) listener = thread(isDaemon = true, name = "venuekey-listens") { listen() }
    }

    fun close() {
        val open = synchronized(this) {
            isClosed = true
            connection
        }
        alarm.ring()
        quietly { open?.close() }
    }

    private fun listen() {
        while (goesOn()) {
            try {
                hear()
            } catch (_: Exception) {
                // Whoever waits looks each second meanwhile.
                alarm.ring()
                if (goesOn()) Thread.sleep(RETRY_MS)
            } catch (_: LinkageError) {
                // Another driver than PostgreSQL's own: it would be so each time.
                return
            }
        }
    }

    @Synchronized
    private fun goesOn(): Boolean {
        val isWanted = !isClosed && System.nanoTime() - wantedAt < UNHEARD_NANOS
        if (!isWanted) listener = null
        return isWanted
    }

    @Synchronized
    private fun isWanted() = !isClosed && System.nanoTime() - wantedAt < UNHEARD_NANOS

    private fun hear() {
        val opened = connect()
        try {
            synchronized(this) { connection = opened }
            Run(opened)("LISTEN $channel")
            // What was saved before has told nobody.
            alarm.ring()
            val server = opened.unwrap(PGConnection::class.java)
            while (isWanted()) if (server.getNotifications(LISTEN_MS).orEmpty().isNotEmpty()) alarm.ring()
        } finally {
            synchronized(this) { connection = null }
            // A pool may give it to somebody else.
            quietly { Run(opened)("UNLISTEN $channel") }
            quietly { opened.close() }
        }
    }
}

private inline fun quietly(work: () -> Unit) {
    try {
        work()
    } catch (_: Exception) {
        // It is of no use any more.
    }
}
