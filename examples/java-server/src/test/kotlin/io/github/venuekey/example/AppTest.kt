package io.github.venuekey.example

import io.github.venuekey.support.PostgresServer
import io.github.venuekey.support.Program
import io.github.venuekey.support.ROOT
import io.github.venuekey.support.SmallServer
import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** The program as its README shows it. */
class AppTest {
    private fun connects(folder: File, database: String) {
        SmallServer.connectsBoth(folder, "connected", start = { sandbox, port ->
            val environ = mapOf(
                "HOME_URL" to "http://127.0.0.1:$port", "SANDBOX" to sandbox.url, "DATABASE_URL" to database, "SEALING_KEY" to "07".repeat(32),
                "WHITEBIT_SECRET" to "demo-whitebit-secret", "BYBIT_SECRET" to "demo-bybit-secret",
            )
            Program.java("io.github.venuekey.example.App", environ = environ, folder = folder)
        }) { browser ->
            for (venue in listOf("whitebit", "bybit")) {
                val shown = browser.get("/account/$venue")
                assertEquals(200 to '{', shown.statusCode() to shown.body().first())
            }
            assertEquals(400, browser.get("/account/nowhere").statusCode())
            // Of two users' browsers, the other's callback: it leaves no code in the address.
            val state = browser.get("/connect/bybit").headers().firstValue("location").orElseThrow().substringAfter("state=").substringBefore("&")
            val refused = browser.get("/callback/bybit?code=c&state=foreign")
            assertEquals(303 to "/", refused.statusCode() to refused.headers().firstValue("location").orElse(""))
            assertEquals(303, browser.ask("HEAD", "/callback/bybit?error=access_denied&state=$state").statusCode())
            assertTrue("bybit: awaiting_user" in browser.get("/").body())
        }
    }

    @Test
    fun `it connects both exchanges with SQLite`(@TempDir folder: File) = connects(folder, "jdbc:sqlite:connections.db")

    @Test
    fun `it connects both exchanges with PostgreSQL`(@TempDir folder: File) {
        assumeTrue(PostgresServer.isThere, "VENUEKEY_PYTHON is not set")
        connects(folder, PostgresServer.createDatabase())
    }

    @Test
    fun `it is short`() {
        val lines = ROOT.resolve("examples/java-server/src/main/java/io/github/venuekey/example/App.java").readLines().map(String::trim)
        assertTrue(lines.count { it.isNotEmpty() && !it.startsWith("//") && !it.startsWith("/*") } < 80)
    }
}
