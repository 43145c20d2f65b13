package io.github.venuekey.connections

import io.github.venuekey.ConnectionStatus
import io.github.venuekey.HttpMethod
import io.github.venuekey.ImportedKey
import io.github.venuekey.Script
import io.github.venuekey.Secret
import io.github.venuekey.Send
import io.github.venuekey.VenueResponse
import io.github.venuekey.VenuekeyException
import io.github.venuekey.agent
import io.github.venuekey.bybit
import io.github.venuekey.json
import io.github.venuekey.key
import io.github.venuekey.stores.FileStore
import io.github.venuekey.token
import io.github.venuekey.uid
import java.io.File
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

private val OLD = ImportedKey(Secret("canary-old-key"), Secret("canary-old-secret"), null, "106000001")

fun refusal(): VenueResponse = json(mapOf("retCode" to 10003, "retMsg" to "API key is invalid."))

/** What a venue says against the key of a connection, written down. */
suspend fun Connections.refuseKey(id: String) {
    rows.apply(id, null) { connection, nowMs ->
        val error = assertThrows(VenuekeyException::class.java) { connection.signer()!!.receiveResponse(refusal()) }
        connection.keyRefused(error, nowMs)
    }
}

/** What is said of an old key stands in the way of no new one. */
class OldKeyTest {
    @TempDir
    lateinit var folder: File

    private val store by lazy { FileStore(folder) }

    private fun codeOf(view: ConnectionView) = "/callback?code=canary-code&state=" + view.authorizeUrl!!.expose().substringAfter("state=").substringBefore("&")

    @Test
    fun `a late refusal of the old key leaves the new one as it is`(): Unit = runBlocking {
        val script = Script(::token, ::uid, ::key)
        lateinit var connections: Connections
        val send: Send = { request ->
            when (request.purpose) {
                "signed_request" -> {
                    // The user connects again meanwhile.
                    val id = connections.find("user").single().id
                    connections.receiveCallback(id, codeOf(connections.reconnect(id)).replace("/callback", "/cb"))
                    connections.runOnce()
                    refusal()
                }
                "ask_time" -> json(emptyMap<String, Any>())
                else -> script.answer(request)
            }
        }
        connections = Connections(mapOf("bybit" to bybit()), store, KEYS, send)
        val id = connections.importKey("bybit", OLD, "user").id
        val error = assertThrows(VenuekeyException::class.java) { runBlocking { connections.account(id).call(HttpMethod.GET, "/v5/user/query-api") } }
        val view = connections.status(id)
        assertEquals(3, script.sent.size)
        assertEquals(ConnectionStatus.CONNECTED, view.status, "${error.code}, and then ${view.error}")
        assertNull(view.error)

        // Of the key that it has, the row is told.
        connections.refuseKey(id)
        assertEquals("key_gone", connections.status(id).error?.code)
    }

    @Test
    fun `a choice that waits behind a dead key is not thrown away by another click`(): Unit = runBlocking {
        val accounts = json(mapOf("retCode" to 0, "result" to mapOf("accounts" to listOf(mapOf("sub_member_id" to 200001, "nickname" to "bot-1")))))
        val connections = Connections(mapOf("agent" to agent()), store, KEYS, Script(::token, { accounts }).send)
        val device = DeviceConnection(connections, "agent")
        val id = connections.importKey("agent", OLD, "local").id
        connections.refuseKey(id)
        device.receiveCallback(codeOf(device.connect()))
        connections.runOnce()
        val view = device.view()!!
        assertEquals(id, view.id)
        assertNotNull(view.error)
        assertNotNull(view.choices)
        assertNotNull(device.connect().choices)
    }
}
