package io.github.venuekey

import java.time.Instant
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test

/** The language's own type beside each number, whatever its unit. */
class TimesTest {
    @Test
    fun `a moment is an Instant`() {
        val tokens = Tokens(Secret("canary"), null, expiresAtMs = NOW, refreshExpiresAtMs = null)
        assertEquals(Instant.ofEpochMilli(NOW), tokens.expiresAt)
        assertNull(tokens.refreshExpiresAt)
        assertEquals(Instant.ofEpochMilli(NOW), KeyRequest(expiresAtMs = NOW).expiresAt)
        assertEquals(Instant.ofEpochSecond(1_790_000_000), DealsQuery(fromS = 1_790_000_000).from)
        // Farther away than an Instant goes.
        assertEquals(Instant.MAX.epochSecond, DealsQuery(toS = Long.MAX_VALUE).to!!.epochSecond)
        assertEquals(Instant.ofEpochMilli(NOW), FlowStatus.Waiting(NOW).until)
    }

    @Test
    fun `a length of time is a Duration`() {
        assertEquals(90.seconds, BeginOptions(callbackTimeoutS = 90).callbackTimeout)
        assertEquals(5000.milliseconds, ClockOffset(aheadMs = 5000, uncertaintyMs = 1).ahead)
    }
}
