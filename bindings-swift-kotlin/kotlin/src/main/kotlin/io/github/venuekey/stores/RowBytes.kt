package io.github.venuekey.stores

import java.io.ByteArrayOutputStream
import java.io.DataOutputStream
import java.nio.BufferUnderflowException
import java.nio.ByteBuffer

// A row as a file's bytes: a version, then each column in its order, absent or with its length.

private const val VERSION: Byte = 1
private const val ABSENT = -1

internal fun bytesOf(stored: Stored): ByteArray = bytesOf { writer ->
    val (row, lastUsedAtMs, quarantined) = stored
    row.run {
        writer.text(id).text(owner).text(client).text(venue).text(environment).text(status).number(revision).text(sealingKeyId).text(sealed)
            .text(label).text(intent).number(dueAtMs).text(leaseHolder).number(leaseUntilMs).text(accountHash)
    }
    writer.number(lastUsedAtMs).text(quarantined)
}

internal fun storedOf(bytes: ByteArray): Stored = Reader(bytes).run {
    var isWrong = false
    fun hint() = text()?.let { it.toLongOrNull() ?: null.also { isWrong = true } }
    val row = Row(
        text()!!, text()!!, text()!!, text()!!, text()!!, text()!!, number()!!, text()!!, text()!!, text(), text(), hint(), text(), hint(), text(),
    )
    val (lastUsedAtMs, quarantined) = hint() to text()
    Stored(row, lastUsedAtMs, if (isWrong) WRONG_TYPE else quarantined)
}

internal fun bytesOf(write: (Writer) -> Unit): ByteArray {
    val bytes = ByteArrayOutputStream()
    DataOutputStream(bytes).use {
        it.writeByte(VERSION.toInt())
        write(Writer(it))
    }
    return bytes.toByteArray()
}

internal class Writer(private val out: DataOutputStream) {
    fun text(text: String?): Writer = apply {
        val bytes = text?.toByteArray()
        out.writeInt(bytes?.size ?: ABSENT)
        bytes?.let(out::write)
    }

    fun number(number: Long?): Writer = text(number?.toString())
}

internal class Reader(bytes: ByteArray) {
    private val left = ByteBuffer.wrap(bytes)
    private val version = if (left.hasRemaining()) left.get() else 0

    val isAtEnd: Boolean get() = !left.hasRemaining()

    fun text(): String? {
        if (version != VERSION) throw StoreError("read", "a file is damaged, or a newer release's")
        val length = left.int
        if (length == ABSENT) return null
        if (length !in 0..left.remaining()) throw BufferUnderflowException()
        return String(ByteArray(length).also(left::get))
    }

    fun number(): Long? = text()?.toLong()
}
