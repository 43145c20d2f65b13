package io.github.venuekey

import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** The artefact for programs in the user's own hands. */
class PublicTest {
    @Test
    fun `no call takes a client's secret, in the classes and in the library`() {
        val classes = File(Client::class.java.protectionDomain.codeSource.location.toURI())
        val files = classes.walk().filter { it.extension in setOf("class", "so") }.toList()
        assertTrue(files.size > 200 && files.any { it.extension == "so" }, "${files.size} files")
        val words = Regex("client_?secret|confidential|(accept|by)_?hand_?off", RegexOption.IGNORE_CASE)
        for (file in files.filter { it.extension == "class" }) {
            assertEquals(null, words.find(file.readText(Charsets.ISO_8859_1))?.value, file.name)
        }
        // The core in there knows confidential clients; what can be called is what uniffi has exported.
        val exported = Regex("uniffi_venuekey_ffi_fn_[a-z_]+")
        val names = exported.findAll(files.single { it.extension == "so" }.readText(Charsets.ISO_8859_1)).map { it.value }.toSet()
        assertTrue(names.size > 100, "${names.size} names")
        assertEquals(emptyList<String>(), names.filter(words::containsMatchIn))
    }

    @Test
    fun `an app without the secret ends WhiteBIT's key flow at a hand-off, and gets no tokens`() {
        val client = Client(ClientConfig(Venue.WHITEBIT, VenueEnvironment.GLOBAL, "demo", "https://partner.example/callback"))
        assertEquals(listOf(FlowOperation.API_KEY), FlowOperation.entries.filter(client::supports))
        val started = client.begin(Goal.API_KEY)
        val state = started.authorizeUrl.expose().substringAfter("state=").substringBefore("&")
        val store = MemoryStore().also { it.save(started.pending.snapshot()) }
        val step = started.pending.receiveCallback("/callback?code=c&state=$state")
        val done = driveBlocking(step, { error("it sends nothing") }, store::save)
        assertInstanceOf(Outcome.HandOff::class.java, done.outcome)
        assertEquals("not_supported", assertThrows(VenuekeyException.Misuse::class.java) { client.begin(Goal.ACCOUNT_TOKENS) }.code)
    }

    @Test
    fun `Bybit's public client has the redirects that Bybit knows, and no App Link`() {
        fun client(redirectUri: String) = Client(ClientConfig(Venue.BYBIT, VenueEnvironment.MAINNET, "ai-agent", redirectUri))
        assertTrue(client("http://127.0.0.1:9876/callback").supports(FlowOperation.API_KEY))
        assertTrue(client("https://www.bybit.com/oauth/callback").supports(FlowOperation.API_KEY), "with a pasted code")
        val refused = assertThrows(VenuekeyException.Misuse::class.java) { client("https://partner.example/callback/bybit") }
        assertEquals("redirect_not_supported", refused.code)
    }
}
