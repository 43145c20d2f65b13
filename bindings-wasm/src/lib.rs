//! venuekey for JavaScript and TypeScript, by wasm-bindgen. It converts and adds the language's idiom; it
//! decides nothing.
//!
//! - What carries a secret is a class with a redacted `toString` and `toJSON` (`pack.mjs` adds
//!   `util.inspect`); a step, an outcome and a status are plain frozen objects, told apart by `type`.
//! - Times are numbers; what is not a whole number below 2^53 is refused.
//! - Every call that takes a time or entropy takes the platform's when given none.

mod account;
mod ambient;
mod client;
mod convert;
mod error;
mod flow;
mod http;
mod secret;

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("../types.d.ts");
