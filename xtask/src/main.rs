//! The generators that the bindings are made with, at the releases of the workspace's lock file.
//!
//! ```text
//! xtask generate --language kotlin --out-dir DIR LIBRARY    feature `uniffi`: Kotlin or Swift from a debug cdylib
//! xtask module INPUT.wasm DIR                               feature `wasm`: JavaScript and types, for every host
//! ```

// A command-line tool speaks to a terminal.
#![allow(clippy::print_stderr)]

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        #[cfg(feature = "uniffi")]
        ["generate", ..] => {
            uniffi::uniffi_bindgen_main();
            ExitCode::SUCCESS
        }
        #[cfg(feature = "wasm")]
        ["module", input, folder] => match module(input, folder) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("xtask module: {error:#}");
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!("usage: xtask generate … (feature uniffi) | xtask module INPUT.wasm DIR (feature wasm)");
            ExitCode::FAILURE
        }
    }
}

/// ES modules that are given the wasm module: the form that `bindings-wasm/pack.mjs` makes a package from.
#[cfg(feature = "wasm")]
fn module(input: &str, folder: &str) -> Result<(), Box<dyn std::error::Error>> {
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(input)
        .web(true)?
        .typescript(true)
        .remove_producers_section(true)
        .generate(folder)?;
    Ok(())
}
