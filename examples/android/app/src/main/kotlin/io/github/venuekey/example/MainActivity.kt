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

class MainActivity : ComponentActivity() {
    private val owner: ConnectionViewModel by viewModels()

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        // Recreated for a rotation, say, the intent is the old one: its callback has been taken.
        if (savedInstanceState == null) receive(intent)
        setContent {
            Column(Modifier.safeDrawingPadding()) {
                val model by owner.model.collectAsState()
                model?.let { ByTheBackend(it) }
                val agent by owner.agent.collectAsState()
                agent?.let { Agent(it) }
            }
        }
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        receive(intent)
    }

    private fun receive(intent: Intent) {
        // It holds the code: to the backend with it, and nowhere else.
        if (intent.action == Intent.ACTION_VIEW) intent.dataString?.let { url -> owner.onModel { receiveCallback(url) } }
    }

    /** The user's own browser, in a tab of it: the app never sees what is typed there. */
    private fun open(page: String) = CustomTabsIntent.Builder().build().launchUrl(this, Uri.parse(page))

    @Composable
    private fun ByTheBackend(model: ConnectionModel) {
        val state by model.state.collectAsState()
        when (val now = state) {
            is ConnectionState.Idle -> for (venue in listOf("whitebit", "bybit")) {
                now.standings[venue]?.let { Text("$venue: ${it.text}") }
                Button(onClick = { owner.onModel { connect(venue) } }) { Text("Connect $venue") }
            }
            is ConnectionState.AtVenue -> {
                LaunchedEffect(now) { open(now.authorizeUrl) }
                Waiting(now.venue)
            }
            is ConnectionState.Away -> Waiting(now.venue)
            is ConnectionState.Working -> Text("Connecting ${now.venue}…")
            is ConnectionState.Trouble -> {
                Text("${now.venue}: ${now.code}")
                if (now.canRetry) Button(onClick = { owner.onModel { resume() } }) { Text("Try again") }
                Button(onClick = { owner.onModel { cancel() } }) { Text("Start over") }
            }
        }
    }

    @Composable
    private fun Waiting(venue: String) {
        Text("Go on at $venue, in the browser.")
        Button(onClick = { owner.onModel { cancel() } }) { Text("Cancel") }
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
                // Exposed to be opened.
                Button(onClick = { open(page.expose()) }) { Text("Open Bybit") }
                TextField(code, onValueChange = { code = it }, label = { Text("The code from the page") })
                Button(onClick = { owner.onAgent { paste(code) } }) { Text("Done") }
            }
            accounts.isNotEmpty() -> for (account in accounts) {
                Button(onClick = { owner.onAgent { choose(account.id) } }) { Text(account.nickname ?: account.id) }
            }
            view == null || view?.error != null -> Button(onClick = { owner.onAgent { connect() } }) { Text("Connect") }
            else -> Button(onClick = { owner.onAgent { disconnect() } }) { Text("Disconnect") }
        }
    }
}
