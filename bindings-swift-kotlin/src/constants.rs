//! Numbers and lists that core fixes.

use crate::generated::values::ErrorKind;

/// Numbers and words that this release fixes; see `constants`.
#[derive(Debug, uniffi::Record)]
pub struct Constants {
    /// What `Flow.choose` takes for "make a new account"; no id of the venue's.
    pub create_subaccount: String,
    /// The largest reply that is read, in bytes: a sender reads at most one more.
    pub max_body_bytes: i64,
    /// The largest cursor that is taken back, in bytes.
    pub max_cursor_bytes: i64,
    /// The largest snapshot, in bytes.
    pub max_snapshot_bytes: i64,
    /// The longest token that is taken, in bytes.
    pub max_token_bytes: i64,
    /// The snapshot version this release writes, and the newest it reads.
    pub snapshot_version: i64,
    /// Of this library.
    pub version: String,
}

/// Numbers and words that this release fixes.
#[uniffi::export]
pub fn constants() -> Constants {
    // They are small by far.
    let bytes = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    Constants {
        create_subaccount: venuekey::parts::CREATE_SUBACCOUNT.to_owned(),
        max_body_bytes: bytes(venuekey::parts::MAX_BODY_BYTES),
        max_cursor_bytes: bytes(venuekey::parts::MAX_CURSOR_BYTES),
        max_snapshot_bytes: bytes(venuekey::parts::MAX_SNAPSHOT_BYTES),
        max_token_bytes: bytes(venuekey::parts::MAX_TOKEN_BYTES),
        snapshot_version: venuekey::parts::SNAPSHOT_VERSION.into(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// An error code that this release knows.
#[derive(Debug, uniffi::Record)]
pub struct ErrorCode {
    /// In snake_case.
    pub code: String,
    /// What the caller does next.
    pub kind: ErrorKind,
}

/// Every error code there is, with its kind.
#[uniffi::export]
pub fn error_codes() -> Vec<ErrorCode> {
    let known = |code: &venuekey::parts::ErrorCode| ErrorCode { code: code.as_str().to_owned(), kind: code.kind() };
    venuekey::parts::ErrorCode::ALL.iter().map(known).collect()
}
