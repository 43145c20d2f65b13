package io.github.venuekey.web

import com.google.gson.JsonElement
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import io.github.venuekey.support.ROOT
import java.util.stream.Stream
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.Arguments
import org.junit.jupiter.params.provider.Arguments.arguments
import org.junit.jupiter.params.provider.MethodSource

/** Pages are the same bytes as Python's and JavaScript's: tests/web/pages.json, replayed. */
class PagesTest {
    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    fun `a page`(name: String, case: JsonObject) {
        val html = html(case)
        assertEquals(case["html"].asJsonArray.joinToString("\n") { it.asString }, html)
        assertFalse("never-shown" in html, "what `authorizeUrl` carries")
    }

    private fun html(case: JsonObject): String {
        val mount = case.text("mount") ?: "/connections"
        val clients = GIVEN["clients"].asJsonObject.entrySet().associate { (name, given) ->
            val of = given.asJsonObject
            val supports = of["supports"].asJsonArray.map { it.asString }
            name to ClientWords(of.text("venue")!!, of.text("environment")!!, of["takes_pasted_code"].asBoolean, "delete_key" in supports)
        }
        val texts = TEXTS + case["texts"]?.asJsonObject?.entrySet()?.associate { (key, text) -> key to text.asString }.orEmpty()
        val layout: ((String, String) -> String)? = if (case.flag("layout")) { title, body -> "[$title]\n$body" } else null
        val page = Page(
            mount, "csrf-token", "$mount/assets/style.css?v=1", "$mount/assets/page.js?v=2&more", Words(texts, clients), clients,
            case.flag("popup"), layout,
        )
        val views = case["views"]?.asJsonArray?.map { view(it.asJsonObject) }.orEmpty()
        return when (case.text("do")) {
            "connections" -> page.connections(views, case["offered"].asJsonArray.map { it.asString })
            "connection" -> page.connection(views.first(), closes = case.flag("closes"))
            else -> case["message"].asJsonArray.map { it.asString }.let { page.message(it[0], it.text(1), it.text(2), it.text(3)) }
        }
    }

    private fun List<String>.text(at: Int) = getOrNull(at).orEmpty()

    private fun view(given: JsonObject): ViewWords = given.run {
        val choices = at("choices")?.asJsonObject
        ViewWords(
            text("id")!!, text("client")!!, text("label"), text("environment"), text("status")!!, hasConsent = text("authorize_url") != null,
            accounts = choices?.getAsJsonArray("subaccounts")?.map { it.asJsonObject.text("id")!! to it.asJsonObject.text("nickname") },
            mayCreate = choices?.flag("may_create") ?: false, creationInDoubt = choices?.flag("creation_in_doubt") ?: false,
            attempt = at("attempt")?.asJsonObject?.text("status"),
            error = at("error")?.asJsonObject?.let { Wrong(it.text("code")!!, it.text("kind")!!) }, recovery = text("recovery"),
            replacesKey = flag("replaces_key"), wait = at("wait")?.asJsonObject?.text("reason"), uid = text("uid"), keyId = text("key_id"),
            keyLeft = text("key_left"), intent = text("intent"), noWorker = flag("no_worker"),
        )
    }

    private fun JsonObject.at(name: String): JsonElement? = get(name)?.takeUnless(JsonElement::isJsonNull)

    private fun JsonObject.text(name: String): String? = at(name)?.asString

    private fun JsonObject.flag(name: String): Boolean = at(name)?.asBoolean ?: false

    companion object {
        private val GIVEN = JsonParser.parseString(ROOT.resolve("tests/web/pages.json").readText()).asJsonObject

        @JvmStatic
        fun cases(): Stream<Arguments> {
            val cases = GIVEN["cases"].asJsonArray.map { it.asJsonObject }
            assertTrue(cases.size > 50)
            return cases.map { arguments(it["name"].asString, it) }.stream()
        }
    }
}
