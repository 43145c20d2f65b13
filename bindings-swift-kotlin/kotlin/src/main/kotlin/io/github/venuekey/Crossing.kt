package io.github.venuekey

// What generate.sh puts into the calls that uniffi generates.

import com.sun.jna.Memory
import com.sun.jna.Pointer
import com.sun.jna.Structure
import java.nio.ByteBuffer
import java.nio.ByteOrder

/**
 * Bytes that cross. JNA must know a structure's fields to pass it by value; it would also write and read them at each call, by
 * reflection, which takes many times what the call does. So the numbers are written and read here, by their place.
 */
@Structure.FieldOrder("capacity", "len", "data")
internal open class RustBuffer(at: Pointer) : Structure(at) {
    @JvmField var capacity: Long = number(at, 0)

    @JvmField var len: Long = number(at, 8)

    @JvmField var data: Pointer? = Pointer(number(at, 16))

    init {
        setAutoSynch(false)
    }

    /** Made by JNA of what a call returns, and here for arguments. */
    class ByValue(at: Pointer = Memory(BYTES).apply { clear() }) : RustBuffer(at), Structure.ByValue

    /** As many bytes of it are written. */
    fun fill(bytes: Long) {
        len = bytes
        pointer.setLong(8, bytes)
    }

    fun asByteBuffer(): ByteBuffer? = data?.getByteBuffer(0, len)?.order(ByteOrder.BIG_ENDIAN)

    companion object {
        const val BYTES = 24L

        // Those of one call's arguments, which Rust has copied when it returns: each thread takes them in turn. No call has as
        // many (idiom.py).
        private class Arguments {
            val buffers = arrayOfNulls<RustBuffer.ByValue>(16)
            var next = 0
        }

        private val arguments = ThreadLocal.withInitial { Arguments() }

        fun alloc(size: ULong): ByValue {
            NativeCode.check()
            val start = UniffiLib.venuekey_ffi_buffer_new(size.toLong())
            val mine = arguments.get()
            val turn = mine.next
            mine.next = (turn + 1) % mine.buffers.size
            val buffer = mine.buffers[turn] ?: ByValue().also { mine.buffers[turn] = it }
            buffer.capacity = size.toLong()
            buffer.data = Pointer(start)
            buffer.pointer.setLong(0, size.toLong())
            buffer.pointer.setLong(16, start)
            buffer.fill(size.toLong())
            return buffer
        }

        fun free(buffer: ByValue) {
            UniffiLib.venuekey_ffi_buffer_free(Pointer.nativeValue(buffer.data), buffer.capacity)
        }

        // When JNA only asks for the layout, there is no memory.
        private fun number(at: Pointer, offset: Long): Long = if (Pointer.nativeValue(at) == 0L) 0 else at.getLong(offset)
    }
}

/** Where Rust writes how a call has ended: a byte, and a buffer where it is an error. */
internal open class UniffiRustCallStatus : Memory(32) {
    init {
        clear()
    }

    var code: Byte
        get() = getByte(0)
        set(value) = setByte(0, value)

    var error_buf: RustBuffer.ByValue
        get() = RustBuffer.ByValue(share(8))
        set(value) {
            for (at in 0L..16L step 8) setLong(8 + at, value.pointer.getLong(at))
        }

    fun isSuccess(): Boolean = code == UNIFFI_CALL_SUCCESS

    fun isError(): Boolean = code == UNIFFI_CALL_ERROR

    fun isPanic(): Boolean = code == UNIFFI_CALL_UNEXPECTED_ERROR

    // In the types of what uniffi has for calls into Kotlin; there are none here.
    class ByValue : UniffiRustCallStatus()
}

/**
 * Where a call's outcome is written: taken for a call and given back after it. One for each call, as uniffi has it, is memory
 * outside of the heap that only the collector gives back, a dozen times for a request.
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
    if (it.any(Char::isSurrogate) && !Charsets.UTF_8.newEncoder().canEncode(it)) throw CharacterCodingException()
}
