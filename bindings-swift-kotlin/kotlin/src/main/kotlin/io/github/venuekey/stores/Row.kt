package io.github.venuekey.stores

import io.github.venuekey.VenuekeyFailure
import io.github.venuekey.pageOf

/** A connection as a row: sealed, beside the columns that a store looks for rows by. */
public data class Row @JvmOverloads constructor(
    /** The primary key. */
    public val id: String,
    /** Your own name for the user. */
    public val owner: String,
    /** Your own name for the client's configuration. */
    public val client: String,
    /** The exchange. */
    public val venue: String,
    /** Which of its environments. */
    public val environment: String,
    /** Where the connection stands. */
    public val status: String,
    /** The revision in the store must be one less for this row to replace it. */
    public val revision: Long,
    /** The sealing key that opens it. */
    public val sealingKeyId: String,
    /** Everything else. */
    public val sealed: String,
    /** The user's own name for the connection. */
    public val label: String? = null,
    /** What is wanted and not done yet. */
    public val intent: String? = null,
    /** When a worker next has something to do, in Unix milliseconds. */
    public val dueAtMs: Long? = null,
    /** Who has a request out. */
    public val leaseHolder: String? = null,
    /** When that lease ends, by its holder's clock. */
    public val leaseUntilMs: Long? = null,
    /** A keyed hash of the account at the venue, if it is known: to find rows that may hold the same account. */
    public val accountHash: String? = null,
) {
    override fun toString(): String = "Row($venue, $id, revision $revision, $status)"
}

/** A row, and what the store keeps beside it. */
public data class Stored(
    /** As it was saved, but for the status of a quarantined one. */
    public val row: Row,
    /** When its credentials were last used, at most an hour behind; see [Store.touch]. */
    public val lastUsedAtMs: Long?,
    /** Why it is quarantined, where it is. */
    public val quarantined: String?,
)

/**
 * Whether it may work with its account's key. One that is about to end keeps no other from deleting it, or of two that end together
 * neither would; nobody knows what a quarantined one holds.
 */
internal val Stored.works: Boolean
    get() = row.status != "ended" && (row.intent == null || quarantined != null)

/** Why a row is set aside whose columns hold what no store of ours has written. Any save writes them anew. */
internal const val WRONG_TYPE: String = "a column of the row has the wrong type: release the connection, which writes it anew"

/**
 * The store failed. A save that failed may be stored all the same: load the row to know.
 *
 * Its message names the call and the driver's error, never what a row holds; so it has no cause.
 */
public class StoreError(
    /** The call that failed: `save`. */
    public val operation: String,
    /** The driver's own name of the error, with its code if there is one: `org.postgresql.util.PSQLException (53100)`. */
    public val error: String,
) : VenuekeyFailure("the store's $operation failed: $error") {
    /** Its page: what to do now, and what may be lost. */
    public val docUrl: String = pageOf("store_error")
}
