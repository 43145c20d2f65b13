package io.github.venuekey

import java.io.File

internal const val SIGNATURES = 5_000

/** Signs as often as it is told and reads what a sender reads. The README's figure is its output. */
fun main(arguments: Array<String>) {
    val signer = Signer(SignerOptions(Venue.WHITEBIT, VenueEnvironment.GLOBAL), Secret("key"), Secret("secret"))
    repeat(arguments.single().toInt()) {
        signer.sign(HttpMethod.POST, "/api/v4/order/new", """{"market":"BTC_USDT","amount":"1"}""", NOW + it).use { request ->
            check(request.replay == Replay.NEVER && request.method == HttpMethod.POST && request.timeoutHintMs > 0)
            check(request.url.isNotEmpty() && request.body!!.isNotEmpty())
            for (header in request.headers) header.value.use { secret -> check(secret.expose().isNotEmpty()) }
        }
    }
    val peakKb = File("/proc/self/status").useLines { lines -> lines.first { it.startsWith("VmHWM") }.filter(Char::isDigit).toInt() }
    println("peak ${peakKb / 1024} MB")
}
