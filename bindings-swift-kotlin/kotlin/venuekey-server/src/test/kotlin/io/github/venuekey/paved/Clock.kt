package io.github.venuekey.paved

import com.google.gson.JsonParser
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.nio.ByteOrder
import java.nio.channels.FileChannel
import java.nio.file.Path
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.WRITE
import kotlinx.coroutines.delay

/**
 * Time that a test moves: the first eight bytes of a file. Where this program sleeps, it moves it too, or says until when it sleeps, in a
 * place of the file (tests/journeys/clockwork.py).
 */
class Clock(order: String, private val sandbox: String) {
    private val place = order.substringAfter(":", "0").toInt()
    private val numbers = FileChannel.open(Path.of(order.substringBefore(":")), READ, WRITE).use { file ->
        file.map(FileChannel.MapMode.READ_WRITE, 0, file.size()).order(ByteOrder.LITTLE_ENDIAN)
    }
    private val http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()
    private val naps = mutableListOf<Long>()
    private var found = setOf<String>()
    private val leased = mutableSetOf<String>()
    private var steps = 0
    // Jobs that sleep.
    private var napping = 0

    val hasPlace: Boolean get() = place > 0

    fun nowMs(): Long {
        while (true) {
            val nowMs = numbers.getLong(0)
            // Negative while the test moves it.
            if (nowMs >= 0) return nowMs
            Thread.sleep(1)
        }
    }

    suspend fun sleep(ms: Long) {
        if (hasPlace) return nap(nowMs() + ms)
        val request = HttpRequest.newBuilder(URI("$sandbox/_sandbox/clock/advance")).header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("""{"ms": $ms}""")).build()
        val answer = http.send(request, HttpResponse.BodyHandlers.ofString()).body()
        numbers.putLong(0, JsonParser.parseString(answer).asJsonObject["now_ms"].asLong)
    }

    private suspend fun nap(untilMs: Long) {
        tell { naps += untilMs }
        tell { napping++ }
        try {
            while (nowMs() < untilMs) delay(3)
        } finally {
            tell { napping-- }
            tell { naps -= untilMs }
        }
    }

    /** [nap] for a thread. */
    fun rest(ms: Long) {
        val untilMs = nowMs() + ms
        tell { naps += untilMs }
        while (nowMs() < untilMs) Thread.sleep(3)
        tell { naps -= untilMs }
    }

    // While a job is at work, nobody skips what the others sleep through: from when its row is found, in each of its steps, and as long as it
    // has its lease. What was found is what is due then: the worker looks again when a job has ended.

    fun finds(ids: Collection<String>) = tell { found = ids.toSet() }

    fun leases(id: String, isLeased: Boolean) = tell { if (isLeased) leased += id else leased -= id }

    fun step(by: Int) = tell { steps += by }

    private fun tell(change: () -> Unit) = synchronized(this) {
        change()
        val isAtWork = steps > 0 || (found + leased).size > napping
        if (hasPlace) numbers.putLong(8 * place, if (isAtWork) 0 else naps.minOrNull() ?: 0)
    }
}
