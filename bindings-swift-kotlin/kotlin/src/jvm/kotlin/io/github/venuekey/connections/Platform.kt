package io.github.venuekey.connections

import io.github.venuekey.Send
import io.github.venuekey.senders.javaHttpSender
import java.io.IOException
import java.net.InetAddress

// What the JVM has in its own way; src/android has the same for Android.

private val LOGGER = System.getLogger("venuekey")

internal fun logOf(level: Level, line: String): Unit = LOGGER.log(System.Logger.Level.valueOf(level.name), line)

/** What sends if the app names nothing. */
internal fun senderOfPlatform(): Send = javaHttpSender()

private val HOST: String by lazy {
    try {
        InetAddress.getLocalHost().hostName.filter { it.isLetterOrDigit() && it.code < 128 || it in "-." }.take(30).ifEmpty { "host" }
    } catch (_: IOException) {
        "host"
    }
}

/** Host and process, for the names of workers. */
internal fun processName(): String = "$HOST-${ProcessHandle.current().pid()}"
