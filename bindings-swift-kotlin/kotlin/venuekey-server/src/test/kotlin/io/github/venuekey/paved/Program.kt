package io.github.venuekey.paved

import com.google.gson.GsonBuilder
import com.google.gson.JsonElement
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import com.sun.net.httpserver.HttpServer
import io.github.venuekey.*
import io.github.venuekey.connections.Connections
import io.github.venuekey.connections.ConnectionsBlocking
import io.github.venuekey.connections.beginByHandOff
import io.github.venuekey.connections.ConnectionView
import io.github.venuekey.connections.Event
import io.github.venuekey.senders.javaHttpSender
import io.github.venuekey.stores.PostgresStore
import io.github.venuekey.stores.SQLiteStore
import io.github.venuekey.stores.Store
import io.github.venuekey.support.jdbcUrl
import java.net.InetSocketAddress
import java.security.MessageDigest
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import javax.net.ssl.SSLContext
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.postgresql.ds.PGSimpleDataSource
import org.sqlite.SQLiteDataSource

// The program under test, in Kotlin; tests/journeys/paved/program.py has the protocol. Its worker's shapes are run, once, working (beside
// the main thread) and task (a coroutine), and it ends by kill, SIGTERM, SIGINT, stop, exit, leave (the main thread goes on) and cancel.

private val ENV: Map<String, String> = System.getenv().also { SSLContext.setDefault(Unencrypted) }
private val SANDBOX = ENV.getValue("PAVED_SANDBOX")
private val SHAPE = ENV["PAVED_WORK"]
private val clock = ENV["PAVED_CLOCK"]?.let { Clock(it, SANDBOX) }
private val end = End(SHAPE != null, clock, ENV["PAVED_END"], ENV["PAVED_AT"]?.toInt() ?: 0)

private fun openStore(): Store {
    val where = ENV.getValue("PAVED_STORE")
    val isServer = where.startsWith("postgresql:")
    return if (isServer) PostgresStore(PGSimpleDataSource().apply { setURL(jdbcUrl(where)) }) else SQLiteStore(SQLiteDataSource().apply { url = "jdbc:sqlite:$where" })
}

private fun client(name: String): Client {
    val isWhitebit = name == "whitebit"
    val (venue, environment) = if (isWhitebit) Venue.WHITEBIT to VenueEnvironment.GLOBAL else Venue.BYBIT to VenueEnvironment.MAINNET
    val base = "$SANDBOX/${venue.name.lowercase()}/${environment.name.lowercase()}"
    if (name == "agent") return Client(ClientConfig(venue, environment, "ai-agent", "http://127.0.0.1:9876/callback", base, base))
    val config = ClientConfig(venue, environment, "demo-$name", "${ENV.getValue("PAVED_HOME")}/callback/$name", base, base)
    return Client.confidential(config, Secret("demo-$name-secret"))
}

private val keys = SealingKeys(
    ENV.getValue("PAVED_KEYS").split(",").map { it.split(":") }.map { (id, key) ->
        SealingKey(id, key.chunked(2).map { it.toInt(16).toByte() }.toByteArray())
    },
)
private val store = CountedStore(openStore(), clock, end)
private val sender = javaHttpSender()
private val send: Send = { request -> end.steps("send ${request.purpose}") { sender(request) } }
private val heard: suspend (Event) -> Unit = { event ->
    end.steps("deliver") { say("event ${word(event.kind)} ${event.code ?: "-"} ${event.owner}") }
}
private val clients = listOf("whitebit", "bybit", "agent").associateWith(::client)
private val connections = ConnectionsBlocking(
    if (clock == null) Connections(clients, store, keys, send, heard)
    else Connections(clients, store, keys, send, heard, clock = clock::nowMs, sleep = clock::sleep),
)

private fun word(value: Enum<*>?): String? = value?.name?.lowercase()

// The commands

private fun told(view: ConnectionView): Map<String, Any?> = view.run {
    mapOf(
        "id" to id, "owner" to owner, "client" to client, "status" to word(status), "authorize_url" to authorizeUrl?.expose(),
        "recovery" to word(recovery), "replaces_key" to replacesKey, "key_left" to keyLeft, "intent" to word(intent), "no_worker" to noWorker,
        "due_at_ms" to dueAtMs, "code" to error?.code, "kind" to word(error?.kind), "choices" to choices?.subaccounts?.map { it.id },
        "trail" to trail.map { it.what },
    )
}

private fun JsonObject.text(name: String): String? = get(name)?.takeUnless(JsonElement::isJsonNull)?.asString

private inline fun <reified E : Enum<E>> JsonObject.value(name: String): E? = text(name)?.let { enumValueOf<E>(it.uppercase()) }

private fun consent(order: JsonObject): BeginOptions =
    BeginOptions(order.text("callback_timeout_s")?.toLong(), order.value<LostSecretPolicy>("on_secret_lost"), expectedUid = order.text("expected_uid"))

private fun answer(order: JsonObject): Map<String, Any?> {
    val id = order.text("id").orEmpty()
    val owner = order.text("owner")
    fun shown(whoever: () -> ConnectionView, of: (String) -> ConnectionView) = mapOf("view" to told(if (owner == null) whoever() else of(owner)))
    fun account() = if (owner == null) connections.account(id) else connections.account(id, owner)
    return when (val name = order.text("do")) {
        "call" -> {
            val parameters = order["parameters"]?.takeUnless(JsonElement::isJsonNull)?.toString() ?: "{}"
            val reply = account().call(enumValueOf(order.text("method")!!), order.text("path")!!, parameters)
            mapOf("value" to JsonParser.parseString(reply.payload))
        }
        "tokens" -> {
            val access = order.text("refused")?.let { account().tokenRefused(it.toLong()) } ?: account().tokens()
            val digest = MessageDigest.getInstance("SHA-256").digest(access.tokens.accessToken.expose().toByteArray())
            mapOf("value" to mapOf("generation" to access.generation, "sha256" to digest.joinToString("") { "%02x".format(it) }))
        }
        "check" -> mapOf("view" to told(account().check()))
        "run_once" -> mapOf("value" to connections.runOnce())
        "reseal" -> mapOf("value" to connections.reseal())
        "find" -> mapOf("views" to connections.find(owner!!).map(::told))
        "forget" -> mapOf("views" to connections.forget(owner!!).map(::told))
        "begin" -> mapOf(
            "view" to told(
                connections.begin(order.text("client")!!, owner!!, order.value<Goal>("goal")!!, order.text("label"), order.value<KeepAlive>("keep_alive"), consent(order)),
            ),
        )
        "begin_by_hand_off" -> {
            val taken = connections.beginByHandOff(order.text("client")!!, order.text("hand_off")!!, owner!!)
            mapOf("view" to told(taken.view) + ("is_new" to taken.isNew))
        }
        "status" -> shown({ connections.status(id) }) { connections.status(id, it) }
        "release" -> mapOf("view" to told(connections.release(id)))
        "receive_callback" -> order.text("url")!!.let { url -> shown({ connections.receiveCallback(id, url) }) { connections.receiveCallback(id, url, it) } }
        "receive_client_callback" ->
            mapOf("view" to told(connections.receiveClientCallback(order.text("client")!!, order.text("url")!!, owner!!)))
        "receive_pasted_code" -> order.text("pasted")!!.let { code -> shown({ connections.receivePastedCode(id, code) }) { connections.receivePastedCode(id, code, it) } }
        "choose" -> order.text("account_id")!!.let { chosen -> shown({ connections.choose(id, chosen) }) { connections.choose(id, chosen, it) } }
        "recover" -> shown({ connections.recover(id) }) { connections.recover(id, it) }
        "reconnect" -> shown({ connections.reconnect(id, consent = consent(order)) }) { connections.reconnect(id, it, consent(order)) }
        "cancel_attempt" -> shown({ connections.cancelAttempt(id) }) { connections.cancelAttempt(id, it) }
        "disconnect" -> {
            val deletes = order.text("delete_key").toBoolean()
            shown({ connections.disconnect(id, deleteKey = deletes) }) { connections.disconnect(id, it, deletes) }
        }
        else -> error("no such command: $name")
    }
}

private fun refusal(error: Throwable): Map<String, Any?> {
    val own = error as? VenuekeyException
    val type = error.javaClass.simpleName + if (own == null) "" else "Error"
    return mapOf("error" to mapOf("type" to type, "kind" to word(own?.kind), "code" to own?.code))
}

private val JSON = GsonBuilder().serializeNulls().create()

private fun serve(port: Int): HttpServer = HttpServer.create(InetSocketAddress("127.0.0.1", port), 0).apply {
    executor = Executors.newCachedThreadPool { Thread(it).apply { isDaemon = true } }
    createContext("/") { exchange ->
        val body = try {
            answer(JsonParser.parseString(String(exchange.requestBody.readAllBytes())).asJsonObject)
        } catch (error: Throwable) {
            refusal(error)
        }
        val bytes = JSON.toJson(body).toByteArray()
        exchange.sendResponseHeaders(200, bytes.size.toLong())
        exchange.responseBody.use { it.write(bytes) }
    }
    start()
}

// The worker, in each of its shapes

private fun work() {
    end.ways["stop"] = connections::stop
    when (SHAPE) {
        "run" -> connections.runUntilSignal()
        "once" -> connections.runOnce()
        "working" -> {
            val over = CountDownLatch(1)
            end.ways["leave"] = over::countDown
            connections.working().use { over.await() }
        }
        "task" -> runBlocking(Dispatchers.Default) {
            val running = launch { connections.connections.run() }
            end.ways["cancel"] = { running.cancel() }
            running.join()
        }
        else -> Thread.currentThread().join()
    }
}

fun main() {
    // One line each, where the tests look.
    System.setProperty("java.util.logging.SimpleFormatter.format", "%4\$s %3\$s %5\$s%n")
    System.setErr(System.out)
    val server = ENV["PAVED_PORT"]?.let { serve(it.toInt()) }
    say("ready")
    work()
    server?.stop(0)
    store.close()
    say("ended")
}
