//! venuekey for Kotlin and Swift, by uniffi. It converts and adds each language's idiom; it decides nothing.
//!
//! - What carries a secret is an object with a redacted description; a record may hold such objects,
//!   never a secret's text: a data class prints its fields.
//! - Whole numbers are signed: Kotlin's unsigned ones can't be called from Java.
//! - Every call that takes a time or entropy takes the operating system's when given none.
#![forbid(unsafe_code)]

mod account;
mod ambient;
mod client;
mod error;
mod flow;
mod http;
mod secret;
mod values;

uniffi::setup_scaffolding!("venuekey");
