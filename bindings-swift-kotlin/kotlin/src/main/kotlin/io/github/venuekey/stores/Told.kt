package io.github.venuekey.stores

import java.sql.SQLException

/**
 * What the call returns. Its error is told by its name alone, and not kept: what it says may quote values.
 */
internal inline fun <T> told(operation: String, call: () -> T): T {
    val failure = try {
        return call()
    } catch (known: StoreError) {
        throw known
    } catch (error: Exception) {
        nameOf(error)
    }
    throw StoreError(operation, failure)
}

internal fun nameOf(error: Exception): String {
    val name = error.javaClass.name.removePrefix("java.lang.")
    if (error !is SQLException) return name
    val code = error.sqlState?.takeIf { it.isNotEmpty() && it.length <= 8 } ?: error.errorCode.takeIf { it != 0 }?.toString()
    return if (code == null) name else "$name ($code)"
}
