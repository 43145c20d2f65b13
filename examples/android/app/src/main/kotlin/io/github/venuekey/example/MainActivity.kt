package io.github.venuekey.example

import android.content.Intent
import android.net.Uri
import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.activity.viewModels
import androidx.browser.customtabs.CustomTabsIntent
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.material3.Button
import androidx.compose.material3.Text
import androidx.compose.material3.TextField
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import io.github.venuekey.ConnectionStatus
import io.github.venuekey.Secret

class MainActivity : ComponentActivity() {
    private val owner: ConnectionViewModel by viewModels()

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        // Recreated for a rotation, say, the intent is the old one: its callback has been taken.
        if (savedInstanceState == null) receive(intent)
        setContent {
            Column(Modifier.safeDrawingPadding()) {
                val wiring by owner.wiring.collectAsState()
                wiring?.run {
                    for ((venue, model) in models) ByTheBackend(venue, model)
                    Agent(agent)
                }
            }
        }
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        receive(intent)
    }

    private fun receive(intent: Intent) {
        val link = intent.data?.takeIf { intent.action == Intent.ACTION_VIEW } ?: return
        // It holds the code: to the backend with it, and nowhere else.
        link.pathSegments.getOrNull(1)?.let { venue -> owner.onModel(venue) { receiveCallback(link.toString()) } }
    }

    /** The user's own browser, in a tab of it: the app never sees what is typed there. Exposed to be opened. */
    private fun open(page: Secret) = CustomTabsIntent.Builder().build().launchUrl(this, Uri.parse(page.expose()))

    @Composable
    private fun ByTheBackend(venue: String, model: ConnectionModel) {
        val state by model.state.collectAsState()
        when (val now = state) {
            is ConnectionState.Idle -> {
                now.standing?.let { Text("$venue: ${it.text}") }
                Button(onClick = { owner.onModel(venue) { connect() } }) { Text("Connect $venue") }
            }
            is ConnectionState.AtVenue -> {
                LaunchedEffect(now) { open(now.authorizeUrl) }
                Waiting(venue)
            }
            ConnectionState.Away -> Waiting(venue)
            ConnectionState.Working -> Text("Connecting $venue…")
            is ConnectionState.Trouble -> {
                Text("$venue: ${now.code}")
                if (now.canRetry) Button(onClick = { owner.onModel(venue) { resume() } }) { Text("Try again") }
                Button(onClick = { owner.onModel(venue) { cancel() } }) { Text("Start over") }
            }
        }
    }

    @Composable
    private fun Waiting(venue: String) {
        Text("Go on at $venue, in the browser.")
        Button(onClick = { owner.onModel(venue) { cancel() } }) { Text("Cancel") }
    }

    /** Bybit's AI agent, whose key stays on this device. */
    @Composable
    private fun Agent(agent: AgentModel) {
        val view by agent.view.collectAsState()
        val refusal by agent.refusal.collectAsState()
        var code by remember { mutableStateOf("") }
        Text("Bybit's AI agent: ${view?.status ?: "not connected"}${refusal?.let { ", $it" }.orEmpty()}")
        val page = view?.authorizeUrl
        val accounts = view?.choices?.subaccounts.orEmpty()
        when {
            page != null -> {
                Button(onClick = { open(page) }) { Text("Open Bybit") }
                TextField(code, onValueChange = { code = it }, label = { Text("The code from the page") })
                Button(onClick = { owner.onAgent { press { receivePastedCode(code) } } }) { Text("Done") }
            }
            accounts.isNotEmpty() -> for (account in accounts) {
                Button(onClick = { owner.onAgent { press { choose(account.id) } } }) { Text(account.nickname ?: account.id) }
            }
            view == null || view?.status == ConnectionStatus.ENDED || view?.error != null ->
                Button(onClick = { owner.onAgent { press { connect() } } }) { Text("Connect") }
            else -> Button(onClick = { owner.onAgent { press { disconnect() } } }) { Text("Disconnect") }
        }
    }
}
