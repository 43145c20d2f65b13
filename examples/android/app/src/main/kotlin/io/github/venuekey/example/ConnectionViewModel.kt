package io.github.venuekey.example

import android.app.Application
import androidx.lifecycle.AndroidViewModel
import androidx.lifecycle.viewModelScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.launch

/** Binds the model, which is plain Kotlin, to Android: storage, scope, and the first look after a process has died. */
class ConnectionViewModel(application: Application) : AndroidViewModel(application) {
    private val storage = KeystoreStorage(application)
    private val api = BackendApi(BuildConfig.BACKEND, storage)
    // Where the backend can't begin: OnDevice(api, storage, clientId, "${BuildConfig.BACKEND}/callback/whitebit").
    private val model = ConnectionModel(ByBackend(api), api, storage)
    val state: StateFlow<ConnectionState> = model.state

    init {
        tryAgain()
    }

    fun connect(venue: String) {
        offMain { model.connect(venue) }
    }

    fun receiveCallback(url: String) {
        offMain { model.receiveCallback(url) }
    }

    fun tryAgain() {
        offMain { model.resume() }
    }

    fun cancel() {
        offMain { model.cancel() }
    }

    /** The storage waits for the disk. */
    private fun offMain(work: suspend () -> Unit) {
        viewModelScope.launch(Dispatchers.IO) { work() }
    }
}
