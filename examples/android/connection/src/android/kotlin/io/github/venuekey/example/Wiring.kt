package io.github.venuekey.example

import android.content.Context
import io.github.venuekey.connections.BackendConnection
import io.github.venuekey.connections.Connections
import io.github.venuekey.stores.FileSecrets
import io.github.venuekey.stores.FileStore
import io.github.venuekey.stores.KeystoreVault
import java.io.File

/** The models on Android's storage. Made off the main thread: it waits for the disk, and the Keystore for its chip. */
class Wiring(context: Context, backend: String) {
    private val folder = File(context.noBackupFilesDir, "venuekey")
    private val vault = KeystoreVault()
    private val secrets = FileSecrets(folder, vault)
    private val api = BackendApi(backend, secrets)
    private val store = FileStore(File(folder, "connections"))
    private val connections = Connections(deviceClients("$backend/callback/whitebit"), store, store.sealingKeys(vault))

    /** By venue. Where the backend can't begin: BackendConnection(api, DeviceConnection(connections, "whitebit", OWNER)). */
    val models = listOf("whitebit", "bybit").associateWith { ConnectionModel(it, BackendConnection(it, api, secrets), api) }
    val agent = AgentModel(connections)
}
