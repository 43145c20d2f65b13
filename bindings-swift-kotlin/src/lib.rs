//! venuekey for Kotlin and Swift, by uniffi. It converts and adds each language's idiom; it decides nothing. Its
//! comments are the reference that both languages' readers see, so they name things as those do where they can.
//!
//! - What carries a secret is an object with a redacted description; a record may hold such objects,
//!   never a secret's text: a data class prints its fields.
//! - Whole numbers are signed: Kotlin's unsigned ones can't be called from Java.
//! - Every call that takes a time or entropy takes the operating system's when given none.
//! - The client's secret is behind the feature `server`: what an app is built with has no call that takes one.
#![deny(unsafe_code)]
// An error is written out as soon as it is returned.
#![allow(clippy::result_large_err)]

mod ambient;
mod buffers;
mod client;
mod constants;
mod cross;
mod drivers;
mod error;
mod generated;
mod http;
mod keys;
mod nonces;
mod object;
mod registry;
mod seal;
mod secret;
mod step;

uniffi::setup_scaffolding!("venuekey");
