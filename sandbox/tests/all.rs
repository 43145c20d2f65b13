//! All of them in one program: each file of its own would be linked with the whole sandbox once more.

mod addresses;
mod admin;
mod any_request;
mod bounds;
mod bybit;
mod bybit_accounts;
mod bybit_agent;
mod bybit_readings;
mod bybit_reads;
mod bybit_signed;
mod bybit_v5;
mod consent;
mod consent_json;
#[cfg(feature = "server")]
mod console;
mod fault_replies;
mod faults;
mod field_reports;
mod key_lifecycle;
mod names;
mod openapi;
mod other_clients;
#[cfg(feature = "server")]
mod program;
mod recorded;
#[cfg(feature = "server")]
mod shell;
#[cfg(feature = "server")]
mod shell_options;
mod signed_records;
mod support;
mod toy;
mod toy_exchange;
mod whitebit_accounts;
mod whitebit_grant;
mod whitebit_histories;
mod whitebit_key;
mod whitebit_nonce;
mod whitebit_plain;
mod whitebit_readings;
mod whitebit_reads;
mod whitebit_rest;
mod whitebit_signed;

/// A file that is not named above would not be run.
#[test]
fn every_file_is_named_here() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    for file in std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path()) {
        let name = file.file_stem().and_then(|name| name.to_str()).expect("a name");
        let is_module = file.extension().is_some_and(|is| is == "rs") && name != "all";
        assert!(
            !is_module || include_str!("all.rs").contains(&format!("\nmod {name};\n")),
            "all.rs does not name {name}"
        );
    }
}
