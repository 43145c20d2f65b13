package io.github.venuekey.replay

import com.google.gson.JsonObject
import io.github.venuekey.*

/** The cases of tests/vectors/connections: what comes from the web, what workers do, and what a reply meets. */
fun connections(case: JsonObject) {
    val (start, events) = case.obj("start") to case.list("events")
    val host = ConnectionHost(client(case))
    same(once(host.begin(start), events.isEmpty()), start["expect"], "start")
    events.forEachIndexed { index, event -> same(once(host.take(event), index == events.lastIndex), event["expect"], "event $index") }
}

/** The text stands once, at the end: what led to it shows in it. */
private fun once(got: Any?, isLast: Boolean): Any? = if (got is Map<*, *> && !isLast) got - "connection" else got

private val ENDS = setOf(Action.RETURN, Action.FAIL, Action.STOP)

/** A store with one row, and the clock. */
private class ConnectionHost(private val client: Client) {
    private var stored: VenueConnection? = null
    private var nowMs = 0L
    private var handOff: HandOff? = null

    fun begin(start: JsonObject): Any? = caught { begun(start).let { stored = it; seen(it) to it } }.first

    private fun begun(start: JsonObject): VenueConnection {
        val (startMs, entropy) = start.long("now_ms") to start.maybeText("entropy")?.let(::bytes)
        val options = start.run { ConnectOptions(text("owner"), text("client_name"), maybeText("label"), word<KeepAlive>("keep_alive")) }
        val (uid, consent) = start.maybeText("uid") to beginOptions(start)
        return when (val call = start.text("call")) {
            "begin_connection" -> client.beginConnection(start.word<Goal>("goal")!!, options, consent, entropy, startMs)
            "begin_connection_by_hand_off" -> client.beginConnectionByHandOff(start.text("hand_off"), consent.onSecretLost, options, startMs)
            "import_tokens" -> client.importTokens(tokens(start.obj("tokens")), uid, options, entropy, startMs)
            "import_key" -> {
                val (public, secret) = Secret(start.text("api_key")) to Secret(start.text("api_secret"))
                client.importKey(ImportedKey(public, secret, start.maybeText("external_id"), uid), options, entropy, startMs)
            }
            "restore_connection" -> client.restoreConnection(start.text("connection"), startMs)
            else -> error("no such call: $call")
        }
    }

    fun take(event: JsonObject): Any? {
        nowMs = event.long("now_ms")
        val row = load() ?: return "gone"
        return when (event.text("event")) {
            "gone" -> "gone".also { stored = null }
            "drive" -> drive(row, event).let { (trace, end) -> mapOf("trace" to trace, "end" to end) + stored?.let(::seen).orEmpty() }
            "take_hand_off" -> mapOf("hand_off" to row.handOff.also { handOff = it }?.expose())
            "view" -> viewed(row)
            "access" -> caught { describe(row.access(nowMs)) to null }.first
            else -> caught {
                val next = wanted(row, event)
                val changes = next.revision != row.revision
                check(!changes || save(next)) { "nobody else saves here" }
                (if (changes) seen(next) else "unchanged") to next
            }.first
        }
    }

    /** What the store has, as another process would find it. */
    private fun load(): VenueConnection? {
        val kept = stored?.text?.expose() ?: return null
        return client.restoreConnection(kept, nowMs).also { check(it.text.expose() == kept) { "it writes another text" } }
    }

    private fun save(next: VenueConnection): Boolean {
        val wins = next.expectedRevision == (stored?.revision ?: 0)
        return wins.also { if (it) stored = next }
    }

    private fun wanted(row: VenueConnection, event: JsonObject): VenueConnection = when (val name = event.text("event")) {
        "callback" -> row.receiveCallback(event.text("url"), nowMs)
        "pasted_code" -> row.receivePastedCode(event.text("pasted"), nowMs)
        "choose" -> row.choose(event.text("id"), nowMs)
        "recover" -> row.recover(nowMs)
        "reconnect" -> row.reconnect(beginOptions(event), bytes(event.text("entropy")), nowMs)
        "cancel_attempt" -> row.cancelAttempt(nowMs)
        "disconnect" -> row.disconnect(event.word<VenueIntent>("intent")!!, nowMs)
        "token_refused" -> row.tokenRefused(event.long("generation"), nowMs)
        "key_refused" -> row.keyRefused(refusal(row, event), nowMs)
        "delivered" -> row.delivered(event.long("number"), nowMs)
        "handed_off" -> row.handedOff(handOff!!, nowMs)
        else -> error("no such event: $name")
    }

    private fun refusal(row: VenueConnection, event: JsonObject): VenuekeyException {
        try {
            row.signer()!!.receiveResponse(response(event))
        } catch (error: VenuekeyException) {
            return error
        }
        error("the reply refuses nothing")
    }

    /** One worker, from what the store has to its end. */
    private fun drive(row: VenueConnection, event: JsonObject): Pair<List<String>, Any?> {
        val (trace, sent) = mutableListOf<String>() to mutableListOf<String>()
        val lies = event.items("lies").map { it.asInt }
        var driver = driver(row, event)
        while (driver.action !in ENDS) {
            val place = trace.size
            trace += line(driver)
            check(trace.size < 60) { "it does not come to its end: $trace" }
            for (other in event.items("meanwhile").map { it.asJsonObject }) {
                if (other["at"].asInt == place) trace += meanwhile(other)
            }
            if (event.at("stop")?.asInt == place) {
                driver = driver.stop(nowMs)
                // A request that may be sent again was given up; what is to be saved now is another line.
                val gaveUp = driver.action == Action.SAVE && trace.last().startsWith("send")
                if (gaveUp || driver.action !in setOf(Action.SAVE, Action.SEND)) continue
            }
            driver = done(driver, event, sent, place in lies)
        }
        return trace to when {
            driver.action == Action.STOP -> "stopped"
            driver.action == Action.FAIL -> mapOf("raises" to driver.error!!.code)
            driver.isGone -> "gone"
            else -> driver.access?.let(::describe) ?: "rest"
        }
    }

    private fun driver(row: VenueConnection, event: JsonObject): ConnectionDriver {
        val wants = event.at("wants")?.asJsonObject ?: return ConnectionDriver(row, event.text("holder"), nowMs)
        val patienceMs = wants.maybeLong("patience_ms") ?: 30_000
        return ConnectionDriver.forAccess(row, event.text("holder"), wants.maybeLong("refused_generation"), patienceMs, nowMs)
    }

    private fun line(driver: ConnectionDriver): String = when (driver.action) {
        Action.SAVE -> "save ${driver.connection.revision} ${word(driver.connection.status)}"
        Action.SEND -> "send ${driver.request!!.purpose}"
        Action.SLEEP -> "sleep ${maxOf(0, driver.untilMs!! - nowMs)}"
        Action.DELIVER -> "deliver " + driver.events.joinToString(" ") { word(it.kind)!! }
        else -> word(driver.action)!!
    }

    private fun meanwhile(other: JsonObject): List<String> {
        val clockMs = nowMs
        val got = take(other) as? Map<*, *>
        nowMs = maxOf(nowMs, clockMs)
        return (got?.get("trace") as? List<*>).orEmpty().map { "  $it" }
    }

    /** Where it lies, it is stored, and the store says that it is not. */
    private fun done(driver: ConnectionDriver, event: JsonObject, sent: MutableList<String>, lies: Boolean) = when (driver.action) {
        Action.LOAD -> driver.loaded(load(), nowMs)
        Action.SAVE -> if (save(driver.connection) && !lies) driver.saved(nowMs) else driver.superseded()
        Action.SEND -> {
            val purpose = driver.request!!.purpose
            val replies = event.obj("replies").list(purpose)
            val reply = replies[minOf(sent.count { it == purpose }, replies.lastIndex)]
            sent += purpose
            if (reply.has("status")) driver.response(response(reply), nowMs)
            else driver.noResponse(nowMs, reply.at("not_sent")?.asBoolean ?: false)
        }
        Action.NONCE -> driver.nonce(nowMs, nowMs)
        Action.FIND -> driver.found(event.at("others")?.asBoolean ?: false, nowMs)
        Action.DELIVER -> driver.delivered(!(event.at("deaf")?.asBoolean ?: false), nowMs)
        Action.DELETE -> driver.deleted().also { stored = null }
        Action.SLEEP -> driver.awake().also { nowMs = driver.untilMs!! }
        else -> error("no action of a connection: ${driver.action}")
    }
}

/** What a host sees of a connection. */
private fun seen(connection: VenueConnection): Map<String, Any?> {
    val there = mapOf(
        "authorize_url" to connection.authorizeUrl?.expose(), "expires_at_ms" to connection.expiresAtMs, "error" to connection.error?.code,
        "recovery" to word(connection.recovery), "replaces_key" to connection.replacesKey.takeIf { it }, "uid" to connection.uid,
        "key_id" to connection.keyId, "key_left" to connection.keyLeft, "choices" to connection.choices?.let(::describe),
        "wait" to connection.wait?.let(::describe),
    ).filterValues { it != null }
    val standing = mapOf("status" to word(connection.status), "due_at_ms" to connection.dueAtMs)
    return standing + there + ("connection" to connection.text.expose())
}

/** What a page shows of it besides. */
private fun viewed(connection: VenueConnection): Map<String, Any?> = mapOf(
    "begun_at_ms" to connection.begunAtMs, "scope" to connection.scope, "key" to connection.key?.let(::describe),
    "attempt" to connection.attempt?.let(::describe),
)

private fun describe(key: KeySummary): Map<String, Any?> = mapOf(
    "id" to key.id, "ending" to key.ending, "sub_member_id" to key.subMemberId, "ips" to key.ips, "is_read_only" to key.isReadOnly,
    "ends_at_ms" to key.endsAtMs,
    "permissions" to key.permissions?.map { mapOf("name" to it.name, "title" to it.title, "granted" to it.granted, "withheld" to it.withheld) },
)

private fun describe(attempt: ConnectAttempt): Map<String, Any?> = mapOf(
    "number" to attempt.number, "status" to word(attempt.status), "expires_at_ms" to attempt.expiresAtMs, "request" to attempt.request,
)

private fun describe(choices: Choices): Map<String, Any?> = mapOf(
    "subaccounts" to choices.subaccounts.map { it.id }, "may_create" to choices.mayCreate, "creation_in_doubt" to choices.creationInDoubt,
)

private fun describe(wait: Waiting): Map<String, Any?> = mapOf(
    "reason" to word(wait.reason), "attempts" to wait.attempts, "until_ms" to wait.untilMs, "gives_up_at_ms" to wait.givesUpAtMs,
)

private fun describe(access: Access): Map<String, Any?> = mapOf("access" to word(access)) + when (access) {
    is Access.Key -> mapOf("api_key" to access.key.apiKey.expose())
    is Access.Tokens -> mapOf("access_token" to access.tokens.accessToken.expose(), "generation" to access.generation)
    is Access.Later -> mapOf("until_ms" to access.untilMs, "error" to access.error?.code)
    is Access.NeedsUser -> mapOf("error" to access.error.code, "recovery" to word(access.recovery))
}
