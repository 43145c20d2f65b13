package io.github.venuekey.example

import io.github.venuekey.CommonBalance
import io.github.venuekey.ConnectionStatus
import io.github.venuekey.Goal
import io.github.venuekey.VenuekeyException
import io.github.venuekey.connections.ConnectionView
import io.github.venuekey.connections.Connections
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch

/** An account that the device itself holds, without a backend: Bybit's AI agent. */
class AgentModel(private val connections: Connections, private val lookEveryMs: Long = 300) {
    private val mutable = MutableStateFlow<ConnectionView?>(null)
    private val mutableRefusal = MutableStateFlow<String?>(null)

    /** Where it stands: a page to open, accounts to choose from, connected. */
    val view: StateFlow<ConnectionView?> = mutable

    /** Why the last button did not do it. */
    val refusal: StateFlow<String?> = mutableRefusal

    /** Works, and shows how things stand, until it is cancelled; a new process goes on where the last one was. */
    suspend fun follow(): Unit = coroutineScope {
        launch { connections.run() }
        while (true) {
            mutable.value = known()
            delay(lookEveryMs)
        }
    }

    /** Then open the view's `authorizeUrl`. What is under way goes on. */
    suspend fun connect() = act {
        val known = known()
        when {
            known == null -> connections.begin("bybit", OWNER, Goal.API_KEY)
            known.error != null -> connections.reconnect(known.id, OWNER)
            else -> known
        }
    }

    /** The code that the user has copied from that page. */
    suspend fun paste(code: String) = act { connections.receivePastedCode(known()!!.id, code, OWNER) }

    suspend fun choose(accountId: String) = act { connections.choose(known()!!.id, accountId, OWNER) }

    suspend fun disconnect() = act { connections.disconnect(known()!!.id, OWNER) }

    suspend fun balances(): List<CommonBalance> = connections.account(known()!!.id, OWNER).balances().asFlow().toList()

    private suspend fun known(): ConnectionView? =
        connections.find(OWNER).firstOrNull { it.client == "bybit" && it.status != ConnectionStatus.ENDED }

    private suspend fun act(what: suspend () -> ConnectionView) {
        mutableRefusal.value = null
        try {
            mutable.value = what()
        } catch (refused: VenuekeyException) {
            mutableRefusal.value = refused.code
        }
    }
}
