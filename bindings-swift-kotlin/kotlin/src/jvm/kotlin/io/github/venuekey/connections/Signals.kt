package io.github.venuekey.connections

import sun.misc.Signal
import sun.misc.SignalHandler

/** SIGTERM and SIGINT, for as long as it is open. */
internal class Signals(onSignal: () -> Unit) : AutoCloseable {
    private val before: List<Pair<Signal, SignalHandler>> = listOf("TERM", "INT").mapNotNull { name ->
        try {
            Signal(name).let { it to Signal.handle(it) { onSignal() } }
        } catch (_: IllegalArgumentException) {
            // The JVM keeps it (`-Xrs`), and ends by it.
            null
        }
    }

    override fun close() {
        for ((signal, handler) in before) Signal.handle(signal, handler)
    }
}
