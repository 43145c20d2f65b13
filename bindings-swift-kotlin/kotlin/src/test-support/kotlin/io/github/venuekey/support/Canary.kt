package io.github.venuekey.support

import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.io.PrintWriter
import java.io.StringWriter
import java.util.logging.Level
import java.util.logging.Logger
import java.util.logging.SimpleFormatter
import java.util.logging.StreamHandler

/** Everything a program might show of a value. */
fun shown(value: Any?): String {
    val bytes = ByteArrayOutputStream()
    PrintStream(bytes).use { out ->
        out.println(value)
        out.printf("%s %s%n", value, listOf(value))
        out.println("$value ${listOf(value)} ${mapOf("value" to value)} ${value to value} ${StringBuilder().append(value)}")
        val log = Logger.getAnonymousLogger().apply { useParentHandlers = false }
        val handler = StreamHandler(out, SimpleFormatter()).also(log::addHandler)
        log.log(Level.SEVERE, "{0}", value)
        if (value is Throwable) {
            log.log(Level.SEVERE, "thrown", value)
            out.println("${value.message} ${value.localizedMessage} ${value.cause}")
            out.println(StringWriter().also { value.printStackTrace(PrintWriter(it)) })
        }
        handler.flush()
    }
    return bytes.toString()
}
