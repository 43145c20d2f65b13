package io.github.venuekey.relay

import com.google.gson.Gson
import com.google.gson.JsonElement
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import io.github.venuekey.*
import io.github.venuekey.replay.bytes
import io.github.venuekey.replay.maybeText
import io.github.venuekey.replay.obj
import io.github.venuekey.replay.text
import io.github.venuekey.replay.word
import io.github.venuekey.senders.javaHttpSender
import java.util.Base64
import kotlinx.coroutines.runBlocking

/** Steps of flows, for tests/journeys/test_relay.py: orders on standard input, what came of each on standard output. */
fun main() = generateSequence(::readlnOrNull).forEach { answer(JsonParser.parseString(it).asJsonObject) }

private fun answer(order: JsonObject) {
    val nowMs = order["now_ms"].asLong
    val client = order.run {
        val config = ClientConfig(
            word<Venue>("venue")!!, word<VenueEnvironment>("environment")!!, text("client_id"), text("redirect_uri"), text("base"), text("base"),
        )
        maybeText("client_secret")?.let { Client.confidential(config, Secret(it)) } ?: Client(config)
    }
    val (event, given) = order.obj("event").entrySet().single()
    if (event == "begin") {
        val begin = given.asJsonObject
        val started = client.begin(begin.word<Goal>("goal")!!, entropy = bytes(begin.text("entropy")), nowMs = nowMs)
        return tell("begun", started.pending, "authorize_url" to started.authorizeUrl.expose())
    }
    val step = taken(client, order, event, given, nowMs)
    val more = when (step) {
        is Step.Save -> emptyArray()
        is Step.Send -> arrayOf("purpose" to step.request.purpose)
        is Step.Wait -> arrayOf("until_ms" to step.untilMs)
        is Step.Failed -> arrayOf("code" to step.error.code, "recovery" to word(step.recovery))
        is Step.Done -> arrayOf("hand_off" to (step.outcome as? Outcome.HandOff)?.handOff?.expose())
        is Step.Choose, is Step.Authorize -> error("no flow of the relay comes to ${word(step)}")
    }
    tell(word(step)!!, step.flow, *more)
    if (step is Step.Send && order["send"]?.asBoolean == true) {
        val reply = try {
            runBlocking { javaHttpSender()(step.request) }.let {
                mapOf("status" to it.status, "body" to Base64.getEncoder().encodeToString(it.body))
            }
        } catch (_: NoResponse) {
            false
        }
        println(Gson().toJson(mapOf("reply" to reply)))
    }
}

private fun taken(client: Client, order: JsonObject, event: String, given: JsonElement, nowMs: Long): Step {
    if (event == "accept_hand_off") return client.acceptHandOff(given.asString, nowMs = nowMs)
    val flow = client.restore(order.text("snapshot"))
    return when (event) {
        "receive_callback" -> flow.receiveCallback(given.asString, nowMs)
        "receive_response" -> given.asJsonObject.let {
            flow.receiveResponse(VenueResponse(it["status"].asInt, Base64.getDecoder().decode(it["body"].asString)), nowMs)
        }
        "receive_no_response" -> flow.receiveNoResponse(nowMs)
        "recover" -> flow.recover(nowMs)
        "resume" -> flow.resume(nowMs)
        else -> error("no such event: $event")
    }
}

private fun word(value: Any?): String? = io.github.venuekey.replay.word(value)

private fun tell(step: String, flow: VenueFlow, vararg more: Pair<String, Any?>) {
    // Without nulls: what is absent is left out.
    println(Gson().toJson(mapOf("step" to step, "snapshot" to flow.snapshot().expose()) + more))
    System.out.flush()
}
