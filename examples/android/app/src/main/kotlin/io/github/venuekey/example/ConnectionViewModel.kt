package io.github.venuekey.example

import android.app.Application
import androidx.lifecycle.AndroidViewModel
import androidx.lifecycle.viewModelScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch

/** Binds the models to Android: their scope, and the first look after a process has died. */
class ConnectionViewModel(application: Application) : AndroidViewModel(application) {
    /** Null until the storage is open. */
    val wiring = MutableStateFlow<Wiring?>(null)

    init {
        viewModelScope.launch(Dispatchers.IO) {
            val opened = Wiring(application, BuildConfig.BACKEND).also { wiring.value = it }
            for (model in opened.models.values) launch { model.resume() }
            opened.agent.follow()
        }
    }

    fun onModel(venue: String, work: suspend ConnectionModel.() -> Unit) = offMain { models[venue]?.work() }

    fun onAgent(work: suspend AgentModel.() -> Unit) = offMain { agent.work() }

    private fun offMain(work: suspend Wiring.() -> Unit) {
        viewModelScope.launch(Dispatchers.IO) { wiring.filterNotNull().first().work() }
    }
}
