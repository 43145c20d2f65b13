package io.github.venuekey

/**
 * Kotlin's texts may hold half of a surrogate pair, which UTF-8 has not. An argument that does is refused by its name, and
 * without its text. `generate.sh` puts this around every text on its way to Rust.
 */
internal inline fun <T> text(name: String, lowered: () -> T): T = try {
    lowered()
} catch (_: CharacterCodingException) {
    throw notUnicode(name)
}
