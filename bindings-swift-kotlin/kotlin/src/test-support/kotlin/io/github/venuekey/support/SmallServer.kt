package io.github.venuekey.support

import java.io.File
import java.net.URI
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue

/** What a program shown to users connects: both exchanges, from the click to a key that works; then it ends politely. */
object SmallServer {
    fun connectsBoth(folder: File, connected: String, start: (sandbox: Sandbox, port: Int) -> Program, then: (Browser) -> Unit = {}): Unit = onFreePort { port ->
        val home = "http://127.0.0.1:$port"
        val redirects = listOf("whitebit", "bybit").map { "--redirect-uri=$it=$home/callback/$it" }.toTypedArray()
        Sandbox(*redirects, "--whitebit-key-delay-ms=0").use { sandbox ->
            start(sandbox, port).use { program ->
                program.serves(Regex("worker .*: begins"))?.let {
                    val browser = Browser(home)
                    for (venue in listOf("bybit", "whitebit")) {
                        browser.connect(sandbox, venue)
                        browser.waitFor("/", "$venue: $connected") { program.isRunning }
                    }
                    then(browser)
                    program.terminate()
                    assertEquals(0, program.ended(), program.lines.toString())
                    assertTrue(program.lines.any { "has ended" in it }, program.lines.toString())
                    val secrets = listOf("whitebit" to "global", "bybit" to "mainnet").flatMap { (venue, world) ->
                        sandbox.state().getAsJsonObject(venue).getAsJsonObject(world).getAsJsonArray("keys").map { key ->
                            key.asJsonObject.run { (get("secret") ?: get("api_secret")).asString }
                        }
                    }
                    assertEquals(2, secrets.size)
                    val stored = folder.listFiles().orEmpty().joinToString("") { it.readText(Charsets.ISO_8859_1) }
                    for (secret in secrets) assertFalse(secret in stored || secret in program.lines.toString(), "a key's secret is in the open")
                    assertEquals(emptyList<String>(), sandbox.violations())
                }
            }
        }
    }

    /** The address of a sandbox, by its port. */
    fun portOf(sandbox: Sandbox): Int = URI(sandbox.url).port
}
