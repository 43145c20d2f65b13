package io.github.venuekey.web

/** As much of JSON as the routes need: what they tell, and an object of texts. */
internal object Json {
    fun of(value: Any?): String = buildString { write(value) }

    private fun StringBuilder.write(value: Any?) {
        when (value) {
            null, is Boolean, is Number -> append(value)
            is Map<*, *> -> value.entries.joinTo(this, ", ", "{", "}") { (name, each) -> "${quoted("$name")}: ${of(each)}" }
            is List<*> -> value.joinTo(this, ", ", "[", "]") { of(it) }
            else -> append(quoted("$value"))
        }
    }

    private fun quoted(text: String): String = buildString {
        append('"')
        for (each in text) {
            when {
                each == '"' || each == '\\' -> append('\\').append(each)
                // Also what HTML and old JavaScript would take for something else.
                each < ' ' || each > '~' || each in "<>&" -> append("\\u%04x".format(each.code))
                else -> append(each)
            }
        }
        append('"')
    }

    /**
     * An object's fields, each a text or `true`, which is `1`; `false` and `null` are as if left out. Null where it is anything else: no
     * name twice, nothing nested, nothing that is no Unicode.
     */
    fun fields(text: String, most: Int): Map<String, String>? = try {
        Reader(text).fields(most)
    } catch (_: IllegalArgumentException) {
        null
    }

    private class Reader(private val text: String) {
        private var at = 0

        fun fields(most: Int): Map<String, String> {
            val (found, names) = mutableMapOf<String, String>() to mutableSetOf<String>()
            take('{')
            while (peek() != '}') {
                if (names.isNotEmpty()) take(',')
                require(peek() == '"' && names.size < most)
                val name = string()
                require(names.add(name))
                take(':')
                value()?.let { found[name] = it }
            }
            take('}')
            require(peek() == null)
            return found
        }

        private fun value(): String? {
            if (peek() == '"') return string()
            val word = listOf("true", "false", "null").firstOrNull { text.startsWith(it, at) }
            at += requireNotNull(word).length
            return if (word == "true") "1" else null
        }

        private fun string(): String {
            at++
            val found = StringBuilder()
            while (true) {
                val each = next()
                when {
                    each == '"' -> break
                    each == '\\' -> found.append(escape())
                    each < ' ' -> throw IllegalArgumentException()
                    else -> found.append(each)
                }
            }
            return found.toString().also { require(Charsets.UTF_8.newEncoder().canEncode(it)) }
        }

        private fun escape(): Char = when (val each = next()) {
            '"', '\\', '/' -> each
            'b' -> '\b'
            'f' -> '\u000c'
            'n' -> '\n'
            'r' -> '\r'
            't' -> '\t'
            'u' -> {
                val digits = text.substring(at, minOf(at + 4, text.length)).also { at += 4 }
                require(digits.length == 4 && digits.all { it in "0123456789abcdefABCDEF" })
                digits.toInt(16).toChar()
            }
            else -> throw IllegalArgumentException()
        }

        private fun next(): Char = requireNotNull(text.getOrNull(at)).also { at++ }

        private fun peek(): Char? {
            while (text.getOrNull(at)?.let(::isSpace) == true) at++
            return text.getOrNull(at)
        }

        private fun take(wanted: Char) {
            require(peek() == wanted)
            at++
        }

        private fun isSpace(each: Char) = each in " \t\r\n"
    }
}
