package io.github.venuekey.support

import java.net.CookieManager
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse

/** A user's browser at a server of ours: it keeps cookies, and goes where it is sent only when it is told. */
class Browser(private val home: String) {
    private val http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).cookieHandler(CookieManager()).build()

    fun get(path: String): HttpResponse<String> = ask("GET", path)

    fun ask(method: String, path: String): HttpResponse<String> {
        val request = HttpRequest.newBuilder(URI("$home/").resolve(path)).method(method, HttpRequest.BodyPublishers.noBody()).build()
        return http.send(request, HttpResponse.BodyHandlers.ofString())
    }

    /** Clicks on "Connect", agrees at the exchange, and comes back. */
    fun connect(sandbox: Sandbox, venue: String) {
        val consent = get("/connect/$venue").headers().firstValue("location").orElseThrow()
        val callback = get(sandbox.approve(consent))
        check(callback.statusCode() == 303) { "${callback.statusCode()}: ${callback.body()}" }
    }

    /** Looks at a page until it has this in it. */
    fun waitFor(path: String, text: String, isAlive: () -> Boolean) {
        while (text !in get(path).body()) {
            check(isAlive()) { "it has ended: $text did not come" }
            Thread.sleep(20)
        }
    }
}
