package io.github.venuekey.replay

import com.google.gson.FieldNamingPolicy
import com.google.gson.Gson
import com.google.gson.GsonBuilder
import com.google.gson.JsonElement
import com.google.gson.JsonSerializer
import io.github.venuekey.*

// What the vectors compare, in their own words: snake_case names, absent as null, secrets exposed.

/** Records by their fields, words in lower case. */
val gson: Gson = GsonBuilder().serializeNulls().disableHtmlEscaping()
    .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
    .registerTypeHierarchyAdapter(Enum::class.java, JsonSerializer<Enum<*>> { it, _, context -> context.serialize(word(it)) })
    .registerTypeHierarchyAdapter(
        VenueRecord::class.java,
        JsonSerializer<VenueRecord> { it, _, context ->
            val record = it.javaClass.getMethod("getRecord").invoke(it)
            context.serialize(record).asJsonObject.apply { addProperty("name", word(it)) }
        },
    )
    .create()

/** The vectors' word for an enum's value, or for a case without fields of interest. */
fun word(value: Any?): String? = when (value) {
    null -> null
    is Enum<*> -> value.name.lowercase()
    else -> value.javaClass.simpleName.replace(Regex("(?<!^)[A-Z]"), "_$0").lowercase()
}

/** One text for what is equal: names sorted, numbers by their digits. */
fun canonical(value: Any?): String = text(gson.toJsonTree(value))

private fun text(json: JsonElement): String = when {
    json.isJsonObject -> json.asJsonObject.entrySet().sortedBy { it.key }.joinToString(",", "{", "}") { (name, inner) ->
        "\"$name\":${if (name == "hint") unspelt(text(inner)) else text(inner)}"
    }
    json.isJsonArray -> json.asJsonArray.joinToString(",", "[", "]", transform = ::text)
    else -> gson.toJson(json)
}

/** What a call throws. */
fun raised(error: VenuekeyException): Map<String, Any?> = describe(error) + ("hint" to error.details.hint)

/** What a step or a plan tells of. */
fun describe(error: VenuekeyException): Map<String, Any?> = error.details.let {
    check(it.message.endsWith("; see ${error.docUrl}") && error.docUrl.endsWith("/docs/errors/${error.code}.md")) { it.message }
    mapOf(
        "kind" to word(error.kind), "code" to error.code, "venue" to word(it.venue), "http_status" to it.httpStatus,
        "venue_code" to it.venueCode, "venue_text" to it.venueText, "retry_after_ms" to it.retryAfterMs,
    )
}

/** A hint as every language spells it: here it names `redirectUri`, in the vectors `redirect_uri`. */
private fun unspelt(hint: String): String = hint.replace("_", "").lowercase()

fun describe(request: VenueRequest): Map<String, Any?> = mapOf(
    "purpose" to request.purpose, "method" to request.method.name, "url" to request.url, "replay" to word(request.replay),
    "headers" to request.headers.map { listOf(it.name, it.value.expose()) },
    "body" to request.body?.let { String(it) },
)

/** A read that begins. */
fun describe(read: AccountRead): Map<String, Any?> = mapOf("kind" to word(read.kind), "cursor" to read.cursor()) +
    if (isCommon(read)) mapOf("reaches_from_ms" to read.reachesFromMs) else emptyMap()

/** Where the next page of a common read is from. */
fun place(read: AccountRead): Map<String, Any?> =
    if (isCommon(read)) mapOf("list" to word(read.list), "window" to listOf(read.windowFromMs, read.windowToMs)) else emptyMap()

private fun isCommon(read: AccountRead) = word(read.kind)!!.startsWith("common_")

fun describe(step: Step): Map<String, Any?> = mapOf("step" to word(step), "snapshot" to step.flow.snapshot().expose()) + when (step) {
    is Step.Save -> emptyMap()
    is Step.Send -> mapOf("request" to describe(step.request))
    is Step.Wait -> mapOf("until_ms" to step.untilMs, "reason" to word(step.reason))
    is Step.Choose -> mapOf(
        "may_create" to step.mayCreate, "creation_in_doubt" to step.creationInDoubt, "subaccounts" to step.subaccounts,
    )
    is Step.Authorize -> mapOf("authorize_url" to step.authorizeUrl.expose())
    is Step.Failed -> mapOf("error" to describe(step.error), "recovery" to word(step.recovery))
    is Step.Done -> mapOf("outcome" to describe(step.outcome))
}

fun describe(outcome: Outcome): Map<String, Any?> = mapOf("outcome" to word(outcome)) + when (outcome) {
    is Outcome.HandOff -> mapOf("hand_off" to outcome.handOff.expose())
    is Outcome.ApiKey -> mapOf("tokens" to describe(outcome.tokens), "key" to describe(outcome.key))
    is Outcome.AccountTokens -> mapOf("tokens" to describe(outcome.tokens), "uid" to outcome.uid)
    is Outcome.TokensRefreshed -> mapOf("tokens" to describe(outcome.tokens))
    is Outcome.KeyDeleted -> mapOf("tokens" to describe(outcome.tokens))
    is Outcome.KeyChecked -> mapOf(
        "tokens" to describe(outcome.tokens),
        // A status in a flow is compared without `any_granted`.
        "status" to outcome.status.let {
            mapOf(
                "decision" to word(it.decision), "exists" to it.exists, "is_enabled" to it.isEnabled,
                "external_id" to it.externalId, "permissions" to it.permissions,
            )
        },
    )
}

fun describe(tokens: Tokens): Map<String, Any?> = mapOf(
    "access_token" to tokens.accessToken.expose(), "refresh_token" to tokens.refreshToken?.expose(),
    "expires_at_ms" to tokens.expiresAtMs, "refresh_expires_at_ms" to tokens.refreshExpiresAtMs, "scope" to tokens.scope,
)

private fun describe(key: ApiKey): Map<String, Any?> = mapOf(
    "api_key" to key.apiKey.expose(), "api_secret" to key.apiSecret.expose(), "external_id" to key.externalId,
    "candidate_public_key" to key.candidatePublicKey?.expose(), "any_granted" to key.anyGranted, "uid" to key.uid,
    "permissions" to key.permissions,
) + listOfNotNull(key.subMemberId?.let { "sub_member_id" to it })

fun describe(shared: SharedTokens?): Map<String, Any?>? = shared?.let {
    mapOf(
        "tokens_id" to it.tokensId, "revision" to it.revision, "generation" to it.generation,
        "lease_until_ms" to it.leaseUntilMs, "status" to word(it.snapshot().status), "snapshot" to it.snapshot().expose(),
    )
}

fun describe(plan: TokenPlan): Map<String, Any?> = mapOf("plan" to word(plan)) + when (plan) {
    is TokenPlan.Use -> mapOf(
        "access_token" to plan.tokens.accessToken.expose(), "generation" to plan.generation, "refresh_at_ms" to plan.refreshAtMs,
    )
    is TokenPlan.Refresh -> mapOf("request" to describe(plan.request), "snapshot" to plan.next.snapshot().expose())
    is TokenPlan.WaitUntil -> mapOf("until_ms" to plan.untilMs, "error" to plan.error?.let(::describe))
    is TokenPlan.Reauthorize -> mapOf("error" to describe(plan.error))
}

fun describe(proof: KeyProof): Map<String, Any?> = mapOf(
    "is_permitted" to proof.isPermitted, "uid" to proof.uid, "is_read_only" to proof.isReadOnly,
    "is_third_party" to proof.isThirdParty, "expires_at" to proof.expiresAt, "ips" to proof.ips,
    "permissions" to proof.permissions,
)

fun describe(item: BatchItem): Map<String, Any?> =
    mapOf("is_accepted" to item.isAccepted, "venue_code" to item.venueCode, "venue_text" to item.venueText)

fun describe(plan: Preflight): Map<String, Any?> = mapOf(
    "start_at_ms" to plan.startAtMs, "requests" to plan.requests, "worst_case_ms" to plan.worstCaseMs, "budget" to plan.budget.toText(),
)
