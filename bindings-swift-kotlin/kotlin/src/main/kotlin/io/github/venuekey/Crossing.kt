package io.github.venuekey

// What generate.sh puts into the calls that uniffi generates.

/**
 * Where a call's outcome is written: taken for a call and given back after it. One for each call, as uniffi has it, is memory
 * outside of the heap that only the collector gives back, a hundred times for a request.
 */
internal object CallStatuses {
    // More than one where a call is made for another's argument.
    private val free = ThreadLocal.withInitial { ArrayDeque<UniffiRustCallStatus>() }

    fun take(): UniffiRustCallStatus = free.get().removeLastOrNull() ?: run {
        NativeCode.check()
        UniffiRustCallStatus()
    }

    /** After a success only: it says so still. */
    fun giveBack(status: UniffiRustCallStatus) {
        free.get().addLast(status)
    }
}

/**
 * Kotlin's texts may hold half of a surrogate pair, which UTF-8 has not. An argument that does is refused by its name, without
 * its text, and before anything is made for the call that only the call would free.
 */
internal inline fun <T> text(name: String, sized: () -> T): T = try {
    sized()
} catch (_: CharacterCodingException) {
    throw notUnicode(name)
}

/** The text, where UTF-8 has it. */
internal fun unicode(text: String): String = text.also {
    if (!Charsets.UTF_8.newEncoder().canEncode(it)) throw CharacterCodingException()
}
