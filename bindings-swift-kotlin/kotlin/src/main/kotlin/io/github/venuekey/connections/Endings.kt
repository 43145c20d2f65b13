package io.github.venuekey.connections

import java.util.concurrent.ConcurrentHashMap
import kotlin.concurrent.thread

/** What the end of the JVM waits for: its threads are cut by then, but for those of shutdown hooks. */
internal interface Ending {
    /** Takes no new work. */
    fun stop()

    /** Blocks until what must be stored is. */
    fun awaitEnd()
}

internal object Endings {
    private val open = ConcurrentHashMap.newKeySet<Ending>()
    private val hook: Unit by lazy {
        val ends = thread(start = false, name = "venuekey-ends") {
            open.toList().forEach { it.stop() }
            while (true) (open.firstOrNull() ?: break).run { stop(); awaitEnd(); remove(this) }
        }
        try {
            Runtime.getRuntime().addShutdownHook(ends)
        } catch (_: IllegalStateException) {
            // It ends already.
        }
    }

    fun add(each: Ending) {
        hook
        open += each
    }

    fun remove(each: Ending) {
        open -= each
    }
}
