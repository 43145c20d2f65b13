package io.github.venuekey.example

import io.github.venuekey.connections.Connections
import io.github.venuekey.senders.okHttpSender
import io.github.venuekey.stores.AppSecrets
import io.github.venuekey.stores.FileStore
import io.github.venuekey.stores.KeyVault
import io.github.venuekey.stores.KeystoreVault
import io.github.venuekey.stores.Row
import io.github.venuekey.stores.Store
import io.github.venuekey.stores.Stored
import io.github.venuekey.support.Sandbox
import io.github.venuekey.support.SoftwareKeystore
import java.io.File
import java.security.Security

/** The system ends the process. */
class Killed : Error()

/** When it does: before or after what is written for the numbered time. Nothing can be written afterwards. */
class Death(private val place: Int, private val isBefore: Boolean) {
    private var writes = 0

    @Volatile
    var isOver = false
        private set

    @Synchronized
    fun <T> writing(write: () -> T): T {
        alive()
        val isIt = ++writes == place
        if (isIt && isBefore) die()
        return write().also { if (isIt) die() }
    }

    fun alive() {
        if (isOver) throw Killed()
    }

    private fun die(): Nothing {
        isOver = true
        throw Killed()
    }

    override fun toString(): String = "killed ${if (isBefore) "before" else "after"} write $place"

    companion object {
        /** Each of them, until the process lives to see its end. */
        suspend fun everywhere(life: suspend (Death) -> Unit): Int {
            var died = 0
            for (isBefore in listOf(true, false)) {
                for (place in 1..100) {
                    val death = Death(place, isBefore)
                    life(death)
                    if (!death.isOver) break
                    died++
                }
            }
            return died
        }
    }
}

class MortalStore(private val store: Store, private val death: Death) : Store by store {
    override fun save(row: Row): Boolean = death.writing { store.save(row) }

    override fun load(id: String): Stored? = store.load(id).also { death.alive() }

    override fun due(nowMs: Long, limit: Int): List<Stored> = store.due(nowMs, limit).also { death.alive() }

    override fun find(owner: String): List<Stored> = store.find(owner).also { death.alive() }
}

class MortalSecrets(private val secrets: AppSecrets, private val death: Death) : AppSecrets by secrets {
    override fun save(name: String, text: String?) = death.writing { secrets.save(name, text) }
}

/** The device's own connections, in a process that may end at one of its saves. */
fun mortal(folder: File, death: Death, sandbox: Sandbox, redirectUri: String, clock: (() -> Long)? = null): Connections {
    val store = FileStore(folder)
    return Connections(
        deviceClients(redirectUri, sandbox::base), MortalStore(store, death), store.sealingKeys(VAULT), send = okHttpSender(), clock = clock,
    )
}

/** The device's, by a key of its Keystore, which outlives every process. */
val VAULT: KeyVault by lazy {
    Security.addProvider(SoftwareKeystore())
    KeystoreVault()
}
