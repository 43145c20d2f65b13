package io.github.venuekey.relay

import com.google.gson.JsonElement
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import io.github.venuekey.*
import io.github.venuekey.replay.bytes
import io.github.venuekey.replay.describe
import io.github.venuekey.replay.gson
import io.github.venuekey.replay.items
import io.github.venuekey.replay.long
import io.github.venuekey.replay.maybeLong
import io.github.venuekey.replay.maybeText
import io.github.venuekey.replay.named
import io.github.venuekey.replay.obj
import io.github.venuekey.replay.text
import io.github.venuekey.replay.word
import io.github.venuekey.senders.javaHttpSender
import java.util.Base64
import kotlinx.coroutines.runBlocking

/**
 * Steps of flows and of connections, for tests/journeys/test_relay*.py: orders on standard input, what came of each on
 * standard output.
 */
fun main() = generateSequence(::readlnOrNull).forEach { answer(JsonParser.parseString(it).asJsonObject) }

private fun answer(order: JsonObject) {
    val client = order.run {
        val config = ClientConfig(
            word<Venue>("venue")!!, word<VenueEnvironment>("environment")!!, text("client_id"), text("redirect_uri"), text("base"), text("base"),
        )
        maybeText("client_secret")?.let { Client.confidential(config, Secret(it)) } ?: Client(config)
    }
    val request = if (order.has("keys")) Host(client, order).answer() else taken(client, order)
    if (request != null && order["send"]?.asBoolean == true) send(request)
}

private fun send(request: VenueRequest) {
    val reply = try {
        runBlocking { javaHttpSender()(request) }.let {
            mapOf("status" to it.status, "body" to Base64.getEncoder().encodeToString(it.body))
        }
    } catch (_: NoResponse) {
        false
    }
    tell("reply" to reply)
}

private fun response(given: JsonObject) = VenueResponse(given["status"].asInt, Base64.getDecoder().decode(given["body"].asString))

/** What a flow's step sends. */
private fun taken(client: Client, order: JsonObject): VenueRequest? {
    val nowMs = order.long("now_ms")
    val (event, given) = order.obj("event").entrySet().single()
    if (event == "begin") {
        val begin = given.asJsonObject
        val started = client.begin(begin.word<Goal>("goal")!!, entropy = bytes(begin.text("entropy")), nowMs = nowMs)
        val (snapshot, url) = started.pending.snapshot().expose() to started.authorizeUrl.expose()
        tell("step" to "begun", "snapshot" to snapshot, "authorize_url" to url)
        return null
    }
    val step = stepped(client, order, event, given, nowMs)
    val more = when (step) {
        is Step.Save -> emptyArray()
        is Step.Send -> arrayOf("purpose" to step.request.purpose)
        is Step.Wait -> arrayOf("until_ms" to step.untilMs)
        is Step.Failed -> arrayOf("code" to step.error.code, "recovery" to step.recovery)
        is Step.Done -> arrayOf("hand_off" to (step.outcome as? Outcome.HandOff)?.handOff?.expose())
        is Step.Choose, is Step.Authorize -> error("no flow of the relay comes to ${word(step)}")
    }
    tell("step" to word(step), "snapshot" to step.flow.snapshot().expose(), *more)
    return (step as? Step.Send)?.request
}

private fun stepped(client: Client, order: JsonObject, event: String, given: JsonElement, nowMs: Long): Step {
    if (event == "accept_hand_off") return client.acceptHandOff(given.asString, nowMs = nowMs)
    val flow = client.restore(order.text("snapshot"))
    return when (event) {
        "receive_callback" -> flow.receiveCallback(given.asString, nowMs)
        "receive_response" -> flow.receiveResponse(response(given.asJsonObject), nowMs)
        "receive_no_response" -> flow.receiveNoResponse(nowMs)
        "recover" -> flow.recover(nowMs)
        "resume" -> flow.resume(nowMs)
        else -> error("no such event: $event")
    }
}

/** What one order says of a connection. */
private class Host(private val client: Client, private val order: JsonObject) {
    private val keys = SealingKeys(listOf(SealingKey("relay", bytes(order.text("keys")))))
    private val nowMs = order.long("now_ms")

    /** What it sends. */
    fun answer(): VenueRequest? {
        val (event, given) = order.obj("event").entrySet().single()
        if (event == "begin") return null.also { tellSaved(begun(given.asJsonObject)) }
        val stored = opened(order.obj("row"), nowMs)
        when (event) {
            "receive_callback" -> tellSaved(stored.receiveCallback(given.asString, nowMs))
            "choose" -> tellSaved(stored.choose(given.asString, nowMs))
            "disconnect" -> tellSaved(stored.disconnect(named<VenueIntent>(given.asString), nowMs))
            "print" -> tell("printed" to printed(stored, client, keys, nowMs))
            "read" -> tell("payload" to stored.signer()!!.receiveResponse(response(given.asJsonObject)).payload)
            "sign" -> return signed(stored, given.asJsonObject).also { tell("request" to describe(it)) }
            "drive" -> return driven(stored, given.asJsonObject).also(::tellDriver).request
            else -> error("no such event: $event")
        }
        return null
    }

    private fun begun(given: JsonObject): VenueConnection {
        val options = ConnectOptions(given.text("owner"), given.text("client_name"))
        return client.beginConnection(given.word<Goal>("goal")!!, options, entropy = bytes(given.text("entropy")), nowMs = nowMs)
    }

    private fun signed(stored: VenueConnection, given: JsonObject): VenueRequest =
        stored.signer()!!.sign(given.word<HttpMethod>("method")!!, given.text("path"), given.text("parameters"), given.long("nonce_ms"))

    private fun opened(row: JsonObject, nowMs: Long): VenueConnection = row.run {
        client.openConnection(StoredConnection(text("id"), text("owner"), text("client"), long("revision"), text("sealed")), keys, nowMs)
    }

    private fun driven(stored: VenueConnection, given: JsonObject): ConnectionDriver {
        val (holder, beganMs, patienceMs) = Triple(given.text("holder"), given.long("began_ms"), given.maybeLong("patience_ms"))
        val begun = if (patienceMs == null) ConnectionDriver(stored, holder, beganMs)
        else ConnectionDriver.forAccess(stored, holder, given.maybeLong("refused_generation"), patienceMs, beganMs)
        return given.items("done").fold(begun) { driver, each -> after(driver, each.asJsonObject) }
    }

    private fun after(driver: ConnectionDriver, done: JsonObject): ConnectionDriver {
        val nowMs = done.remove("now_ms").asLong
        val (what, given) = done.entrySet().single()
        return when (what) {
            "loaded" -> driver.loaded(opened(given.asJsonObject, nowMs), nowMs)
            "saved" -> driver.saved(nowMs)
            "superseded" -> driver.superseded()
            "response" -> driver.response(response(given.asJsonObject), nowMs)
            "no_response" -> driver.noResponse(nowMs)
            "nonce" -> driver.nonce(nowMs, given.asLong)
            "found" -> driver.found(given.asBoolean, nowMs)
            "delivered" -> driver.delivered(given.asBoolean, nowMs)
            "deleted" -> driver.deleted()
            "awake" -> driver.awake()
            else -> error("nothing comes of $what")
        }
    }

    private fun tellDriver(driver: ConnectionDriver) = tell(
        *seen(driver.connection, driver.action), "request" to driver.request?.let(::describe), "events" to driver.events,
        "until_ms" to driver.untilMs, "access" to driver.access?.let(::shown), "is_gone" to driver.isGone,
    )

    private fun tellSaved(connection: VenueConnection) = tell(*seen(connection, Action.SAVE))

    private fun seen(connection: VenueConnection, action: Action) = arrayOf(
        "action" to action, "connection" to connection.text.expose(), "row" to if (action == Action.SAVE) connection.seal(keys) else null,
        "authorize_url" to connection.authorizeUrl?.expose(), "choices" to connection.choices?.subaccounts?.map { it.id },
    )

    // Exposed, as all of a connection, to be compared.
    private fun shown(access: Access): Map<String, Any?> = mapOf("access" to word(access)) + when (access) {
        is Access.Key -> mapOf("api_key" to access.key.apiKey.expose())
        is Access.Tokens -> mapOf("access_token" to access.tokens.accessToken.expose(), "generation" to access.generation)
        is Access.Later, is Access.NeedsUser -> error("nobody returns with it")
    }
}

private fun word(value: Any?): String? = io.github.venuekey.replay.word(value)

private fun tell(vararg line: Pair<String, Any?>) {
    println(gson.toJson(mapOf(*line)))
    System.out.flush()
}
