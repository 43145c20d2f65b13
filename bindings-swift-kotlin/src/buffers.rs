//! The memory of Kotlin's arguments and results, by calls that take and give numbers alone. uniffi's own give a structure, for
//! which JNA takes longer than core for most of its calls. Swift does not use them.
#![expect(unsafe_code, reason = "a buffer crosses by its address, as in uniffi's own functions for it")]

/// `size` bytes for a buffer that a call takes over, or that `venuekey_ffi_buffer_free` frees.
#[unsafe(no_mangle)]
pub extern "C" fn venuekey_ffi_buffer_new(size: i64) -> *mut u8 {
    // Boxed, its capacity is exactly this.
    Box::into_raw(vec![0; usize::try_from(size).unwrap_or(0)].into_boxed_slice()).cast()
}

/// Frees a buffer that a call has given, or that none has taken over.
///
/// # Safety
/// `start` and `size` are those of one `RustBuffer`, which is used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn venuekey_ffi_buffer_free(start: *mut u8, size: i64) {
    if let (false, Ok(capacity)) = (start.is_null(), usize::try_from(size)) {
        // SAFETY: a `RustBuffer` is a vector of bytes, taken apart.
        drop(unsafe { Vec::from_raw_parts(start, 0, capacity) });
    }
}
