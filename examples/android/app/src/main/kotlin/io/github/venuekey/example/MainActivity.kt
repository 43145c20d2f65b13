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
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier

class MainActivity : ComponentActivity() {
    private val model: ConnectionViewModel by viewModels()

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        // Recreated for a rotation, say, the intent is the old one: its callback has been taken.
        if (savedInstanceState == null) receive(intent)
        setContent { Screen() }
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        receive(intent)
    }

    private fun receive(intent: Intent) {
        // It holds the code: to the backend with it, and nowhere else.
        if (intent.action == Intent.ACTION_VIEW) intent.dataString?.let(model::receiveCallback)
    }

    @Composable
    private fun Screen() {
        val state by model.state.collectAsState()
        Column(Modifier.safeDrawingPadding()) {
            when (val now = state) {
                is ConnectionState.Idle -> for (venue in listOf("whitebit", "bybit")) {
                    now.standings[venue]?.let { Text("$venue: ${it.text}") }
                    Button(onClick = { model.connect(venue) }) { Text("Connect $venue") }
                }
                is ConnectionState.AtVenue -> {
                    // The user's own browser, in a tab of it: the app never sees what is typed there.
                    LaunchedEffect(now) { CustomTabsIntent.Builder().build().launchUrl(this@MainActivity, Uri.parse(now.authorizeUrl)) }
                    Waiting(now.venue)
                }
                is ConnectionState.Away -> Waiting(now.venue)
                is ConnectionState.Working -> Text("Connecting ${now.venue}…")
                is ConnectionState.Trouble -> {
                    Text("${now.venue}: ${now.code}")
                    if (now.canRetry) Button(onClick = model::tryAgain) { Text("Try again") }
                    Button(onClick = model::cancel) { Text("Start over") }
                }
            }
        }
    }

    @Composable
    private fun Waiting(venue: String) {
        Text("Go on at $venue, in the browser.")
        Button(onClick = model::cancel) { Text("Cancel") }
    }
}
