//! uniffi's generator, at the release of the workspace's lock file: Kotlin and Swift from a debug cdylib.
//!
//! ```text
//! generate-native LIBRARY DIR
//! ```

// A command-line tool speaks to a terminal.
#![allow(clippy::print_stderr)]

use std::process::ExitCode;

use uniffi_bindgen::bindings::{GenerateOptions, TargetLanguage, generate};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, folder] = arguments.as_slice() else {
        eprintln!("usage: generate-native LIBRARY DIR");
        return ExitCode::FAILURE;
    };
    for (language, name) in [(TargetLanguage::Kotlin, "kotlin"), (TargetLanguage::Swift, "swift")] {
        let options = GenerateOptions {
            languages: vec![language],
            source: library.into(),
            out_dir: format!("{folder}/{name}").into(),
            metadata_no_deps: true,
            ..GenerateOptions::default()
        };
        if let Err(error) = generate(options) {
            eprintln!("generate-native: {error:#}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
