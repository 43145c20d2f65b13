package io.github.venuekey

import java.io.IOException

/**
 * What a sender throws where no whole reply came: a timeout, a broken connection. The request may or may not have arrived.
 * It carries no cause: the HTTP library's own exception may hold the request.
 */
public class NoResponse @JvmOverloads constructor(reason: String = "no response") : IOException(reason)

/**
 * `save` threw, so nothing was done: the [cause] is its exception. Give [step] to [drive] again once the store is back, and
 * keep this exception until then: a reply that can't be had again may be inside.
 */
public class SaveFailed internal constructor(
    /** The step that waits to be stored. */
    public val step: Step,
    override val cause: Throwable,
) : IllegalStateException("save did not store the flow; nothing was done after it, and drive(error.step, ...) goes on")

/**
 * A refresh has brought new tokens, and they could not be stored: the [cause] is why. Give [shared] to [keepTokens] once
 * the store is back, and keep this exception until then: the venue will not send this pair again.
 */
public class TokensUnsaved internal constructor(
    /** The tokens, with the new pair. */
    public val shared: SharedTokens,
    override val cause: Throwable,
) : IllegalStateException("new tokens are not stored; keepTokens(client, error.shared, ...) stores them")
