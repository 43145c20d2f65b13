package io.github.venuekey.replay

import com.google.gson.JsonObject
import io.github.venuekey.*

/** Where a case has no time, because none matters. */
private const val NOW_MS = 1_790_000_000_000

/** The cases of tests/vectors/values: one call, one result. */
fun value(case: JsonObject): Any? = when (val value = case.text("value")) {
    "code_challenge_s256" -> codeChallengeS256(Secret(case.text("code_verifier")))
    "client" -> client(case).let { app -> mapOf("supports" to OPERATIONS.filter(app::supports)) }
    "restore" -> client(case).restore(case.text("snapshot")).let {
        mapOf("status" to word(it.status), "operation" to word(it.operation))
    }
    "seal" -> client(case).restore(case.text("snapshot")).seal(sealingKeys(case), case.text("context"), bytes(case.text("entropy")))
    "tokens" -> tokens(case.obj("tokens")).let { "ok" }
    "sign" -> describe(
        signer(case).sign(HttpMethod.valueOf(case.text("method")), case.text("path"), case.text("parameters"), case.long("nonce_ms")),
    )
    "probe" -> describe(signer(case).probe(case.long("nonce_ms")))
    "ask_time" -> describe(signer(case).askTime())
    "read_signed" -> signer(case).receiveResponse(response(case.obj("response"))).let { reply ->
        mapOf("payload" to reply.payload) + (if (reply.items.isEmpty()) emptyMap() else mapOf("items" to reply.items.map(::describe)))
    }
    "receive_probe" -> describe(proof(case))
    "receive_time" -> signer(case).receiveTime(response(case.obj("response")), case.long("sent_at_ms"), case.long("received_at_ms"))
    "nonces" -> {
        val window = case["nonce_window"].asBoolean
        val block = Nonces.reserve(case.long("reserved"), case.long("count"), case.long("now_ms"), window)
        mapOf("reserved" to block.reserved, "taken" to case.getAsJsonArray("takes").map { block.take(it.asLong) })
    }
    "budget" -> spent(case)
    "preflight" -> {
        val holder = case.at("tokens")?.let { tokens(it.asJsonObject) }
        describe(client(case).preflight(case.word<FlowOperation>("operation")!!, holder, budget(case), case.long("now_ms")))
    }
    "preflight_read" ->
        describe(read(client(case), case.obj("start")).preflight(tokens(case.obj("tokens")), budget(case), case.long("now_ms")))
    "key_proof" -> proof(case).let { mapOf("any_granted" to it.anyGranted, "expires_at_ms" to it.expiresAtMs) }
    "key_status" -> mapOf("any_granted" to status(case).anyGranted)
    "public_key_probe" -> turns(case)
    "key_watch" -> {
        val watch = KeyWatch.fromText(case.text("watch"))
        val again = watch.run { KeyWatch(venue, issuedAtMs, lastUsedAtMs, expiresAtMs, isIpBound, seed) }
        check(again.toText() == watch.toText()) { "a watch made from its fields is another one" }
        val look = watch.nextCheck(case.long("now_ms"))
        mapOf("text" to watch.toText(), "at_ms" to look.atMs, "reason" to word(look.reason), "ends_at_ms" to watch.endsAtMs)
    }
    "key_verdict" -> judged(case)
    else -> error("nobody replays $value")
}

// In the order of tests/vectors/README.md, which leaves out what came later.
private val OPERATIONS = listOf(
    FlowOperation.ACCOUNT_TOKENS, FlowOperation.API_KEY, FlowOperation.REFRESH_TOKENS, FlowOperation.CHECK_KEY, FlowOperation.DELETE_KEY,
)

private fun proof(case: JsonObject): KeyProof = signer(case).receiveProbe(response(case.obj("response")))

private fun spent(case: JsonObject): Map<String, Any?> {
    var kept = budget(case)
    val starts = mutableListOf<Any>()
    for (given in case.list("requests")) {
        val (method, nowMs) = HttpMethod.valueOf(given.text("method")) to given.long("now_ms")
        val request = signer(case).sign(method, given.text("path"), "{}", nowMs)
        repeat(given.at("times")?.asInt ?: 1) {
            try {
                val reservation = kept.reserve(request, nowMs)
                starts += reservation.startAtMs
                kept = RateBudget.fromText(reservation.budget.toText())
            } catch (error: VenuekeyException) {
                starts += mapOf("raises" to raised(error))
            }
        }
    }
    return mapOf("starts" to starts, "budget" to kept.toText())
}

private fun status(case: JsonObject): KeyStatus {
    val begun = client(case).checkKey(Tokens(Secret("t"), expiresAtMs = 1), nowMs = NOW_MS) as Step.Save
    val sent = begun.next.resume(NOW_MS) as Step.Send
    val saved = sent.next.receiveResponse(response(case.obj("response")), NOW_MS) as Step.Save
    return ((saved.next.resume(NOW_MS) as Step.Done).outcome as Outcome.KeyChecked).status
}

private fun turns(case: JsonObject): List<Map<String, Any?>> {
    val done = client(case).restore(case.text("snapshot")).resume(NOW_MS) as Step.Done
    var probe = PublicKeyProbe((done.outcome as Outcome.ApiKey).key, options(case.obj("signer")))
    return case.list("turns").map { turn ->
        val seen = mapOf("shown" to probe.toString(), "request" to describe(probe.request(turn.long("nonce_ms"))))
        seen + try {
            when (val answer = probe.receive(response(turn.obj("response")))) {
                is PublicKeyAnswer.Next -> mapOf("answer" to "next").also { probe = answer.probe }
                is PublicKeyAnswer.Proven -> mapOf(
                    "answer" to "proven", "is_permitted" to answer.proof.isPermitted, "api_key" to answer.key.apiKey.expose(),
                    "external_id" to answer.key.externalId, "candidate_public_key" to answer.key.candidatePublicKey?.expose(),
                )
            }
        } catch (error: VenuekeyException) {
            mapOf("raises" to raised(error))
        }
    }
}

private fun judged(case: JsonObject): Map<String, Any?> {
    val watch = KeyWatch.fromText(case.text("watch"))
    val externalId = case.maybeText("external_id")
    val verdict = if (externalId != null) {
        watch.receiveStatus(status(case), externalId)
    } else {
        try {
            watch.receiveProof(proof(case), case.long("now_ms"))
        } catch (error: VenuekeyException) {
            watch.receiveError(error, case.long("now_ms"))
        }
    }
    return mapOf("verdict" to word(verdict)) + when (verdict) {
        is KeyVerdict.Works -> mapOf("watch" to verdict.watch.toText())
        is KeyVerdict.Unclear -> mapOf("check_again_at_ms" to verdict.checkAgainAtMs)
        is KeyVerdict.Disabled, is KeyVerdict.Gone, is KeyVerdict.Expired -> emptyMap()
    }
}
