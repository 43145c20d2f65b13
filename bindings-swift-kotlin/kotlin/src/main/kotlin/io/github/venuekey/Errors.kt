package io.github.venuekey

/**
 * What this library throws, and nothing else: no cancellation, nothing of the JVM's. Unchecked, so that Java can catch it.
 *
 * **Catch it last.** A [SaveFailed] or a [TokensUnsaved] holds what the venue won't say again, so a handler that drops it
 * loses that.
 */
public abstract class VenuekeyFailure internal constructor(message: String? = null, cause: Throwable? = null) :
    RuntimeException(message, cause)

/**
 * What a sender throws if no whole reply came: a timeout, a broken connection. The request may or may not have arrived,
 * unless [notSent]. It carries no cause: the HTTP library's own exception may hold the request.
 */
public class NoResponse @JvmOverloads constructor(
    /**
     * What happened, for logs: the JDK's name (`ConnectException`, `UnknownHostException`), or `timeout`, `tls`, `cancelled`,
     * `connection_lost`. Never a URL, a header or a message of the HTTP library.
     */
    public val code: String = "connection_lost",
    /**
     * Whether it is certain that no byte of the request left: a lookup, a connection or a TLS handshake that failed, on a fresh
     * connection. A code is not spent then, and a flow asks again later. In doubt it is false.
     */
    public val notSent: Boolean = false,
) : VenuekeyFailure(if (notSent) "$code, not sent" else code) {
    /** Its page: what it means for what was sent. */
    public val docUrl: String = pageOf("no_response")
}

/**
 * `save` threw, so nothing was done: the [cause] is its exception. Give [step] to [drive] again once the store is back, and
 * keep this exception until then: a reply that can't be had again may be inside.
 */
public class SaveFailed internal constructor(
    /** The step that waits to be stored. */
    public val step: Step,
    override val cause: Throwable,
) : VenuekeyFailure(
    "save did not store the flow; nothing was done after it, and drive(error.step, ...) goes on; see ${pageOf("save_failed")}",
) {
    /** Its page: what to do now. */
    public val docUrl: String = pageOf("save_failed")
}

/**
 * A refresh has brought new tokens, and they could not be stored: the [cause] is why. Give [shared] to [keepTokens] once
 * the store is back, and keep this exception until then: the venue will not send this pair again.
 */
public class TokensUnsaved internal constructor(
    /** The tokens, with the new pair. */
    public val shared: SharedTokens,
    override val cause: Throwable,
) : VenuekeyFailure(
    "new tokens are not stored; keepTokens(client, error.shared, ...) stores them; see ${pageOf("tokens_unsaved")}",
) {
    /** Its page: what to do now. */
    public val docUrl: String = pageOf("tokens_unsaved")
}

/** `load` returned null: these tokens are not in the store. */
public class TokensMissing internal constructor() :
    VenuekeyFailure("load returned null: these tokens are not in the store; see ${pageOf("tokens_missing")}") {
    /** Its page: what to do now. */
    public val docUrl: String = pageOf("tokens_missing")
}

/** The object was closed (`close`, `use`, a step's `destroy`) and then used. */
public class ClosedObject internal constructor(name: String) : VenuekeyFailure("this $name was closed and can't be used any more")

/** The part of this library that is compiled for one platform is missing or can't be loaded; the text says what to do. */
public class NativeCodeMissing internal constructor(message: String, cause: Throwable?) : VenuekeyFailure(message, cause)
