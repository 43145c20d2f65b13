//! Serves the sandbox on loopback. `--help` lists every switch.
#![forbid(unsafe_code)]

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    match venuekey_sandbox::server::run(venuekey_sandbox::venue::all()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "venuekey-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}
