//! Invariant: a cursor is refused by a code of its own, or writes the same cursor again and asks for a page.
#![no_main]
use venuekey_fuzz::*;

fn seeds() -> Vec<Vec<u8>> {
    READS.names().map(|name| seed(name, &READS.of(name.as_bytes()).read.cursor())).collect()
}

fn check(data: &[u8]) {
    let (line, text) = split(data);
    let Read { client, signer, .. } = READS.of(line);
    let Ok(text) = std::str::from_utf8(text) else { return };
    match client.resume_read(text) {
        Err(error) => {
            let code = error.code().as_str();
            assert!(["snapshot_invalid", "snapshot_version", "snapshot_mismatch"].contains(&code), "{code}");
        }
        Ok(read) => {
            let again = client.resume_read(&read.cursor()).expect("its own cursor");
            assert_eq!(again.cursor(), read.cursor());
            let _ = signer.as_ref().map(|signer| read.sign(signer, NOW_MS));
            let _ = read.request(&TOKENS);
        }
    }
}

target!();
