package io.github.venuekey.example

import com.google.gson.Gson
import com.google.gson.JsonObject
import com.google.gson.JsonParseException
import com.google.gson.JsonParser
import java.io.IOException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody
import okhttp3.RequestBody.Companion.toRequestBody

/** What the backend refused: the library's own words, or the example's. */
class Refused(val status: Int, val kind: String, val code: String) : IOException("$kind: $code")

/** How one exchange's connection stands, by the backend's word. */
data class Standing(val state: String, val text: String)

/** The JSON API of the example backends. */
class BackendApi(private val url: String, private val storage: Storage, private val http: OkHttpClient = OkHttpClient()) {
    /** A connection that has begun. */
    class Begun(val flowId: String, val authorizeUrl: String)

    suspend fun begin(venue: String): Begun {
        val answer = ask("POST", "connections", mapOf("venue" to venue, "goal" to "api_key"))
        val page = answer["authorize_url"] ?: throw IOException("that was not the backend's answer")
        return Begun(answer["flow_id"].asString, page.asString)
    }

    /** May be sent twice: the backend says the same again. */
    suspend fun sendCallback(venue: String, callbackUrl: String) {
        accepted(ask("POST", "callbacks", mapOf("venue" to venue, "callback_url" to callbackUrl)))
    }

    /** For WhiteBIT, where the app has begun by itself. Sent twice, the second one is refused as `superseded`. */
    suspend fun handOff(text: String) {
        accepted(ask("POST", "hand-offs", mapOf("venue" to "whitebit", "hand_off" to text)))
    }

    /** A page to log in on, say, is a success too, and nobody has taken anything. */
    private fun accepted(answer: JsonObject) {
        if (!answer.has("flow_id")) throw IOException("that was not the backend's answer")
    }

    suspend fun standings(): Map<String, Standing> = ask("GET", "connections").entrySet().associate { (venue, told) ->
        venue to told.asJsonObject.let { Standing(it["state"].asString, it["text"].asString) }
    }

    suspend fun forget(venue: String) {
        ask("DELETE", "connections/$venue")
    }

    private suspend fun ask(method: String, path: String, given: Map<String, String>? = null): JsonObject = withContext(Dispatchers.IO) {
        val body: RequestBody? = given?.let { Gson().toJson(it).toRequestBody(JSON) }
        val request = Request.Builder().url("$url/api/$path").method(method, body)
        storage.read(SESSION)?.let { request.header("cookie", it) }
        http.newCall(request.build()).execute().use { reply ->
            // The session is all that says whose connection this is, so it outlives the process too.
            reply.header("set-cookie")?.let { storage.write(SESSION, it.substringBefore(";")) }
            val told = objectIn(reply.body.string())
            if (reply.isSuccessful) return@withContext told
            // A proxy's page, say: nobody has refused anything.
            val kind = told["kind"] ?: throw IOException("the backend answered ${reply.code}")
            throw Refused(reply.code, kind.asString, told["code"].asString)
        }
    }

    private fun objectIn(text: String): JsonObject = try {
        if (text.isEmpty()) JsonObject() else JsonParser.parseString(text) as? JsonObject ?: JsonObject()
    } catch (_: JsonParseException) {
        JsonObject()
    }

    private companion object {
        const val SESSION = "session"
        val JSON = "application/json".toMediaType()
    }
}
