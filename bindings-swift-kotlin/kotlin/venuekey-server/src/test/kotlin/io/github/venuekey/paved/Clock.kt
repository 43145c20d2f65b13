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
    private val atWork = mutableSetOf<String>()

    val hasPlace: Boolean get() = place > 0

    fun nowMs(): Long = numbers.getLong(0)

    suspend fun sleep(ms: Long) {
        if (hasPlace) return nap(nowMs() + ms)
        val request = HttpRequest.newBuilder(URI("$sandbox/_sandbox/clock/advance")).header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("""{"ms": $ms}""")).build()
        val answer = http.send(request, HttpResponse.BodyHandlers.ofString()).body()
        numbers.putLong(0, JsonParser.parseString(answer).asJsonObject["now_ms"].asLong)
    }

    private suspend fun nap(untilMs: Long) {
        tell { naps += untilMs }
        try {
            while (nowMs() < untilMs) delay(3)
        } finally {
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

    /** While a job is at work, nobody skips what the others sleep through. */
    fun works(ids: Collection<String>) = tell { atWork += ids }

    fun worksNoMore(id: String) = tell { atWork -= id }

    private fun tell(change: () -> Unit) = synchronized(this) {
        change()
        if (hasPlace) numbers.putLong(8 * place, if (atWork.isEmpty()) naps.minOrNull() ?: 0 else 0)
    }
}
