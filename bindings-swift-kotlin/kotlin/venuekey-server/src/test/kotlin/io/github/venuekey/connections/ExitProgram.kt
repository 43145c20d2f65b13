package io.github.venuekey.connections

import io.github.venuekey.stores.FileStore
import io.github.venuekey.whitebit
import java.io.File
import kotlin.system.exitProcess
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

/** Ends on the one thread that its worker's caller has. */
fun main(arguments: Array<String>): Unit = runBlocking {
    val store = FileStore(File(arguments.single()))
    launch { Connections(mapOf("whitebit" to whitebit()), store, KEYS).run() }
    while (store.lastSeen() == null) delay(10)
    exitProcess(3)
}
