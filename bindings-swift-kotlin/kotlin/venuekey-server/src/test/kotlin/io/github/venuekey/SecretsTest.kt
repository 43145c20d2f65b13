package io.github.venuekey

import io.github.venuekey.support.shown
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What holds a secret shows none: by toString, in templates, on consoles, in logs, in exceptions. */
class SecretsTest {
    private fun check(values: List<Any?>, state: String) {
        for (value in values) {
            val text = shown(value)
            assertFalse("canary" in text || state in text) { "${value?.javaClass} shows a secret: ${text.take(2_000)}" }
        }
    }

    /** A value, and whatever it gives out, but for what says `expose`. */
    private fun everything(value: Any?, into: MutableList<Any?> = mutableListOf(), depth: Int = 0): List<Any?> {
        into += value
        if (value == null || depth > 4 || value.javaClass.packageName != "io.github.venuekey" || value is Enum<*>) return into
        for (method in value.javaClass.methods.filter { it.parameterCount == 0 && it.declaringClass != Any::class.java }) {
            if (method.returnType.packageName != "io.github.venuekey" && method.returnType != List::class.java) continue
            if (method.name in setOf("resume", "recover", "receiveNoResponse")) continue
            val inner = runCatching { method.invoke(value) }.getOrNull()
            // A list of texts is data, given out as such.
            for (one in inner as? List<*> ?: listOf(inner)) if (one !is String) everything(one, into, depth + 1)
        }
        return into
    }

    @Test
    fun `a whole flow, step by step`() {
        val flow = Connecting()
        val clock = HeldClock()
        val seen: MutableList<Any> = mutableListOf(flow.client, flow.started, flow.store, token(), key())
        val step = flow.step()
        val done = driveBlocking(step, Script(::token, ::uid, ::key).send, flow.store::save, clock = clock.read, onStep = { seen.add(it) })
        val outcome = done.outcome as Outcome.ApiKey
        val shared = flow.client.shareTokens(outcome.tokens, nowMs = NOW)
        seen.addAll(listOf(shared, shared.plan(nowMs = NOW), shared.plan(nowMs = NOW + 86_000_000)))
        val signer = Signer(SignerOptions(Venue.BYBIT, VenueEnvironment.MAINNET), outcome.key.apiKey, outcome.key.apiSecret)
        val proof = json(mapOf("retCode" to 0, "result" to mapOf("userID" to 1, "ips" to listOf("canary-address"))))
        seen.addAll(listOf(signer, signer.sign(HttpMethod.GET, "/v5/user/query-api", "{}"), signer.receiveProbe(proof)))
        seen += signer.receiveResponse(json(mapOf("retCode" to 0, "result" to mapOf("total" to "canary-total"))))
        seen.addAll(SealingKey("k1", "canary-canary-canary-canary-cana".toByteArray()).let { listOf(it, SealingKeys(listOf(it))) })
        seen += Header("authorization", Secret("canary"))
        val asked = KeyRequest(permissions = listOf("trade"), passphrase = Secret("canary"))
        seen.addAll(listOf(asked, BeginOptions(keyRequest = asked), SignerOptions(Venue.BYBIT, VenueEnvironment.MAINNET, passphrase = Secret("canary"))))
        val all = seen.flatMap { everything(it) }
        assertTrue(all.size > 60, "${all.size}")
        check(all, flow.state)
        // And yet it is there to be read.
        assertEquals("canary-secret", outcome.key.apiSecret.expose())
        assertEquals("Secret(…)", "${outcome.key.apiSecret}")
    }

    @Test
    fun `connections, with what they bring and what drives them`() {
        val client = bybit()
        val options = ConnectOptions("user-1", "bybit")
        val begun = client.beginConnection(Goal.API_KEY, options, nowMs = NOW)
        val state = begun.authorizeUrl!!.expose().substringAfter("state=").substringBefore("&")
        val kept = ImportedKey(Secret("canary-key"), Secret("canary-secret"))
        val keyed = client.importKey(kept, options, nowMs = NOW)
        val held = Tokens(Secret("canary-access"), Secret("canary-refresh"), NOW + 86_400_000)
        val connected = client.importTokens(held, options = options, nowMs = NOW)
        val driver = ConnectionDriver(begun.receiveCallback("/cb?code=canary-code&state=$state", NOW), "worker-1", NOW)
        val sending = driver.saved(NOW)
        val keys = SealingKeys(listOf(SealingKey("k1", "canary-canary-canary-canary-cana".toByteArray())))
        val row = keyed.seal(keys)
        val stored = row.run { StoredConnection(id, owner, this.client, revision, sealed) }
        val brought = sending.response(token(), NOW)
        val other = kept.copy(passphrase = Secret("canary"))
        val seen = listOf(begun, kept, other, keyed, connected, driver, sending, brought, row, stored, client.openConnection(stored, keys, NOW))
        val all = (seen + listOf(keyed, connected, begun).map { it.access(NOW) }).flatMap { everything(it) }
        assertTrue(all.size > 60, "${all.size}")
        check(all, state)
        assertEquals("send_exchange_code", "${sending.action.name.lowercase()}_${sending.request!!.purpose}")
        assertEquals("canary-secret", (keyed.access(NOW) as Access.Key).key.apiSecret.expose())
        assertTrue("$keyed".startsWith("Connection(bybit, ${keyed.id}, revision 1, "), "$keyed")

        val calls: List<() -> Any> = listOf(
            { client.importKey(ImportedKey(Secret("canary\n"), Secret("canary")), options) },
            { client.beginConnection(Goal.API_KEY, ConnectOptions("", "canary")) },
            { client.restoreConnection("""{"canary": true}""") },
            { client.openConnection(stored.copy(sealed = "canary"), keys) },
            { begun.receiveCallback("/cb?code=canary-code&state=canary-state", NOW) },
        )
        check(calls.map { call -> assertThrows(VenuekeyException::class.java) { call() } }, state)
    }

    @Test
    fun `exceptions, thrown and caught`() {
        val flow = Connecting()
        val pending = flow.restored()
        val config = ClientConfig(Venue.BYBIT, VenueEnvironment.MAINNET, "canary", "canary")
        val calls: List<() -> Any> = listOf(
            { flow.client.restore("""{"canary": true}""") },
            { pending.receiveCallback("/cb?code=canary-code&state=canary-state", NOW) },
            { flow.client.begin(Goal.API_KEY, entropy = ByteArray(63)) },
            { flow.client.begin(Goal.API_KEY, nowMs = -1) },
            { flow.client.begin(Goal.API_KEY, BeginOptions(keyRequest = KeyRequest("canary", passphrase = Secret("canary")))) },
            { flow.client.begin(Goal.API_KEY, BeginOptions(keyRequest = KeyRequest(expiresAtMs = -1))) },
            { Client.confidential(config, Secret("canary")) },
            { Client.confidential(config.copy(redirectUri = "https://user:canary@partner.example/cb"), Secret("canary")) },
            { Tokens(Secret("canary\n"), expiresAtMs = 1) },
            { VenueResponse(-1, "canary".toByteArray()) },
            { Signer(SignerOptions(Venue.BYBIT, VenueEnvironment.MAINNET), Secret("canary\n"), Secret("canary")) },
            { flow.client.acceptHandOff("""{"canary": "canary"}""") },
            { flow.client.open("canary", SealingKeys(listOf(SealingKey("a", ByteArray(32)))), "canary") },
            { flow.client.deleteKey(Tokens(Secret("canary"), expiresAtMs = 1), "canary") },
        )
        val refused = calls.map { call -> assertThrows(VenuekeyException::class.java) { call() } }
        assertEquals(setOf(ErrorKind.MISUSE, ErrorKind.REJECTED), refused.map { it.kind }.toSet())
        assertTrue(refused.all { it.message!!.startsWith("${it.code}: ") })

        val denied = pending.receiveCallback("/cb?state=${flow.state}&error=access_denied&error_description=canary-words", NOW)
        val failed = assertThrows(VenuekeyException.Denied::class.java) { driveBlocking(denied, { throw NoResponse() }, { true }, clock = { NOW }) }
        assertEquals("canary-words", failed.details.venueText)
        val unsaved = assertThrows(SaveFailed::class.java) {
            driveBlocking(pending.receiveCallback(flow.callback, NOW), { token() }, { throw ArithmeticException() }, clock = { NOW })
        }
        check(refused + failed + unsaved + everything(unsaved.step) + NoResponse(), flow.state)
    }

    @Test
    fun `half of a surrogate pair is refused by the argument's name, and without its text`() {
        val half = "canary\uD83D"
        val flow = Connecting()
        val pending = flow.restored()
        val keys = SealingKeys(listOf(SealingKey("a", ByteArray(32))))
        val config = ClientConfig(Venue.BYBIT, VenueEnvironment.MAINNET, "app-1", "https://partner.example/cb")
        val options = SignerOptions(Venue.BYBIT, VenueEnvironment.MAINNET)
        val signer = Signer(options, Secret("key"), Secret("secret"))
        val secret = Secret("canary")
        val named = ConnectOptions("user-1", "bybit")
        val tokens = Tokens(secret, expiresAtMs = 1)
        val calls: List<Pair<String, () -> Any>> = listOf(
            "text" to { Secret(half) },
            "text" to { flow.client.restore(half) },
            "text" to { flow.client.restoreTokens(half) },
            "text" to { flow.client.acceptHandOff(half) },
            "handOff" to { flow.client.beginConnectionByHandOff(half, options = named) },
            "owner" to { flow.client.beginConnection(Goal.API_KEY, named.copy(owner = half)) },
            "label" to { flow.client.importTokens(tokens, options = named.copy(label = half)) },
            "externalId" to { flow.client.importKey(ImportedKey(secret, secret, externalId = half), named) },
            "sealed" to { flow.client.openConnection(StoredConnection("id", "user-1", "bybit", 1, half), keys) },
            "sealed" to { flow.client.open(half, keys, "session") },
            "context" to { flow.client.open("sealed", keys, half) },
            "context" to { pending.seal(keys, half) },
            "url" to { pending.receiveCallback(half, NOW) },
            "pasted" to { pending.receivePastedCode(half, NOW) },
            "id" to { pending.choose(half, NOW) },
            "externalId" to { flow.client.deleteKey(tokens, half) },
            "scope" to { Tokens(secret, expiresAtMs = 1, scope = listOf("a", half)) },
            "clientId" to { Client.confidential(config.copy(clientId = half), secret) },
            "userAgent" to { Client(config.copy(userAgent = half)) },
            "brokerId" to { Signer(options.copy(brokerId = half), secret, secret) },
            "path" to { signer.sign(HttpMethod.GET, half, "{}") },
            "parameters" to { signer.sign(HttpMethod.GET, "/v5/order", half) },
            "market" to { whitebit().readDeals(DealsQuery(market = half)) },
            "name" to { VenueResponse(200, ByteArray(0), listOf(Header(half, secret))) },
            "text" to { RateBudget.fromText(half) },
        )
        for ((name, call) in calls) {
            val refused = assertThrows(VenuekeyException.Misuse::class.java, { call() }, name)
            assertEquals("invalid_argument", refused.code)
            assertEquals("$name must be valid Unicode: it has a lone surrogate", refused.details.hint)
            check(listOf(refused), flow.state)
            assertEquals(null, refused.cause)
        }
        // The values stay usable.
        assertEquals(Step.Save::class.java, pending.receiveCallback(flow.callback, NOW).javaClass)
    }

    @Test
    fun `hints say the names of this language`() {
        val config = ClientConfig(Venue.BYBIT, VenueEnvironment.MAINNET, "app-1", "http://partner.example/cb")
        val hints = listOf<() -> Any>(
            { Client(config) },
            { Tokens(Secret("a"), expiresAtMs = -1) },
            { Connecting().restored().resume(NOW) },
            { whitebit().readDeals(DealsQuery(fromS = NOW / 1000 - 1, toS = NOW / 1000 - 9), NOW) },
        ).map { assertThrows(VenuekeyException::class.java) { it() } }
        for ((error, name) in hints.zip(listOf("redirectUri", "expiresAtMs", "receiveCallback", "fromS"))) {
            assertTrue(name in error.details.hint!!, error.message)
            assertTrue(error.message!!.endsWith("; ${error.details.hint}; see ${error.docUrl}"), error.message)
        }
    }
}
