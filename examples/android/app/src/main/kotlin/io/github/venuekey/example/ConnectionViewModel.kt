package io.github.venuekey.example

import android.app.Application
import androidx.lifecycle.AndroidViewModel
import androidx.lifecycle.viewModelScope
import io.github.venuekey.connections.BackendConnection
import io.github.venuekey.connections.Connections
import io.github.venuekey.stores.FileSecrets
import io.github.venuekey.stores.FileStore
import io.github.venuekey.stores.KeystoreVault
import java.io.File
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.launch

/** Binds the models, which are plain Kotlin, to Android: storage, scope, and the first look after a process has died. */
class ConnectionViewModel(application: Application) : AndroidViewModel(application) {
    /** By venue; empty until the storage is open. */
    val models = MutableStateFlow(emptyMap<String, ConnectionModel>())
    val agent = MutableStateFlow<AgentModel?>(null)
    private val opened = CompletableDeferred<Unit>()

    init {
        // The storage waits for the disk, and the Keystore for its chip.
        viewModelScope.launch(Dispatchers.IO) {
            val (folder, vault) = File(application.noBackupFilesDir, "venuekey") to KeystoreVault()
            val secrets = FileSecrets(folder, vault)
            val api = BackendApi(BuildConfig.BACKEND, secrets)
            val store = FileStore(File(folder, "connections"))
            val connections = Connections(deviceClients("${BuildConfig.BACKEND}/callback/whitebit"), store, store.sealingKeys(vault))
            // Where the backend can't begin: BackendConnection(api, DeviceConnection(connections, "whitebit", OWNER)).
            models.value = listOf("whitebit", "bybit").associateWith { ConnectionModel(it, BackendConnection(it, api, secrets), api) }
            agent.value = AgentModel(connections)
            opened.complete(Unit)
            for (model in models.value.values) launch { model.resume() }
            agent.value!!.follow()
        }
    }

    fun onModel(venue: String, work: suspend ConnectionModel.() -> Unit) = offMain { models.value[venue]?.work() }

    fun onAgent(work: suspend AgentModel.() -> Unit) = offMain { agent.value!!.work() }

    private fun offMain(work: suspend () -> Unit) {
        viewModelScope.launch(Dispatchers.IO) {
            opened.await()
            work()
        }
    }
}
