//! Account reads met by replies and cursors that are cut, swollen, flipped or another read's: never a panic, never the
//! venue's words in a message, and what follows can be kept and gone on with.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::string_slice)]

mod common;

use common::*;
use fastrand::Rng;
use serde_json::Value;
use venuekey::parts::*;

/// Each read of the cases by its cursor, with the reply it got, and each body.
fn material() -> (Vec<(String, String)>, Vec<String>) {
    let (mut cursors, mut bodies) = (Vec::new(), Vec::new());
    for path in files_of("reads") {
        let case = load(&path);
        let empty = Vec::new();
        let pages = case["pages"].as_array().unwrap_or(&empty);
        let mut cursor = case["start"]["expect"]["cursor"].as_str();
        for page in pages {
            let body = page["body"].as_str().unwrap_or("{}");
            cursors.extend(cursor.map(|text| (text.to_owned(), body.to_owned())));
            bodies.push(body.to_owned());
            cursor = page["expect"]["cursor"].as_str().or(cursor);
        }
    }
    assert!(cursors.len() > 100 && bodies.len() > 100);
    (cursors, bodies)
}

fn spoil(rng: &mut Rng, text: &str, others: &[String]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let at = |rng: &mut Rng, bytes: &[u8]| rng.usize(0..=bytes.len());
    match rng.u8(0..6) {
        0 => bytes.truncate(at(rng, &bytes)),
        1 if !bytes.is_empty() => {
            let index = rng.usize(0..bytes.len());
            bytes[index] ^= 1 << rng.u8(0..8);
        }
        2 => {
            let pieces =
                ["{}", "[]", "null", "-1", "1e999", "\"\"", "99999999999999999999", "[[[[", "18446744073709551615"];
            let index = at(rng, &bytes);
            bytes.splice(index..index, pieces[rng.usize(0..pieces.len())].bytes());
        }
        3 => {
            // One number becomes another.
            let digits: Vec<usize> = (0..bytes.len()).filter(|i| bytes[*i].is_ascii_digit()).collect();
            if !digits.is_empty() {
                bytes[digits[rng.usize(..digits.len())]] = b'0' + rng.u8(0..10);
            }
        }
        4 => bytes = others[rng.usize(0..others.len())].clone().into_bytes(),
        _ => bytes = String::from_utf8_lossy(&bytes).replace("null", "7").replace("\"0\"", "{}").into_bytes(),
    }
    bytes
}

#[test]
fn spoiled_replies_and_cursors() {
    let seed = std::env::var("VENUEKEY_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(|| Rng::new().u64(..));
    println!("VENUEKEY_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let (cursors, bodies) = material();
    let in_environments = |case: &str, names: [&str; 2]| {
        let config = case_of("reads", case);
        names.map(|environment| {
            let (mut of_client, mut of_key) = (config["client"].clone(), config["signer"].clone());
            of_client["environment"] = Value::from(environment);
            of_key["environment"] = Value::from(environment);
            (client(&of_client).expect("a client"), signer(&of_key).expect("a signer"))
        })
    };
    let mut clients = in_environments("signed_transactions", ["global", "eu"]).to_vec();
    clients.extend(in_environments("bybit_wallet", ["mainnet", "testnet"]));
    let resume = |cursor: &str| {
        let mut tried = clients.iter().map(|(client, signer)| client.resume_read(cursor).map(|read| (read, signer)));
        tried.clone().find(Result::is_ok).unwrap_or_else(|| tried.next().expect("a client"))
    };
    let tokens = Tokens::new(Secret::new("canary-token"), None, 0, None, vec![]).expect("tokens");
    let (mut read_through, mut refused, mut resumed) = (0, 0, 0);
    for _ in 0..30_000 {
        let (cursor, its_own) = &cursors[rng.usize(..cursors.len())];
        let cursor = if rng.u8(0..4) == 0 {
            String::from_utf8_lossy(&spoil(&mut rng, cursor, &bodies)).into_owned()
        } else {
            cursor.clone()
        };
        let (read, signer) = match resume(&cursor) {
            Ok(found) => found,
            Err(error) => {
                assert!(["snapshot_invalid", "snapshot_version", "snapshot_mismatch"].contains(&error.code().as_str()));
                continue;
            }
        };
        resumed += 1;
        let is_signed = rng.bool() || read.request(&tokens).is_err();
        let asked = if is_signed { read.sign(signer, 1_790_000_000_000) } else { read.request(&tokens) };
        let Ok(request) = asked else { continue };
        assert!(!cursor.contains("canary") && !format!("{read:?}{request:?}").contains("canary"));
        let body = if rng.bool() { its_own } else { &bodies[rng.usize(..bodies.len())] };
        let status = [200, 200, 200, 201, 201, 400, 401, 403, 404, 422, 429, 503, 302, 418][rng.usize(..14)];
        let body = spoil(&mut rng, body, &bodies);
        let reply = HttpResponse::new(status, body);
        match if is_signed { read.receive_signed(&reply) } else { read.receive(&reply) } {
            Ok(page) => {
                read_through += 1;
                let _: Value = serde_json::from_str(&page.records_json()).expect("json");
                assert!(!format!("{page:?}").contains("BTC"), "{page:?}");
                if let Some(next) = page.next {
                    let (again, _) = resume(&next.cursor()).expect("its own cursor");
                    assert_eq!(again.cursor(), next.cursor());
                }
            }
            Err(error) => {
                refused += 1;
                for word in ["Validation", "Unauthorized", "Forbidden", "BTC_USDT", "37200", "<html"] {
                    assert!(!error.to_string().contains(word), "{error}");
                }
            }
        }
    }
    assert!(read_through > 1_000 && refused > 1_000 && resumed > 10_000, "{read_through} {refused} {resumed}");
}
