package io.github.venuekey.web

import java.net.URI
import java.net.URLDecoder
import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException
import java.security.MessageDigest
import java.security.SecureRandom
import java.util.Base64

// What every request passes: whose form it is, and what every answer says to the browser.

private const val MOST_FIELDS = 32
private val COOKIE = Regex("[A-Za-z0-9_-]{43}")
private val QUALITY = Regex("[01](\\.[0-9]{0,3})?")
private val RANDOM = SecureRandom()
private val BASE64: Base64.Encoder = Base64.getUrlEncoder().withoutPadding()

/** The request is answered by this status and the text `page.<name>`. */
internal class Refused(val status: Int, val name: String) : RuntimeException(name)

/** The rules that come from where the app is, which its clients' redirect URIs say and no header does. */
internal class Guard(redirectUris: List<String>, authorizeBases: List<String>) {
    private val hosts = redirectUris.map(::netloc).toSet()
    private val isSecure = redirectUris.any { it.startsWith("https:") }

    /** A cookie of that name is never another subdomain's. */
    val cookie: String = if (isSecure) "__Host-venuekey" else "venuekey"

    val headers: List<Pair<String, String>>

    init {
        val forms = (listOf("'self'") + authorizeBases.flatMap(::sources).distinct()).joinToString(" ")
        headers = listOf(
            "cache-control" to "no-store",
            "content-security-policy" to "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; " +
                "img-src 'self'; form-action $forms; base-uri 'none'; frame-ancestors 'none'",
            "cross-origin-opener-policy" to "same-origin",
            "permissions-policy" to "camera=(), geolocation=(), microphone=(), payment=()",
            "referrer-policy" to "no-referrer",
            "x-content-type-options" to "nosniff",
        )
    }

    /** The browser's own, if it has one. */
    fun secret(request: Request): String? = cookies(request)[cookie]?.takeIf(COOKIE::matches)

    fun setCookie(name: String, value: String, more: String = ""): Pair<String, String> =
        "set-cookie" to "$name=$value; Path=/; HttpOnly; SameSite=Lax$more${if (isSecure) "; Secure" else ""}"

    /** Refuses what another site may have made this browser send. */
    fun checkForm(request: Request, fields: Map<String, String>) {
        val (site, origin) = request.headers["sec-fetch-site"] to request.headers["origin"]
        // Browsers say `null` for forms of pages with our referrer policy: it tells nothing.
        val isForeign = origin != null && origin != "null" && netloc(origin) !in hosts + request.headers["host"].orEmpty().lowercase()
        if (isForeign) throw Refused(403, "forbidden")
        if (site == "same-origin") return
        val given = fields["csrf"].orEmpty().ifEmpty { request.headers["x-csrf-token"].orEmpty() }
        val expected = csrfToken(secret(request), request.owner)
        val isRight = site == null && expected != null && MessageDigest.isEqual(given.toByteArray(), expected.toByteArray())
        if (!isRight) throw Refused(403, "forbidden")
    }
}

internal fun newSecret(): String = BASE64.encodeToString(ByteArray(32).also(RANDOM::nextBytes))

/** Of one browser and one user: a form that was loaded before somebody else logged in is not theirs. */
internal fun csrfToken(secret: String?, owner: String?): String? {
    if (secret == null || owner == null) return null
    val digest = MessageDigest.getInstance("SHA-256").digest("venuekey csrf\u0000$secret\u0000$owner".toByteArray())
    return BASE64.encodeToString(digest)
}

/** The first of each name. */
internal fun cookies(request: Request): Map<String, String> = buildMap {
    for (part in request.headers["cookie"].orEmpty().split(";")) {
        putIfAbsent(part.trim().substringBefore("="), part.trim().substringAfter("=", ""))
    }
}

/** Whether JSON is named before HTML; who takes anything gets the page. */
internal fun prefersJson(request: Request): Boolean {
    val quality = mutableMapOf("application/json" to 0.0, "text/html" to 0.0)
    for (part in request.headers["accept"].orEmpty().split(",")) {
        val words = part.split(";").map { it.trim().lowercase() }
        val before = quality[words.first()] ?: continue
        val given = words.drop(1).firstOrNull { it.startsWith("q=") }?.drop(2) ?: "1"
        quality[words.first()] = maxOf(before, if (QUALITY.matches(given)) given.toDouble() else 0.0)
    }
    return quality.getValue("application/json") > quality.getValue("text/html")
}

/** Whether the browser asks ahead of its user, who may never go there. */
internal fun isPrefetch(request: Request): Boolean =
    listOf("sec-purpose", "purpose").any { request.headers[it].orEmpty().contains("prefetch", ignoreCase = true) }

internal fun isJson(request: Request): Boolean = contentType(request) == "application/json"

private fun contentType(request: Request) = request.headers["content-type"].orEmpty().substringBefore(";").trim().lowercase()

/** A form's or a JSON object's fields. */
internal fun fieldsOf(request: Request): Map<String, String> {
    if (request.body.size > MOST_BODY) throw Refused(413, "too_large")
    if (request.body.isEmpty()) return emptyMap()
    val text = utf8(request.body)
    val fields = when {
        text == null -> null
        isJson(request) -> Json.fields(text, MOST_FIELDS)
        contentType(request) in setOf("", "application/x-www-form-urlencoded") -> formOf(text)
        else -> null
    }
    return fields ?: throw Refused(400, "bad_request")
}

/** Null where a name comes twice, or what is written is no text. */
private fun formOf(text: String): Map<String, String>? {
    val parts = text.split("&").filter(String::isNotEmpty)
    if (parts.size > MOST_FIELDS) return null
    val pairs = parts.map { part -> (decoded(part.substringBefore("=")) ?: return null) to (decoded(part.substringAfter("=", "")) ?: return null) }
    return pairs.toMap().takeIf { it.size == pairs.size }
}

/** A query's fields, the last of each name; what is no text is left as it is. */
internal fun queryOf(query: String): Map<String, String> = query.split("&").filter { "=" in it }.associate { part ->
    val (name, value) = part.substringBefore("=") to part.substringAfter("=")
    (decoded(name) ?: name) to (decoded(value) ?: value)
}

/** Percent signs that stand for no text: null. */
private fun decoded(text: String): String? {
    val bytes = try {
        URLDecoder.decode(text, Charsets.ISO_8859_1).toByteArray(Charsets.ISO_8859_1)
    } catch (_: IllegalArgumentException) {
        return null
    }
    // What was written without percent signs is text already.
    return utf8(bytes) ?: text.takeIf { "%" !in it && "+" !in it }
}

private fun utf8(bytes: ByteArray): String? = try {
    Charsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString()
} catch (_: CharacterCodingException) {
    null
}

/** A host, with its port where that is not the scheme's own. */
private fun netloc(url: String): String {
    val scheme = url.substringBefore("://").lowercase()
    val host = url.substringAfter("://", "").substringBefore("/").substringBefore("?").lowercase()
    return host.removeSuffix(mapOf("https" to ":443", "http" to ":80")[scheme] ?: "")
}

/**
 * Where a form that begins a connection may lead: the consent page, and for an exchange its other hosts too, since it may send the browser
 * on to sign in.
 */
private fun sources(base: String): List<String> {
    val url = URI(base)
    val host = url.host.orEmpty()
    val origin = "${url.scheme}://${url.rawAuthority}"
    val isAddress = host.startsWith("[") || host.matches(Regex("[0-9.]+"))
    if (url.port >= 0 || isAddress || url.scheme != "https") return listOf(origin)
    val bare = host.removePrefix("www.")
    return listOf("https://$bare", "https://*.$bare")
}
