//! uniffi's generator, at the release of the workspace's lock file: Kotlin or Swift from a debug cdylib.
//!
//! ```text
//! generate-native generate --language kotlin --out-dir DIR LIBRARY
//! ```

fn main() {
    uniffi::uniffi_bindgen_main();
}
