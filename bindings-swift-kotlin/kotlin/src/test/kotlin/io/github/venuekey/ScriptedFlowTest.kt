package io.github.venuekey

import com.google.gson.Gson
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** The scripted flow that every language replays. */
class ScriptedFlowTest {
    private val flow = JsonParser.parseString(File(System.getProperty("venuekey.flow")).readText()).asJsonObject
    private val seen = mutableListOf<Any>()

    private fun config(): ClientConfig {
        val config = flow.getAsJsonObject("config")
        return ClientConfig(
            venue = Venue.valueOf(config.text("venue").uppercase()),
            environment = Environment.valueOf(config.text("environment").uppercase()),
            credentials = Credentials.confidential(config.text("client_id"), config.text("client_secret")),
            redirectUri = config.text("redirect_uri"),
        )
    }

    private fun begin(client: Client): Started {
        val entropy = flow.text("entropy_hex").chunked(2).map { it.toInt(16).toByte() }.toByteArray()
        return client.begin(Goal.API_KEY, entropy = entropy, nowMs = flow.ms("begin_at_ms"))
    }

    @Test
    fun `runs from begin to done, and writes what core writes`() {
        val client = Client(config())
        val started = begin(client)
        val authorizeUrl = started.authorizeUrl.expose()
        val state = authorizeUrl.removePrefix(flow.text("authorize_url_start"))
        val snapshots = mutableListOf(started.pending.snapshot().expose())

        // Another process: only the text is left.
        val pending = client.restore(snapshots.single())
        assertEquals(snapshots.single(), pending.snapshot().expose())
        assertEquals(FlowStatus.AwaitingCallback(flow.ms("expires_at_ms")), pending.status())
        val refused = flow.getAsJsonObject("refused_callback")
        val refusal = assertThrows(VenuekeyException::class.java) {
            pending.receiveCallback(refused.text("url"), flow.ms("begin_at_ms"))
        }
        assertEquals(refused.text("kind"), refusal.kind().name.lowercase())
        assertEquals(refused.text("code"), refusal.code())
        assertTrue(refusal.message.orEmpty().startsWith(refused.text("code") + ": "), refusal.message)

        // The refusal has left the flow as it was.
        val callback = flow.getAsJsonObject("callback")
        val accepted = pending.receiveCallback(callback.text("url").replace("{state}", state), callback.ms("at_ms"))
        snapshots += (accepted as Step.Save).next.snapshot().expose()
        val ready = client.restore(snapshots.last())
        assertEquals(FlowStatus.Ready, ready.status())
        var step = ready.resume(callback.ms("at_ms"))
        seen.addAll(listOf(config(), client, started, pending, refusal, started.authorizeUrl, step))
        for (turn in flow.getAsJsonArray("turns").map { it.asJsonObject }) {
            val send = step as Step.Send
            checkRequest(turn.getAsJsonObject("request"), send.request)
            snapshots += send.next.snapshot().expose()
            val reply = turn.getAsJsonObject("reply")
            val headers = listOf(ResponseHeader("set-cookie", "canary-cookie"))
            val response = HttpResponse(reply["status"].asInt, reply.text("body").toByteArray(), headers)
            step = send.next.receiveResponse(response, reply.ms("at_ms"))
            seen.addAll(listOf(send.request, send.request.headers(), send.next, send.next.snapshot(), response, step))
        }

        val save = step as Step.Save
        snapshots += save.next.snapshot().expose()
        val done = client.restore(snapshots.last()).resume(flow.ms("resume_at_ms")) as Step.Done
        val outcome = done.outcome as Outcome.ApiKey
        assertEquals(flow.getAsJsonObject("outcome"), told(outcome))
        seen.addAll(listOf(done, outcome, outcome.key, outcome.tokens, outcome.key.apiSecret(), done.flow))

        for (value in seen) {
            for (shown in listOf(value.toString(), "$value", (value as? Throwable)?.message.orEmpty())) {
                assertFalse("canary" in shown || state in shown, "${value.javaClass.simpleName} shows a secret: $shown")
            }
        }
        assertEquals("Secret(…)", outcome.key.apiSecret().toString())
        assertEquals("ApiKey(key=ApiKey(…), tokens=${outcome.tokens})", outcome.toString())

        val transcript = File(System.getProperty("venuekey.transcripts")).apply { mkdirs() }.resolve("kotlin.json")
        transcript.writeText(Gson().toJson(mapOf("authorize_url" to authorizeUrl, "snapshots" to snapshots)))
    }

    private fun checkRequest(expected: JsonObject, request: HttpRequest) {
        assertEquals(expected.text("purpose"), request.purpose())
        assertEquals(expected.text("method"), request.method().name)
        assertEquals(expected.text("url"), request.url())
        val headers = expected.getAsJsonArray("headers").map { it.asJsonObject.text("name") to it.asJsonObject.text("value") }
        assertEquals(headers, request.headers().map { it.name to it.value.expose() })
        val body = expected["body"].takeUnless { it.isJsonNull }?.asString
        assertEquals(body, request.body()?.let { String(it) })
        assertEquals(expected.text("replay"), request.replay().name.lowercase())
    }

    private fun told(outcome: Outcome.ApiKey) = JsonObject().apply {
        addProperty("api_key", outcome.key.apiKey().expose())
        addProperty("api_secret", outcome.key.apiSecret().expose())
        addProperty("uid", outcome.key.uid())
        addProperty("access_token", outcome.tokens.accessToken().expose())
        addProperty("refresh_token", outcome.tokens.refreshToken()?.expose())
        addProperty("expires_at_ms", outcome.tokens.expiresAtMs())
        addProperty("refresh_expires_at_ms", outcome.tokens.refreshExpiresAtMs())
    }

    @Test
    fun `fills in entropy and the clock, and takes a failure as a value that can be thrown`() {
        val client = Client(config())
        val before = System.currentTimeMillis()
        val (first, second) = listOf(client.begin(Goal.API_KEY), client.begin(Goal.API_KEY))
        assertNotEquals(first.pending.flowId(), second.pending.flowId())
        val expires = (first.pending.status() as FlowStatus.AwaitingCallback).expiresAtMs
        assertTrue(expires in before + 900_000..System.currentTimeMillis() + 900_000)

        val state = first.authorizeUrl.expose().substringAfter("&state=")
        val step = first.pending.receiveCallback("/callback?state=$state&error=access_denied&error_description=canary")
        val failed = (step as Step.Save).next.resume() as Step.Failed
        assertNull(failed.recovery)
        assertEquals("canary", failed.error.venueText())
        assertFalse("canary" in "$failed ${failed.error.message}")
        val thrown = assertThrows(VenuekeyException::class.java) { throw failed.error }
        assertEquals(ErrorKind.DENIED, thrown.kind())
        assertEquals("access_denied", thrown.code())
    }

    @Test
    fun `refuses what core's types can't express, as misuse`() {
        val client = Client(config())
        val calls: List<() -> Any> = listOf(
            { client.begin(Goal.API_KEY, entropy = ByteArray(63)) },
            { client.begin(Goal.API_KEY, nowMs = -1) },
            { client.begin(Goal.API_KEY, BeginOptions(callbackTimeoutS = -1)) },
            { client.begin(Goal.API_KEY, BeginOptions(callbackTimeoutS = 1)) },
            { HttpResponse(-1, ByteArray(0)) },
        )
        for (call in calls) {
            val error = assertThrows(VenuekeyException::class.java) { call() }
            assertEquals(ErrorKind.MISUSE to "invalid_argument", error.kind() to error.code())
        }
    }

    /** No branch `else`: a step that is added must be decided on. */
    @Suppress("unused")
    private fun decide(step: Step): Flow = when (step) {
        is Step.Send -> step.next
        is Step.Save -> step.next
        is Step.Wait -> step.next
        is Step.Choose -> step.flow
        is Step.Authorize -> step.flow
        is Step.Failed -> step.flow
        is Step.Done -> step.flow
    }
}

private fun JsonObject.text(name: String): String = get(name).asString

private fun JsonObject.ms(name: String): Long = get(name).asLong
