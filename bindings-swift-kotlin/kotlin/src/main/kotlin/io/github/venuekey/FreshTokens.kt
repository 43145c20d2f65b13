package io.github.venuekey

import kotlinx.coroutines.Job
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay

/** The newest stored text of these tokens; null if there is none. */
public typealias Load = suspend () -> String?

/**
 * Tokens that work, refreshed by this worker or another if that is due. Call it before each request.
 *
 * Cancelled during a refresh, it finishes that refresh first, since its reply can't be had again.
 *
 * @param client the client that shared the tokens, or one configured alike.
 * @param refusedGeneration the generation whose access token the venue has just refused (401, 403), if it has.
 * @param patienceMs how long to wait while the venue limits or fails and no token works meanwhile. For another worker's
 *   refresh it waits at most that worker's lease (45 seconds).
 * @throws VenuekeyException `token_expired`, `token_rejected` or `outcome_unknown`: the user must connect again; or what
 *   stood in the way for longer than [patienceMs]: `rate_limited`, `venue_unavailable`, `client_rejected`.
 * @throws TokensUnsaved if the new pair could not be stored; it is in the exception's `shared`, for [keepTokens].
 * @throws TokensMissing if [load] returned null.
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
): TokenPlan.Use = run(TokenDriver.fresh(client, refusedGeneration, patienceMs), load, save, send, sleep, steady(clock)) as TokenPlan.Use

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
 * Stores what a refresh brought, also if the stored tokens have moved on meanwhile: the newer pair stays. It goes on to its
 * end when it is cancelled.
 *
 * @throws TokensUnsaved if [load] or [save] threw. Call this again with its `shared`.
 */
public suspend fun keepTokens(client: Client, shared: SharedTokens, load: Load, save: Save): Unit {
    run(TokenDriver.keep(client, shared), load, save, given = shared)
}

/** [keepTokens] for a thread, as [driveBlocking]. */
@Throws(InterruptedException::class)
public fun keepTokensBlocking(client: Client, shared: SharedTokens, load: Load, save: Save): Unit =
    blocking { keepTokens(client, shared, load, save) }

private suspend fun run(
    first: TokenDriver,
    load: Load,
    save: Save,
    send: Send = { error("nothing is sent") },
    sleep: suspend (Long) -> Unit = {},
    clock: () -> Long = System::currentTimeMillis,
    given: SharedTokens? = null,
): TokenPlan? {
    val job = currentCoroutineContext()[Job]
    var driver = first
    while (true) {
        if (job?.isActive == false) driver = driver.use { it.stop() }
        val from = driver
        driver = try {
            when (from.action) {
                Action.LOAD -> whole(from.mustGoOn) { load() }.let { from.loaded(it ?: throw TokensMissing(), clock()) }
                // Begun, it is finished, whoever cancels meanwhile.
                Action.SAVE -> if (shielded { from.snapshot!!.use { save(it) } }) from.saved(clock()) else from.superseded()
                Action.SEND -> when (val answer = whole(from.mustGoOn) { replyTo(send, from.request!!) }) {
                    is Answer.Reply -> from.response(answer.response, clock())
                    is Answer.None -> from.noResponse(clock(), answer.notSent)
                }
                Action.SLEEP -> {
                    sleep((from.untilMs!! - clock()).coerceAtLeast(0))
                    from.awake()
                }
                Action.RETURN -> return from.plan
                Action.FAIL -> throw from.error!!
                Action.STOP -> cancelled()
                else -> error("tokens have no ${from.action}")
            }
        } catch (cause: Throwable) {
            // What a refresh brought is in no store yet.
            throw from.brought?.let { TokensUnsaved(given ?: it, cause) } ?: cause
        }
        from.close()
    }
}
