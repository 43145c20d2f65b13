package io.github.venuekey

import io.github.venuekey.senders.javaHttpSender
import io.github.venuekey.senders.okHttpSender
import io.github.venuekey.support.Sandbox
import java.util.stream.Stream
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.Arguments
import org.junit.jupiter.params.provider.Arguments.arguments
import org.junit.jupiter.params.provider.MethodSource

/** A server's client of the sandbox, as the sandbox knows it. */
fun atSandbox(sandbox: Sandbox, venue: Venue): Client {
    val (name, base) = venue.name.lowercase().let { it to sandbox.base(it) }
    val environment = if (venue == Venue.WHITEBIT) VenueEnvironment.GLOBAL else VenueEnvironment.MAINNET
    val config = ClientConfig(venue, environment, "demo-$name", "http://127.0.0.1:8000/callback/$name", base, base)
    return Client.confidential(config, Secret("demo-$name-secret"))
}

/** Whole connections against the sandbox's real sockets, with both senders. */
class JourneysTest {
    private val sandbox get() = SANDBOX

    @BeforeEach
    fun reset() = sandbox.reset()

    @AfterEach
    fun `nothing was sent that no documentation covers`() = assertEquals(emptyList<String>(), sandbox.violations())

    private inner class Consented(venue: Venue, goal: Goal = Goal.API_KEY) {
        val client = atSandbox(sandbox, venue)
        val store = MemoryStore()
        val step: Step
        val flowId: String

        init {
            val started = client.begin(goal)
            flowId = started.pending.flowId
            store.save(started.pending.snapshot())
            val callback = sandbox.approve(started.authorizeUrl.expose())
            step = client.restore(store.load(flowId)!!).receiveCallback(callback)
        }

        fun restored(): VenueFlow = client.restore(store.load(flowId)!!)
    }

    private fun rightKey(venue: Venue): String {
        val (world, secret) = if (venue == Venue.WHITEBIT) "global" to "secret" else "mainnet" to "api_secret"
        val keys = sandbox.state().getAsJsonObject(venue.name.lowercase()).getAsJsonObject(world).getAsJsonArray("keys")
        return keys.map { it.asJsonObject }.single { it["exists"].asBoolean }[secret].asString
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `a key by consent, and a signed call with it`(name: String, send: Send) {
        val calls = mapOf(
            Venue.WHITEBIT to (HttpMethod.POST to "/api/v4/trade-account/balance"), Venue.BYBIT to (HttpMethod.GET to "/v5/user/query-api"),
        )
        for ((venue, call) in calls) {
            val flow = Consented(venue)
            val done = driveBlocking(flow.step, send, flow.store::save)
            val key = (done.outcome as Outcome.ApiKey).key
            assertEquals(rightKey(venue), key.apiSecret.expose())
            val options = SignerOptions(venue, flow.client.environment, apiBase = sandbox.base(venue.name.lowercase()))
            val reply = callBlocking(Signer(options, key.apiKey, key.apiSecret), call.first, call.second, send = send)
            assertTrue(reply.payload.startsWith("{"))
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `a reply that was lost is asked for once, a POST and a GET`(name: String, send: Send) {
        for ((venue, endpoint) in listOf(Venue.WHITEBIT to "token", Venue.BYBIT to "token", Venue.BYBIT to "openapi")) {
            for (fault in listOf("drop_reply", "close_before")) {
                sandbox.reset()
                val flow = Consented(venue)
                sandbox.fault(endpoint, fault)
                val error = assertThrows(VenuekeyException::class.java) { driveBlocking(flow.step, send, flow.store::save) }
                val code = if (endpoint == "openapi") "key_unconfirmed" else "outcome_unknown"
                assertEquals(code, error.code, "$venue $endpoint $fault")
                assertEquals(1, sandbox.requests(endpoint).size, "$venue $endpoint $fault")
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `the once-only secret is asked for as often as the flow says`(name: String, send: Send) {
        val flow = Consented(Venue.WHITEBIT)
        sandbox.fault("secret", "drop_reply")
        var asked = 0
        val error = assertThrows(VenuekeyException.UserAction::class.java) {
            driveBlocking(flow.step, send, flow.store::save, onStep = { if (it is Step.Send && it.request.replay == Replay.ONCE_ONLY) asked++ })
        }
        assertEquals("delete_key_in_dashboard", error.code)
        assertEquals(asked, sandbox.requests("secret").size)
        val failed = flow.restored().resume() as Step.Failed
        assertEquals(Recovery.DELETE_KEY, failed.recovery)
        val deleted = assertThrows(VenuekeyException.Reauthorize::class.java) {
            driveBlocking(failed.flow.recover(), send, flow.store::save)
        }
        assertEquals("secret_lost", deleted.code)
        assertEquals(1, sandbox.requests("delete").size)
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `trouble that passes is waited for`(name: String, send: Send) {
        for ((endpoint, fault) in listOf("info" to "server_error", "secret" to "lock", "info" to "truncated_json")) {
            sandbox.reset()
            val flow = Consented(Venue.WHITEBIT)
            sandbox.fault(endpoint, fault)
            val waits = mutableListOf<WaitReason>()
            val onStep: (Step) -> Unit = { if (it is Step.Wait) waits += it.reason }
            val clock = HeldClock(System.currentTimeMillis())
            val done = driveBlocking(flow.step, send, flow.store::save, sleep = clock.sleep, clock = clock.read, onStep = onStep)
            assertEquals(rightKey(Venue.WHITEBIT), (done.outcome as Outcome.ApiKey).key.apiSecret.expose(), "$endpoint $fault")
            val wanted = if (fault == "lock") WaitReason.SECRET_LOCKED else WaitReason.VENUE_TROUBLE
            assertEquals(listOf(wanted), waits.filter { it != WaitReason.KEY_NOT_READY }, "$endpoint $fault")
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `cancelled in the middle of a request, another worker goes on`(name: String, send: Send): Unit = runBlocking {
        val flow = Consented(Venue.BYBIT, Goal.ACCOUNT_TOKENS)
        sandbox.fault("uid", "delay", "ms" to 20_000)
        val asking = CompletableDeferred<Unit>()
        val driving = launch(Dispatchers.Default) {
            drive(flow.step, send, flow.store::save, onStep = { if (it is Step.Send && it.request.purpose == "read_uid") asking.complete(Unit) })
        }
        asking.await()
        while (flow.restored().status != FlowStatus.InFlight) Thread.sleep(2)
        driving.cancelAndJoin()
        assertEquals(FlowStatus.InFlight, flow.restored().status)
        sandbox.clearFaults()
        val clock = HeldClock(System.currentTimeMillis())
        val done = drive(flow.restored().resume(), send, flow.store::save, sleep = clock.sleep, clock = clock.read)
        assertTrue((done.outcome as Outcome.AccountTokens).uid != null)
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `the user says no`(name: String, send: Send) {
        sandbox.knobs("whitebit", "user_decision" to "decline", "decline_mode" to "error")
        val flow = Consented(Venue.WHITEBIT)
        assertThrows(VenuekeyException.Denied::class.java) { driveBlocking(flow.step, send, flow.store::save) }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senders")
    fun `an account read to its end, with tokens that stay fresh`(name: String, send: Send) {
        sandbox.knobs("whitebit", "history_rows" to 230, "plain_scopes" to "users.transactions.read")
        val flow = Consented(Venue.WHITEBIT, Goal.ACCOUNT_TOKENS)
        val outcome = driveBlocking(flow.step, send, flow.store::save).outcome as Outcome.AccountTokens
        val shared = flow.client.shareTokens(outcome.tokens)
        flow.store.save(shared.snapshot())
        val tokens: TokensFor = { refused -> freshTokens(flow.client, { flow.store.load(shared.tokensId) }, flow.store::save, send, refused) }
        val read = flow.client.readTransactions()
        assertEquals(230, recordsBlocking<AccountTransaction>(read, tokens, send).map { it.transactionId }.toSet().size)
        assertEquals(3, sandbox.requests("transactions").size)
    }

    companion object {
        private val SANDBOX = Sandbox("--whitebit-key-delay-ms=0")

        @JvmStatic
        @AfterAll
        fun stop() = SANDBOX.close()

        @JvmStatic
        fun senders(): Stream<Arguments> =
            Stream.of(arguments("OkHttp", okHttpSender()), arguments("java.net.http", javaHttpSender()))
    }
}
