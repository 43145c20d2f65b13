//! wasm-bindgen's generator, at the release of the workspace's lock file: JavaScript and types, for every host.
//!
//! ```text
//! generate-wasm INPUT.wasm DIR
//! ```

// A command-line tool speaks to a terminal.
#![allow(clippy::print_stderr)]

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, folder] = arguments.as_slice() else {
        eprintln!("usage: generate-wasm INPUT.wasm DIR");
        return ExitCode::FAILURE;
    };
    match module(input, folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("generate-wasm: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// ES modules that are given the wasm module: the form that `bindings-wasm/pack.mjs` makes a package from.
fn module(input: &str, folder: &str) -> Result<(), Box<dyn std::error::Error>> {
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(input)
        .web(true)?
        .typescript(true)
        .remove_producers_section(true)
        .generate(folder)?;
    Ok(())
}
