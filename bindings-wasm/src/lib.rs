//! The compiled half of venuekey for JavaScript. `ts/` is the other half and the only caller: there stand the public
//! classes, their documentation, checks of the arguments' types, the clock and the random source.
//!
//! - What carries a secret crosses as a handle; a step, a plan or a record as a plain object of fields and handles.
//! - Times are numbers; what is not a whole number below 2^53 is refused.

// What the rest alone uses.
#![cfg_attr(not(feature = "full"), allow(dead_code, unused_imports, unused_macros))]

mod convert;
mod driver;
mod error;
#[cfg(feature = "full")]
mod full;
mod globals;
mod handle;
mod http;
mod js;
#[cfg(feature = "full")]
mod nonce;
mod outcome;
#[cfg(feature = "full")]
mod seal;
#[cfg(feature = "full")]
mod tokens;
#[cfg(feature = "full")]
mod watch;
mod wrapped;

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::js::{ToJs, object};

/// Numbers and lists that core fixes.
#[wasm_bindgen]
pub fn constants() -> JsValue {
    let codes =
        venuekey::parts::ErrorCode::ALL.iter().map(|code| vec![code.as_str().to_js(), code.kind().as_str().to_js()]);
    object(&[
        ("createSubaccount", venuekey::parts::CREATE_SUBACCOUNT.into()),
        ("errorCodes", codes.collect::<Vec<_>>().to_js()),
        ("maxBodyBytes", venuekey::parts::MAX_BODY_BYTES.into()),
        ("maxCursorBytes", venuekey::parts::MAX_CURSOR_BYTES.into()),
        ("maxSnapshotBytes", venuekey::parts::MAX_SNAPSHOT_BYTES.into()),
        ("maxTokenBytes", venuekey::parts::MAX_TOKEN_BYTES.into()),
        ("snapshotVersion", venuekey::parts::SNAPSHOT_VERSION.into()),
        ("version", env!("CARGO_PKG_VERSION").into()),
    ])
}
