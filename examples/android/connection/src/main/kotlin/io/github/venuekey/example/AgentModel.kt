package io.github.venuekey.example

import io.github.venuekey.VenuekeyException
import io.github.venuekey.connections.ConnectionView
import io.github.venuekey.connections.Connections
import io.github.venuekey.connections.DeviceConnection
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.launch

/** An account that the device itself holds, without a backend: Bybit's AI agent. */
class AgentModel(private val connections: Connections) {
    val device = DeviceConnection(connections, "bybit", OWNER)

    /** Where it stands: a page to open, accounts to choose from, connected. */
    val view = MutableStateFlow<ConnectionView?>(null)

    /** Why the last button did not do it. */
    val refusal = MutableStateFlow<String?>(null)

    /** Works, and shows how things stand, until it is cancelled; a new process goes on where the last one was. */
    suspend fun follow(): Unit = coroutineScope {
        launch { connections.run() }
        device.updates().collect { view.value = it }
    }

    suspend fun press(button: suspend DeviceConnection.() -> ConnectionView) {
        refusal.value = null
        try {
            view.value = device.button()
        } catch (refused: VenuekeyException) {
            refusal.value = refused.code
        }
    }
}
