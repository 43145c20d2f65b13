package io.github.venuekey.connections

import android.os.Process
import android.util.Log.ERROR
import android.util.Log.INFO
import android.util.Log.WARN
import android.util.Log.println
import io.github.venuekey.Send
import io.github.venuekey.senders.okHttpSender

// What Android has in its own way; src/jvm has the same for the JVM.

internal fun logOf(level: Level, line: String) {
    val priority = when (level) {
        Level.INFO -> INFO
        Level.WARNING -> WARN
        Level.ERROR -> ERROR
    }
    println(priority, "venuekey", line)
}

/** What sends if the app names nothing: it takes OkHttp 5. */
internal fun senderOfPlatform(): Send = okHttpSender()

/** The process, for the names of workers. */
internal fun processName(): String = "android-${Process.myPid()}"
