package io.github.venuekey.web

import java.security.MessageDigest

private const val FOREVER = "public, max-age=31536000, immutable"

/** The style sheet and the script, each with an address that changes with its bytes. */
internal class Assets(options: WebOptions) {
    private class Asset(val type: String, val body: ByteArray) {
        val version = MessageDigest.getInstance("SHA-256").digest(body).joinToString("") { "%02x".format(it) }.take(16)
    }

    private val assets = mapOf(
        "style.css" to Asset("text/css; charset=utf-8", ((if (options.replaceStylesheet) "" else file("style.css")) + options.stylesheet).toByteArray()),
        "page.js" to Asset("text/javascript; charset=utf-8", file("page.js").toByteArray()),
    )

    fun url(mount: String, name: String): String = "$mount/assets/$name?v=${assets.getValue(name).version}"

    operator fun contains(name: String): Boolean = name in assets

    fun response(request: Request, name: String): Response {
        val asset = assets.getValue(name)
        // Another version's address gets this one's bytes, and no one keeps them under it.
        val kept = if (request.query == "v=${asset.version}") FOREVER else "no-cache"
        val headers = listOf("content-type" to asset.type, "cache-control" to kept, "x-content-type-options" to "nosniff")
        return Response(200, headers, asset.body)
    }

    private fun file(name: String): String =
        checkNotNull(Assets::class.java.getResourceAsStream(name)) { "$name is not in the jar" }.use { String(it.readAllBytes()) }
}
