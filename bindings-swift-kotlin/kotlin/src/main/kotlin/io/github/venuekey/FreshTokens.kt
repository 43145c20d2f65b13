package io.github.venuekey

import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.ensureActive

/** The newest stored text of these tokens; null where there is none. */
public typealias Load = suspend () -> String?

/**
 * Tokens that work, refreshed by this worker or another where that is due. Call it before each request.
 *
 * Cancelled during a refresh, it finishes that refresh first, since its reply can't be had again.
 *
 * @param client the client that shared the tokens, or one configured alike.
 * @param refusedGeneration the generation whose access token the venue has just refused (401, 403), where it has.
 * @param patienceMs how long to wait while the venue limits or fails and no token works meanwhile. For another worker's
 *   refresh it waits at most that worker's lease (45 seconds).
 * @throws VenuekeyException `token_expired`, `token_rejected` or `outcome_unknown`: the user must connect again; or what
 *   stood in the way for longer than [patienceMs]: `rate_limited`, `venue_unavailable`, `client_rejected`.
 * @throws TokensUnsaved where the new pair could not be stored; it is in the exception's `shared`, for [keepTokens].
 * @throws TokensMissing where [load] returned null.
 */
public suspend fun freshTokens(
    client: Client,
    load: Load,
    save: Save,
    send: Send,
    refusedGeneration: Long? = null,
    patienceMs: Long = 30_000,
    sleep: suspend (Long) -> Unit = { delay(it) },
    clock: () -> Long = System::currentTimeMillis,
): TokenPlan.Use {
    var patience = patienceMs
    while (true) {
        currentCoroutineContext().ensureActive()
        when (val plan = restored(client, load()).plan(refusedGeneration, clock())) {
            is TokenPlan.Use -> return plan
            is TokenPlan.Reauthorize -> throw plan.error
            is TokenPlan.Refresh -> {
                currentCoroutineContext().ensureActive()
                shielded { refresh(client, plan, load, save, send, clock) }
            }
            is TokenPlan.WaitUntil -> {
                val waitMs = (plan.untilMs - clock()).coerceAtLeast(0)
                plan.error?.let { error ->
                    if (waitMs > patience) throw error
                    patience -= waitMs
                }
                sleep(waitMs)
            }
        }
    }
}

/** [freshTokens] for a thread, as [driveBlocking]. */
@JvmOverloads
@Throws(InterruptedException::class)
public fun freshTokensBlocking(
    client: Client,
    load: Load,
    save: Save,
    send: Send,
    refusedGeneration: Long? = null,
    patienceMs: Long = 30_000,
    sleep: suspend (Long) -> Unit = { delay(it) },
    clock: () -> Long = System::currentTimeMillis,
): TokenPlan.Use = blocking { freshTokens(client, load, save, send, refusedGeneration, patienceMs, sleep, clock) }

/**
 * Stores what a refresh brought, also where the stored tokens have moved on meanwhile: the newer pair stays. It goes on to its
 * end when it is cancelled.
 *
 * @throws TokensUnsaved where [load] or [save] threw. Call this again with its `shared`.
 */
public suspend fun keepTokens(client: Client, shared: SharedTokens, load: Load, save: Save): Unit = shielded {
    try {
        var late: SharedTokens? = shared
        while (late != null) {
            late = if (late.snapshot().use { save(it) }) null else restored(client, load()).merge(shared)
        }
    } catch (cause: Throwable) {
        throw TokensUnsaved(shared, cause)
    }
}

/** [keepTokens] for a thread, as [driveBlocking]. */
@Throws(InterruptedException::class)
public fun keepTokensBlocking(client: Client, shared: SharedTokens, load: Load, save: Save): Unit =
    blocking { keepTokens(client, shared, load, save) }

private suspend fun refresh(
    client: Client,
    plan: TokenPlan.Refresh,
    load: Load,
    save: Save,
    send: Send,
    clock: () -> Long,
) {
    if (!plan.next.snapshot().use { save(it) }) return
    // Whether a reply can still come within the lease; a save that took too long leaves it to others.
    if (clock() + plan.request.timeoutHintMs > (plan.next.leaseUntilMs ?: 0)) return
    val shared = when (val answer = replyTo(send, plan.request)) {
        is Answer.Reply -> plan.next.receiveResponse(answer.response, clock())
        is Answer.None -> plan.next.receiveNoResponse(clock(), answer.notSent)
    }
    keepTokens(client, shared, load, save)
}

private fun restored(client: Client, text: String?): SharedTokens =
    client.restoreTokens(text ?: throw TokensMissing())
