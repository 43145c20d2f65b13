package io.github.venuekey.example

import com.google.gson.Gson
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import io.github.venuekey.HandOff
import io.github.venuekey.Secret
import io.github.venuekey.connections.AppBackend
import io.github.venuekey.connections.BackendRefusal
import io.github.venuekey.stores.AppSecrets
import java.io.IOException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody
import okhttp3.RequestBody.Companion.toRequestBody

/** How one exchange's connection stands, by the backend's word. */
data class Standing(val state: String, val text: String)

/** The JSON API of the example backends. */
class BackendApi(private val url: String, private val secrets: AppSecrets, private val http: OkHttpClient = OkHttpClient()) : AppBackend {
    override suspend fun begin(client: String): Secret =
        Secret(told(ask("POST", "connections", mapOf("venue" to client, "goal" to "api_key")), "authorize_url"))

    override suspend fun receiveCallback(client: String, url: String) {
        told(ask("POST", "callbacks", mapOf("venue" to client, "callback_url" to url)), "flow_id")
    }

    override suspend fun receiveHandOff(client: String, handOff: HandOff) {
        // Exposed to be sent, in an authenticated request over TLS.
        told(ask("POST", "hand-offs", mapOf("venue" to client, "hand_off" to handOff.expose())), "flow_id")
    }

    override suspend fun forget(client: String) {
        ask("DELETE", "attempts/$client")
    }

    /** The account, where nothing is under way. */
    suspend fun disconnect(client: String) {
        ask("DELETE", "connections/$client")
    }

    suspend fun standings(): Map<String, Standing> = ask("GET", "connections").entrySet().associate { (venue, told) ->
        venue to told.asJsonObject.let { Standing(it["state"].asString, it["text"].asString) }
    }

    /** A page to log in on, say, is a success too, and nobody has taken anything. */
    private fun told(answer: JsonObject, name: String): String =
        answer[name]?.asString ?: throw IOException("that was not the backend's answer")

    private suspend fun ask(method: String, path: String, given: Map<String, String>? = null): JsonObject = withContext(Dispatchers.IO) {
        val body: RequestBody? = given?.let { Gson().toJson(it).toRequestBody(JSON) }
        val request = Request.Builder().url("$url/api/$path").method(method, body)
        secrets.load(SESSION)?.let { request.header("cookie", it) }
        http.newCall(request.build()).execute().use { reply ->
            // The session is all that says whose connection this is, so it outlives the process too.
            reply.header("set-cookie")?.let { secrets.save(SESSION, it.substringBefore(";")) }
            val told = objectIn(reply.body.string())
            if (reply.isSuccessful) return@withContext told
            // A proxy's page, say: nobody has refused anything.
            val kind = told["kind"] ?: throw IOException("the backend answered ${reply.code}")
            throw BackendRefusal(told["code"].asString, kind.asString)
        }
    }

    /** What is no object says nothing. */
    private fun objectIn(text: String): JsonObject = runCatching { JsonParser.parseString(text) as JsonObject }.getOrElse { JsonObject() }

    private companion object {
        const val SESSION = "session"
        val JSON = "application/json".toMediaType()
    }
}
