package io.github.venuekey.replay

import com.google.gson.JsonObject
import com.google.gson.JsonParser
import io.github.venuekey.*
import io.github.venuekey.support.ROOT
import java.util.concurrent.atomic.AtomicInteger
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

/** Replays every case of tests/vectors byte for byte. The format: tests/vectors/README.md. */
class ReplayTest {
    @TestFactory
    fun case(): List<DynamicTest> = MANIFEST.getAsJsonArray("cases").map { it.asString }.map { name ->
        dynamicTest(name) {
            replay(name, load(name))
            replayed.incrementAndGet()
        }
    }

    @Test
    fun `the error codes are those of errors json, in order`() {
        val listed = load("errors").list("errors").map { it.text("code") to it.text("kind") }
        assertEquals(listed, errorCodes().map { it.code to word(it.kind) })
        val refused = assertThrows(VenuekeyException::class.java) { SealingKeys(emptyList()) }
        assertEquals(load("errors").text("doc_url").replace("{code}", refused.code), refused.docUrl)
    }

    companion object {
        private val FOLDER = ROOT.resolve("tests/vectors")
        private val MANIFEST = load("manifest")
        private val replayed = AtomicInteger()

        private fun load(name: String): JsonObject = JsonParser.parseString(withTexts(FOLDER.resolve("$name.json").readText())).asJsonObject

        @JvmStatic
        @AfterAll
        fun `as many cases as the manifest counts, and as there are`() {
            val found = FOLDER.walk().count { it.extension == "json" && it.parentFile != FOLDER }
            assertEquals(MANIFEST["count"].asInt to MANIFEST["count"].asInt, replayed.get() to found)
        }
    }
}

private fun replay(name: String, case: JsonObject) = when (val kind = name.substringBefore("/")) {
    "values" -> same(caught { value(case) to null }.first, case["expect"], case.text("value"))
    "flows" -> flow(case)
    "tokens" -> sharedTokens(case)
    "reads" -> reads(case)
    "drives" -> drives(case)
    "connections" -> connections(case)
    else -> error("nobody replays $kind")
}

fun same(got: Any?, expected: Any?, where: String) = assertEquals(canonical(expected), canonical(got), where)

/** What a call makes, described, or what it throws. */
fun <T> caught(call: () -> Pair<Any?, T?>): Pair<Any?, T?> = try {
    call()
} catch (error: VenuekeyException) {
    mapOf("raises" to raised(error)) to null
}

private fun stepped(call: () -> Step): Pair<Any?, VenueFlow?> = caught { call().let { describe(it) to it.flow } }

private fun flow(case: JsonObject) {
    val app = client(case)
    var (got, flow) = begun(app, case.obj("start"))
    same(got, case.obj("start")["expect"], "start")
    case.list("events").forEachIndexed { index, event ->
        // Every event meets the flow as another process would find it.
        val text = flow!!.snapshot().expose()
        val restored = app.restore(text)
        assertEquals(text, restored.snapshot().expose())
        val (seen, next) = stepped { happen(restored, event) }
        same(seen, event["expect"], "event $index")
        flow = next ?: flow
    }
}

private fun begun(app: Client, start: JsonObject): Pair<Any?, VenueFlow?> {
    val nowMs = start.maybeLong("now_ms")
    val entropy = start.maybeText("entropy")?.let(::bytes)
    val options = beginOptions(start)
    return when (val call = start.text("call")) {
        "begin" -> caught {
            val started = app.begin(start.word<Goal>("goal")!!, options, entropy, nowMs)
            mapOf("authorize_url" to started.authorizeUrl.expose(), "snapshot" to started.pending.snapshot().expose()) to started.pending
        }
        "open" -> caught {
            app.open(start.text("sealed"), sealingKeys(start), start.text("context")).let { mapOf("snapshot" to it.snapshot().expose()) to it }
        }
        "accept_hand_off" -> stepped { app.acceptHandOff(start.text("hand_off"), options.onSecretLost, nowMs) }
        else -> stepped {
            val held = tokens(start.obj("tokens"))
            when (call) {
                "refresh_tokens" -> app.refreshTokens(held, entropy, nowMs)
                "check_key" -> app.checkKey(held, entropy, nowMs)
                "switch_subaccount" -> app.switchSubaccount(held, entropy, nowMs)
                "delete_key" -> app.deleteKey(held, start.text("external_id"), entropy, nowMs)
                "reissue_key" -> app.reissueKey(held, start.text("external_id"), options, entropy, nowMs)
                else -> error("no such call: $call")
            }
        }
    }
}

fun happen(flow: VenueFlow, event: JsonObject): Step {
    val nowMs = event.long("now_ms")
    return when (val name = event.text("event")) {
        "callback" -> flow.receiveCallback(event.text("url"), nowMs)
        "pasted_code" -> flow.receivePastedCode(event.text("pasted"), nowMs)
        "choose" -> flow.choose(event.text("id"), nowMs)
        "response" -> flow.receiveResponse(response(event), nowMs)
        "no_response" -> flow.receiveNoResponse(nowMs, event.at("not_sent")?.asBoolean ?: false)
        "resume" -> flow.resume(nowMs)
        "recover" -> flow.recover(nowMs)
        else -> error("no such event: $name")
    }
}

private fun sharedTokens(case: JsonObject) {
    val (app, start) = client(case) to case.obj("start")
    var (got, shared) = caught {
        val begun = when (val call = start.text("call")) {
            "restore_tokens" -> app.restoreTokens(start.text("snapshot"))
            "share_tokens" -> app.shareTokens(tokens(start.obj("tokens")), bytes(start.text("entropy")), start.long("now_ms"))
            else -> error("no such call: $call")
        }
        describe(begun) to begun
    }
    same(got, start["expect"], "start")
    case.list("events").forEachIndexed { index, event ->
        val text = shared!!.snapshot().expose()
        val restored = app.restoreTokens(text)
        assertEquals(text, restored.snapshot().expose())
        val nowMs = event.maybeLong("now_ms")
        val (seen, next) = caught {
            when (val name = event.text("event")) {
                "plan" -> restored.plan(event.maybeLong("refused_generation"), nowMs).let { describe(it) to (it as? TokenPlan.Refresh)?.next }
                "response" -> restored.receiveResponse(response(event), nowMs).let { describe(it) to it }
                "no_response" -> restored.receiveNoResponse(nowMs, event.at("not_sent")?.asBoolean ?: false).let { describe(it) to it }
                "merge" -> restored.merge(app.restoreTokens(event.text("late"))).let { describe(it) to it }
                else -> error("no such event: $name")
            }
        }
        same(seen, event["expect"], "event $index")
        shared = next ?: shared
    }
}

private fun reads(case: JsonObject) {
    val app = client(case)
    var (got, next) = caught { read(app, case.obj("start")).let { describe(it) to it } }
    same(got, case.obj("start")["expect"], "start")
    val held = Tokens(Secret("access"), expiresAtMs = 0, scope = case.texts("scope"))
    val key = case.at("signer")?.let { signer(case) }
    case.list("pages").forEachIndexed { index, page ->
        val cursor = next!!.cursor()
        val resumed = app.resumeRead(cursor)
        assertEquals(cursor, resumed.cursor())
        val (asked, request) = caught {
            val request = if (key == null) resumed.request(held) else resumed.sign(key, page.long("nonce_ms"))
            describe(request) to request
        }
        if (request == null) return@forEachIndexed same(asked, page["expect"], "page $index")
        val (seen, brought) = caught {
            val page = response(page).let { if (key == null) resumed.receive(it) else resumed.receiveSigned(it) }
            mapOf("records" to page.records.all, "total" to page.total, "cursor" to page.next?.cursor()) to page
        }
        @Suppress("UNCHECKED_CAST")
        same(mapOf("request" to asked) + place(resumed) + (seen as Map<String, Any?>), page["expect"], "page $index")
        if (brought != null) next = brought.next
    }
}
