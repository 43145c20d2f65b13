package io.github.venuekey.example

import android.app.Application
import androidx.lifecycle.AndroidViewModel
import androidx.lifecycle.viewModelScope
import io.github.venuekey.stores.KeystoreVault
import java.io.File
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.launch

/** Binds the models, which are plain Kotlin, to Android: storage, scope, and the first look after a process has died. */
class ConnectionViewModel(application: Application) : AndroidViewModel(application) {
    /** Null until the storage is open. */
    val model = MutableStateFlow<ConnectionModel?>(null)
    val agent = MutableStateFlow<AgentModel?>(null)
    private val opened = CompletableDeferred<Unit>()

    init {
        // The storage waits for the disk, and the Keystore for its chip.
        viewModelScope.launch(Dispatchers.IO) {
            val (folder, vault) = File(application.noBackupFilesDir, "venuekey") to KeystoreVault()
            val storage = SealedFiles(folder, vault)
            val api = BackendApi(BuildConfig.BACKEND, storage)
            val connections = deviceConnections(File(folder, "connections"), vault, "${BuildConfig.BACKEND}/callback/whitebit")
            // Where the backend can't begin: ByHandOff(api, connections).
            model.value = ConnectionModel(ByBackend(api, storage), api).also { it.resume() }
            agent.value = AgentModel(connections)
            opened.complete(Unit)
            agent.value!!.follow()
        }
    }

    fun onModel(work: suspend ConnectionModel.() -> Unit) {
        offMain { model.value!!.work() }
    }

    fun onAgent(work: suspend AgentModel.() -> Unit) {
        offMain { agent.value!!.work() }
    }

    private fun offMain(work: suspend () -> Unit) {
        viewModelScope.launch(Dispatchers.IO) {
            opened.await()
            work()
        }
    }
}
