package io.github.venuekey.web

import io.github.venuekey.Client
import io.github.venuekey.ClientConfig
import io.github.venuekey.SealingKey
import io.github.venuekey.SealingKeys
import io.github.venuekey.Secret
import io.github.venuekey.Venue
import io.github.venuekey.VenueEnvironment
import io.github.venuekey.connections.Connections
import io.github.venuekey.stores.SQLiteStore
import io.ktor.server.engine.embeddedServer
import io.ktor.server.netty.Netty
import io.ktor.server.routing.route
import io.ktor.server.routing.routing
import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.sqlite.SQLiteDataSource

/** Where an app may mount the routes. */
class KtorTest {
    @TempDir
    lateinit var folder: File

    /** What is answered below the place. */
    private fun answers(parent: String, prefix: String, mount: String, store: SQLiteStore): Map<String, Pair<Int, String>> {
        val redirect = "http://127.0.0.1:8000$parent$prefix/callback/bybit"
        val client = Client.confidential(ClientConfig(Venue.BYBIT, VenueEnvironment.MAINNET, "demo", redirect), Secret("canary"))
        val connections = Connections(mapOf("bybit" to client), store, SealingKeys(listOf(SealingKey("one", ByteArray(32) { 7 }))))
        val server = embeddedServer(Netty, port = 0, host = "127.0.0.1") {
            routing {
                if (parent.isEmpty()) connections(connections, prefix) { "user" } else route(parent) { connections(connections, prefix) { "user" } }
            }
        }
        server.start()
        try {
            val port = runBlocking { server.engine.resolvedConnectors().single().port }
            val http = HttpClient.newHttpClient()
            return listOf("/", "/callback/bybit?code=c&state=s", "/callback/a%2Fb/?code=c").associateWith { below ->
                val reply = http.send(HttpRequest.newBuilder(URI("http://127.0.0.1:$port$mount$below")).build(), HttpResponse.BodyHandlers.ofString())
                reply.statusCode() to reply.body()
            }
        } finally {
            server.stop(0, 0)
        }
    }

    @Test
    fun `the routes are where they are mounted, whatever stands before them`() {
        SQLiteStore(SQLiteDataSource().apply { url = "jdbc:sqlite:$folder/connections.db" }).use { store ->
            val places = listOf("" to "/connections", "" to "", "/app" to "", "/app" to "/connections", "/connections/v2" to "/connections", "/connections/v2" to "")
            for ((parent, prefix) in places) {
                val mount = parent + prefix
                val answers = answers(parent, prefix, mount, store)
                assertEquals(listOf(200, 303, 303), answers.values.map { it.first }, "\"$parent\" and \"$prefix\"")
                assertTrue("\"$mount/connect/bybit\"" in answers.getValue("/").second, answers.getValue("/").second)
            }
        }
    }
}
