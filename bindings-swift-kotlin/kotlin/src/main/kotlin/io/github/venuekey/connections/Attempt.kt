package io.github.venuekey.connections

import io.github.venuekey.Access
import io.github.venuekey.AccountRead
import io.github.venuekey.Tokens
import io.github.venuekey.VenuekeyException
import io.github.venuekey.VenuekeyFailure
import io.github.venuekey.NoResponse
import io.github.venuekey.RateBudget
import kotlin.random.Random

private const val TRIES = 5
/** So often is the driver told that the venue has refused the tokens. */
private const val REFUSALS = 2
private const val FIRST_WAIT_MS = 1_000L
private const val LONGEST_WAIT_MS = 30_000L
private val PASSING = setOf("rate_limited", "venue_unavailable", "nonce_rejected")

/** How often one page has been asked for, and what came of it. */
internal class Attempt {
    /** The generation that was refused, where the next tokens must be others. */
    var refused: Long? = null
        private set
    private var generation: Long? = null
    private var used: Tokens? = null
    private var refusals = 0
    private var troubles = 0

    fun uses(access: Access.Tokens): Tokens {
        refused = null
        generation = access.generation
        used = access.tokens
        return access.tokens
    }

    /** Which scope the venue's refusal is most likely about: the names alone tell, so nothing is refused by them. */
    fun withScope(error: VenuekeyException, read: AccountRead): VenuekeyException {
        val refused = used
        if (error.code != "scope_missing" || refused == null) return error
        return try {
            RateBudget(1).use { read.preflight(refused, it) }
            error
        } catch (named: VenuekeyException) {
            if (named.code == error.code) named else error
        }
    }

    /** How long to wait before the page is asked for again; throws what can't be helped. */
    fun waitMs(error: VenuekeyFailure): Long {
        val code = (error as? VenuekeyException)?.code
        if (code == "token_rejected") {
            // A refresh may help, once; then the driver says what the refusal is about.
            if (generation == null || refusals == REFUSALS) throw error
            refused = generation
            refusals++
            return 0
        }
        if (error !is NoResponse && code !in PASSING) throw error
        troubles++
        val toldMs = (error as? VenuekeyException)?.details?.retryAfterMs ?: 0
        if (troubles == TRIES || toldMs > 2 * LONGEST_WAIT_MS) throw error
        val waitMs = minOf(FIRST_WAIT_MS shl (troubles - 1), LONGEST_WAIT_MS)
        return maxOf(toldMs, (waitMs * Random.nextDouble(1.0, 1.25)).toLong())
    }
}
