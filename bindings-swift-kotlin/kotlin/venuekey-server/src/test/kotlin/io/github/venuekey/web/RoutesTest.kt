package io.github.venuekey.web

import com.google.gson.JsonObject
import com.google.gson.JsonParser
import io.github.venuekey.Client
import io.github.venuekey.ClientConfig
import io.github.venuekey.Goal
import io.github.venuekey.NoResponse
import io.github.venuekey.Secret
import io.github.venuekey.Venue
import io.github.venuekey.VenueEnvironment
import io.github.venuekey.VenuekeyException
import io.github.venuekey.connections.Connections
import io.github.venuekey.connections.KEYS
import io.github.venuekey.stores.SQLiteStore
import io.github.venuekey.stores.Store
import io.github.venuekey.stores.StoreError
import io.github.venuekey.stores.Stored
import java.io.File
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.sqlite.SQLiteDataSource

/** The routes as an app in one page uses them; whole apps with people at browsers are in tests/journeys. */
class RoutesTest {
    @TempDir
    lateinit var folder: File

    private val store: Store by lazy { SQLiteStore(SQLiteDataSource().apply { url = "jdbc:sqlite:$folder/connections.db" }) }

    @AfterEach
    fun close() = store.close()

    private fun client(venue: Venue, redirect: String): Client {
        val environment = if (venue == Venue.WHITEBIT) VenueEnvironment.EU else VenueEnvironment.MAINNET
        return Client.confidential(ClientConfig(venue, environment, "app", redirect), Secret("secret"))
    }

    private val clients = mapOf("bybit" to client(Venue.BYBIT, "https://app.example/x/connections/callback/bybit"))

    private fun routes(options: WebOptions = WebOptions(), of: Store = store, prefix: String = "/connections", clients: Map<String, Client> = this.clients) =
        Routes(Connections(clients, of, KEYS, { throw NoResponse() }), prefix, options)

    private fun Routes.ask(
        method: String,
        path: String,
        owner: String? = "user",
        body: String = "",
        query: String = "",
        vararg headers: Pair<String, String>,
    ): Response = respondBlocking(
        Request(method, path, "/x/connections", query, mapOf("Accept" to "application/json", *headers), body.toByteArray(), owner),
    )

    private val Response.json: JsonObject get() = JsonParser.parseString(String(body)).asJsonObject

    private fun Response.header(name: String) = headers.lastOrNull { it.first == name }?.second

    private fun refused(options: WebOptions = WebOptions(), prefix: String = "/connections", clients: Map<String, Client> = this.clients): String =
        assertThrows(VenuekeyException.Misuse::class.java) { routes(options, prefix = prefix, clients = clients) }.details.hint!!

    @Test
    fun `options are checked when the app starts`() {
        assertTrue("must end with /elsewhere/callback/bybit" in refused(prefix = "/elsewhere"))
        assertTrue("prefix" in refused(prefix = "connections/"))
        assertTrue("button.nothing" in refused(WebOptions(texts = mapOf("button.nothing" to "No"))))
        assertTrue("loginUrl" in refused(WebOptions(loginUrl = "javascript:alert(1)")))
        assertTrue("nowhere" in refused(WebOptions(clients = mapOf("nowhere" to Begins()))))
        val eu = mapOf("eu" to client(Venue.WHITEBIT, "https://app.example/connections/callback/eu"))
        assertTrue("does not offer" in refused(clients = eu))
        routes(WebOptions(clients = mapOf("bybit" to Begins(Goal.ACCOUNT_TOKENS)), texts = mapOf("lang" to "de", "client.bybit" to "Ours")))
    }

    @Test
    fun `an app in one page connects and disconnects`() {
        val routes = routes()
        val home = routes.ask("GET", "/")
        val cookie = home.header("set-cookie")!!
        assertTrue(cookie.startsWith("__Host-venuekey=") && cookie.endsWith("; Path=/; HttpOnly; SameSite=Lax; Secure"), cookie)
        assertEquals("bybit", home.json["clients"].asJsonArray.single().asJsonObject["name"].asString)
        val browser = arrayOf("cookie" to cookie.substringBefore(";"), "content-type" to "application/json", "x-csrf-token" to home.json["csrf"].asString)
        val begun = routes.ask("POST", "/connect/bybit", "user", "{}", "", *browser)
        assertEquals(200, begun.status)
        assertTrue("state=" in begun.json["location"].asString)
        val connection = begun.json["connection"].asJsonObject
        assertFalse(connection.has("owner") || connection.has("authorize_url"))
        assertEquals(setOf("awaiting_user", "awaiting_user visit"), setOf(connection["status"].asString, connection["state"].asString))
        assertEquals(begun.json["location"], routes.ask("POST", "/connect/bybit", "user", "{}", "", *browser).json["location"], "a second click")
        val id = connection["id"].asString
        assertEquals(404, routes.ask("GET", "/status/$id", "somebody").status)
        assertEquals("not_found", routes.ask("GET", "/status/$id", "somebody").json["error"].asJsonObject["code"].asString)
        assertEquals(400, routes.ask("GET", "/callback/bybit/", query = "code=c&state=foreign").status)
        assertEquals(400, routes.ask("GET", "/callback/bybit", "somebody", query = "code=c&state=foreign").status)
        // Whoever is logged in by then has another token.
        assertEquals(403, routes.ask("POST", "/disconnect/$id", "somebody", "{}", "", *browser).status)
        val ended = routes.ask("POST", "/disconnect/$id", "user", """{"delete_key": false}""", "", *browser)
        assertEquals("/x/connections/", ended.json["location"].asString)
        assertEquals("disconnect", ended.json["connection"].asJsonObject["intent"].asString)
    }

    @Test
    fun `another site's form does nothing, and who is not logged in signs in first`() {
        val routes = routes(WebOptions(loginUrl = "/login"))
        val form = arrayOf("content-type" to "application/x-www-form-urlencoded")
        for (from in listOf("sec-fetch-site" to "cross-site", "sec-fetch-site" to "same-site", "origin" to "https://evil.example", "x" to "y")) {
            assertEquals(403, routes.ask("POST", "/connect/bybit", "user", "csrf=guessed", "", *form, from).status, "$from")
        }
        assertEquals(emptyList<Stored>(), store.find("user"))
        assertEquals(200, routes.ask("POST", "/connect/bybit", "user", "", "", *form, "sec-fetch-site" to "same-origin").status)
        assertEquals(401, routes.ask("GET", "/", null).status)
        val page = routes.ask("GET", "/", "", headers = arrayOf("accept" to "text/html"))
        assertEquals(303 to "/login", page.status to page.header("location"))
        assertEquals(401, routes.ask("GET", "/callback/bybit", null, headers = arrayOf("accept" to "text/html")).status)
    }

    @Test
    fun `what is not there, not allowed or not understood`() {
        val routes = routes()
        assertEquals(404, routes.ask("GET", "/nowhere").status)
        assertEquals(405 to "POST", routes.ask("GET", "/connect/bybit").run { status to header("allow") })
        assertEquals(413, routes.ask("POST", "/connect/bybit", body = "x".repeat(MOST_BODY + 1)).status)
        for (body in listOf("[]", "{", "{\"a\": {}}", "{\"a\": 1}", "{\"a\": \"1\", \"a\": \"2\"}", "{} x", "{\"a\": \"\\ud800\"}", "{\"a\": \"\n\"}", "{\"a\":".repeat(3_000))) {
            assertEquals(400, routes.ask("POST", "/connect/bybit", body = body, headers = arrayOf("content-type" to "application/json")).status, body.take(20))
        }
        assertEquals(400, routes.ask("POST", "/connect/bybit", body = "a=1&a=2").status)
        assertEquals(400, routes.ask("POST", "/connect/bybit", body = "a=%ff").status)
        assertEquals(mapOf("a" to "1", "b" to "é\n/\""), Json.fields(" { \"a\" : true, \"b\": \"\\u00e9\\n\\/\\\"\", \"c\": null } ", 9))
        assertNull(Json.fields("{\"a\": true, \"b\": true}", 1))
        assertEquals("""{"a": ["\u003c\u00e9\"", null, 1, true]}""", Json.of(mapOf("a" to listOf("<é\"", null, 1, true))))
        val head = routes.ask("HEAD", "/")
        assertEquals("${head.body.size}", head.header("content-length"))
        val asset = routes.ask("GET", "/assets/page.js")
        assertEquals("no-cache", asset.header("cache-control"))
    }

    @Test
    fun `a refused callback leads to an address without its query, and who only looks there changes nothing`() {
        val routes = routes()
        val html = arrayOf("accept" to "text/html")
        val form = arrayOf("content-type" to "application/x-www-form-urlencoded", "sec-fetch-site" to "same-origin")
        val id = routes.ask("POST", "/connect/bybit", "user", "", "", *form).json["connection"].asJsonObject["id"].asString
        for ((client, name) in listOf("bybit" to "not_accepted", "bybit/" to "not_accepted", "nobody" to "not_found")) {
            val away = routes.ask("GET", "/callback/$client", query = "code=c&state=foreign", headers = html)
            assertEquals(303 to "/x/connections/refused/$name", away.status to away.header("location"))
            assertEquals("no-store" to "no-referrer", away.header("cache-control") to away.header("referrer-policy"))
        }
        assertEquals(400, routes.ask("GET", "/refused/not_accepted", query = "error=Call", headers = html).status)
        for (name in listOf("", "not_found", "busy", "not_accepted/x")) assertEquals(404, routes.ask("GET", "/refused/$name", headers = html).status, name)
        val declined = "error=access_denied&state=foreign"
        val head = routes.ask("HEAD", "/callback/bybit", query = declined, headers = html)
        assertEquals(Triple(200, null, 0), Triple(head.status, head.header("location"), head.body.size))
        assertEquals(403, routes.ask("GET", "/callback/bybit", query = declined, headers = arrayOf("Sec-Purpose" to "prefetch")).status)
        val stopped = routes.ask("POST", "/cancel/$id", "user", "", "", *form).json
        assertEquals("/x/connections/" to "disconnect", stopped["location"].asString to stopped["connection"].asJsonObject["intent"].asString)
    }

    @Test
    fun `a mount is never another host`() {
        val answer = routes().respondBlocking(Request("GET", "/callback/bybit", "//evil.example/x", "code=c", mapOf("Accept" to "text/html"), ByteArray(0), "user"))
        assertEquals("/evil.example/x/refused/not_accepted", answer.header("location"))
    }

    @Test
    fun `a store that is away is told to the browser`() {
        val away = object : Store by store {
            override fun find(owner: String): List<Stored> = throw StoreError("find", "org.example.Down")
        }
        val answer = routes(of = away).ask("GET", "/")
        assertEquals(503 to "3", answer.status to answer.header("retry-after"))
        assertEquals("busy", answer.json["error"].asJsonObject["code"].asString)
    }
}
