package io.github.venuekey.example

import io.github.venuekey.ConnectionStatus
import io.github.venuekey.connections.ConnectionView
import io.github.venuekey.support.Sandbox
import java.io.File
import java.util.concurrent.atomic.AtomicLong
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Longer than a lease, and what clocks may differ by: whatever a dead process has begun is over. */
private const val LEASE_OVER_MS = 300_000L

/** What the device holds itself, against the sandbox; each model is a process that knows the device's files alone. */
class AgentModelTest {
    @TempDir
    lateinit var temporary: File
    /** Another one each time, since a process that has ended may have a last write under way. */
    private var devices = 0
    private val device get() = temporary.resolve("device-$devices")
    private val sandbox = Sandbox("--bybit-user-sub-accounts=2")
    /** By how much the clocks of the device and of the sandbox were moved. */
    private val aheadMs = AtomicLong()

    @AfterEach
    fun close() = sandbox.close()

    private fun model(death: Death = Death(0, false)): AgentModel {
        val clock = { System.currentTimeMillis() + aheadMs.get() }
        return AgentModel(mortal(device, death, sandbox, "https://partner.example/callback/whitebit", clock))
    }

    private fun codeOf(view: ConnectionView): String =
        sandbox.approve(view.authorizeUrl!!.expose()).substringAfter("code=").substringBefore("&")

    /** The user does what the screen asks for, until this holds; then the system ends the process. */
    private suspend fun used(agent: AgentModel, until: (ConnectionView) -> Boolean): ConnectionView = coroutineScope {
        val life = launch { agent.follow() }
        agent.press { connect() }
        while (true) {
            val view = agent.view.first { it != null && (until(it) || it.authorizeUrl != null || it.choices != null || it.error != null) }!!
            when {
                until(view) -> return@coroutineScope view.also { life.cancel() }
                view.authorizeUrl != null -> agent.press { receivePastedCode(codeOf(view)) }
                view.choices != null -> agent.press { choose(view.choices!!.subaccounts.first().id) }
                else -> agent.press { connect() }
            }
        }
        @Suppress("UNREACHABLE_CODE")
        error("it ends where it is connected")
    }

    @Test
    fun `connects in two lives of the app`(): Unit = runBlocking {
        val first = model()
        first.press { connect() }
        first.press { receivePastedCode("canary of another connection") }
        assertNotNull(first.refusal.value)
        used(first) { it.choices != null }
        assertEquals(null, first.refusal.value)

        val second = model()
        used(second) { it.status == ConnectionStatus.CONNECTED }
        assertTrue(second.device.account().balances().asFlow().toList().isNotEmpty())
        val secrets = sandbox.state().getAsJsonObject("bybit").getAsJsonObject("mainnet").getAsJsonArray("sub_accounts")
            .map { it.asJsonObject["api_secret"].asString }
        val kept = device.walk().filter { it.isFile }.map { it.readBytes().decodeToString() }.toList()
        assertFalse(kept.any { text -> secrets.any { it in text } })
        second.press { disconnect() }
        coroutineScope {
            val life = launch { second.follow() }
            second.view.first { it?.status == ConnectionStatus.ENDED }
            life.cancel()
        }
        assertEquals(1, sandbox.requests("token").size)
        assertEquals(emptyList<String>(), sandbox.violations())
    }

    @Test
    fun `killed at every save, it is connected in the end`(): Unit = runBlocking {
        val died = Death.everywhere { death ->
            try {
                used(model(death)) { it.status == ConnectionStatus.CONNECTED }
            } catch (_: Killed) {
                aheadMs.addAndGet(LEASE_OVER_MS)
                sandbox.advance(LEASE_OVER_MS)
            }
            val next = model()
            used(next) { it.status == ConnectionStatus.CONNECTED }
            assertTrue(next.device.account().balances().asFlow().toList().isNotEmpty(), "$death")
            devices++
            sandbox.reset()
            aheadMs.set(0)
        }
        assertTrue(died >= 16, "$died")
        assertEquals(emptyList<String>(), sandbox.violations())
    }
}
