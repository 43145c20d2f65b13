package io.github.venuekey.web

import io.github.venuekey.Client
import io.github.venuekey.ClientConfig
import io.github.venuekey.ConnectionStatus
import io.github.venuekey.HttpMethod
import io.github.venuekey.SealingKey
import io.github.venuekey.SealingKeys
import io.github.venuekey.Secret
import io.github.venuekey.Venue
import io.github.venuekey.VenueEnvironment
import io.github.venuekey.connections.Connections
import io.github.venuekey.stores.SQLiteStore
import java.util.HexFormat
import org.sqlite.SQLiteDataSource

// What the programs of tests/journeys/mounted.py have in common, whatever serves them.

private val ENV = System.getenv()

private fun client(venue: Venue, environment: VenueEnvironment): Client {
    val name = venue.name.lowercase()
    val sandbox = "${ENV["SANDBOX"]}/$name/${environment.name.lowercase()}"
    val config = ClientConfig(venue, environment, "demo-$name", "${ENV["HOME_URL"]}/connections/callback/$name", sandbox, sandbox)
    return Client.confidential(config, Secret(ENV.getValue("${venue.name}_SECRET")))
}

val app: Connections by lazy {
    Connections(
        mapOf("whitebit" to client(Venue.WHITEBIT, VenueEnvironment.GLOBAL), "bybit" to client(Venue.BYBIT, VenueEnvironment.MAINNET)),
        SQLiteStore(SQLiteDataSource().apply { url = "jdbc:sqlite:${ENV["DATABASE"]}" }),
        SealingKeys(listOf(SealingKey("2026-11", HexFormat.of().parseHex(ENV.getValue("SEALING_KEY"))))),
    )
}

val OPTIONS = WebOptions(loginUrl = "/login")

/** What the exchange says to a request that is signed with the user's key; null where nothing is connected. */
suspend fun balanceOf(owner: String, client: String): String? {
    val view = app.find(owner).firstOrNull { it.client == client && it.status == ConnectionStatus.CONNECTED } ?: return null
    val account = app.account(view.id, owner)
    val isWhitebit = client == "whitebit"
    return if (isWhitebit) account.call(HttpMethod.POST, "/api/v4/trade-account/balance").payload else account.call(HttpMethod.GET, "/v5/user/query-api").payload
}
