package io.github.venuekey

/** Objects, records, errors, texts and callbacks of the cleaner: what crosses to the compiled half, in each direction. */
fun main() {
    val client = Client(ClientConfig(Venue.WHITEBIT, VenueEnvironment.GLOBAL, "demo", "https://partner.example/callback"))
    val started = client.begin(Goal.API_KEY)
    val store = MemoryStore().also { it.save(started.pending.snapshot()) }
    println(if (started.pending.status is FlowStatus.AwaitingCallback) "awaiting" else "?")
    val state = started.authorizeUrl.expose().substringAfter("state=").substringBefore("&")
    val done = driveBlocking(started.pending.receiveCallback("/callback?code=c&state=$state"), { error("it sends nothing") }, store::save)
    println("connected: ${if (done.outcome is Outcome.HandOff) "HandOff" else "?"}")
    try {
        VenueResponse(-1, ByteArray(0))
    } catch (error: VenuekeyException) {
        println(error.code)
    }
}
