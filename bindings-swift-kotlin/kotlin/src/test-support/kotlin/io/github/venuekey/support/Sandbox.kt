package io.github.venuekey.support

import com.google.gson.Gson
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse

/** Both exchanges on a port of their own, whose user agrees to whatever is asked. */
class Sandbox(vararg options: String) : AutoCloseable {
    private val program = Program(listOf(binary(), "--port=0") + APPROVE + options)
    val url: String = program.line(Regex("listening on (http://\\S+)")).groupValues[1]
    val output: String get() = program.lines.joinToString("\n")

    /** What stands for the exchange's own addresses. */
    fun base(venue: String): String = "$url/$venue/${if (venue == "whitebit") "global" else "mainnet"}"

    /** Starts over from the options it was started with. */
    fun reset() {
        ask("POST", "reset")
    }

    fun fault(endpoint: String, fault: String, vararg more: Pair<String, Any>) {
        ask("POST", "faults", mapOf("endpoint" to endpoint, "fault" to fault, "count" to 1) + more)
    }

    fun clearFaults() {
        ask("DELETE", "faults")
    }

    fun knobs(venue: String, vararg changes: Pair<String, Any>) {
        ask("PATCH", "knobs", mapOf(venue to mapOf(*changes)))
    }

    /** Its clock stands still from now on; the time, in Unix milliseconds. */
    fun holdClock(): Long = ask("POST", "clock", mapOf("held" to true))["now_ms"].asLong

    /** Moves the clock that stands still. */
    fun advance(ms: Long): Long = ask("POST", "clock/advance", mapOf("ms" to ms))["now_ms"].asLong

    /** WhiteBIT's user deletes the key in the dashboard. */
    fun deleteKey() {
        ask("POST", "user/whitebit/global/action", mapOf("action" to "delete_key"))
    }

    /** What was sent to an endpoint. */
    fun requests(endpoint: String): List<JsonObject> =
        ask("GET", "requests")["requests"].asJsonArray.map { it.asJsonObject }.filter { it["endpoint"].asString == endpoint }

    /** What was sent and no documentation covers. */
    fun violations(): List<String> = ask("GET", "violations")["violations"].asJsonArray.map { it.toString() }

    /** Users, keys and tokens, with their secrets. */
    fun state(): JsonObject = ask("GET", "state?values=true")

    /** The user opens the page and agrees. The URL that the browser is sent back to; nobody has opened it yet. */
    fun approve(authorizeUrl: String): String {
        val reply = http.send(HttpRequest.newBuilder(URI(authorizeUrl)).build(), HttpResponse.BodyHandlers.ofString())
        return reply.headers().firstValue("location").orElseThrow { IllegalStateException("${reply.statusCode()}: ${reply.body()}") }
    }

    private fun ask(method: String, path: String, body: Any? = null): JsonObject {
        val sent = body?.let { HttpRequest.BodyPublishers.ofString(Gson().toJson(it)) } ?: HttpRequest.BodyPublishers.noBody()
        val request = HttpRequest.newBuilder(URI("$url/_sandbox/$path")).header("content-type", "application/json").method(method, sent)
        val reply = http.send(request.build(), HttpResponse.BodyHandlers.ofString())
        check(reply.statusCode() == 200) { "$method $path: ${reply.body()}" }
        val answer = JsonParser.parseString(reply.body())
        return if (answer.isJsonObject) answer.asJsonObject else JsonObject().apply { add("all", answer) }
    }

    override fun close() = program.close()

    private companion object {
        val APPROVE = listOf("--whitebit-user-decision=approve", "--bybit-user-decision=approve")
        val http: HttpClient = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()

        fun binary(): String {
            val path = checkNotNull(System.getenv("VENUEKEY_SANDBOX")) { "VENUEKEY_SANDBOX is the path of the sandbox program" }
            check(File(path).canExecute()) { "$path: no program" }
            return path
        }
    }
}
