package io.github.venuekey.connections

/** How much a line of the log matters. */
internal enum class Level { INFO, WARNING, ERROR }

/** What is told to an operator: names, ids and codes, and never what a message, a row or a venue says. */
internal object Log {
    fun info(line: String) = tell(Level.INFO, line)

    fun warning(line: String) = tell(Level.WARNING, line)

    fun error(line: String) = tell(Level.ERROR, line)

    /** A logger that throws must not cost a reply that waits to be stored. */
    fun tell(level: Level, line: String) {
        try {
            logOf(level, line)
        } catch (_: RuntimeException) {
            // There is nobody left to tell.
        }
    }
}
