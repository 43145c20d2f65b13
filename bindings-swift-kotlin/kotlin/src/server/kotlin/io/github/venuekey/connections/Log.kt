package io.github.venuekey.connections

/** What is told to an operator: names, ids and codes, and never what a message, a row or a venue says. */
internal object Log {
    private val logger = System.getLogger("venuekey")

    fun info(line: String) = tell(System.Logger.Level.INFO, line)

    fun warning(line: String) = tell(System.Logger.Level.WARNING, line)

    fun error(line: String) = tell(System.Logger.Level.ERROR, line)

    /** A logger that throws must not cost a reply that waits to be stored. */
    fun tell(level: System.Logger.Level, line: String) {
        try {
            logger.log(level, line)
        } catch (_: RuntimeException) {
            // There is nobody left to tell.
        }
    }
}
