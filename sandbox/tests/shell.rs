//! The program over a real socket: what no in-process test can see.

use crate::program::{Program, get, keep_alive, read_to_close};
use std::io::{Read, Write};
use std::process::Command;
use std::time::{Duration, Instant};

const INFO: &str = "/whitebit/global/oauth2/api-key/info";

#[test]
fn health_answers() {
    let program = Program::start(&[]);
    let text = program.exchange(&get("/_sandbox/health"));
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.ends_with("{\"status\":\"ok\"}"), "{text}");
}

#[test]
fn close_without_byte_sends_no_byte() {
    for fault in ["drop_reply", "close_before"] {
        let flag = format!("endpoint=info,fault={fault},count=1");
        let program = Program::start(&["--fault", &flag]);
        // The request asks to keep the connection: it is the server that closes it.
        assert_eq!(program.exchange(&keep_alive(INFO)), "", "{fault}");
        assert!(program.exchange(&get(INFO)).starts_with("HTTP/1.1 401"));
        let seen = program.exchange(&get("/_sandbox/requests"));
        assert_eq!(seen.matches("\"endpoint\":\"info\"").count(), 2);
    }
}

#[test]
fn a_kept_alive_connection_closes_without_a_byte_of_the_second_reply() {
    let program = Program::start(&["--fault", "endpoint=info,fault=close_before"]);
    let mut stream = program.connect();
    let first = keep_alive("/_sandbox/health");
    stream.write_all(first.as_bytes()).expect("sent");
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"{\"status\":\"ok\"}") {
        stream.read_exact(&mut byte).expect("a byte");
        head.push(byte[0]);
    }
    stream.write_all(keep_alive(INFO).as_bytes()).expect("sent");
    assert_eq!(read_to_close(&mut stream), "");
}

#[test]
fn truncated_promises_more_than_it_sends() {
    let program = Program::start(&["--fault", "endpoint=info,fault=truncated_json"]);
    let text = program.exchange(&keep_alive(INFO));
    let (head, body) = text.split_once("\r\n\r\n").expect("a whole head");
    let promised: usize = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok())
        .expect("content-length");
    assert!(head.starts_with("HTTP/1.1 401"), "{head}");
    assert!(!body.is_empty() && body.len() < promised, "{} of {promised}", body.len());
}

#[test]
fn delay_is_real() {
    let program = Program::start(&["--fault", "endpoint=info,fault=delay,ms=300"]);
    let started = Instant::now();
    assert!(program.exchange(&get(INFO)).starts_with("HTTP/1.1 401"));
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[test]
fn dribbled_replies_arrive_whole_and_slowly() {
    let plain = Program::start(&[]).exchange(&get(INFO));
    let (head, body) = plain.split_once("\r\n\r\n").expect("a whole head");
    for (fault, pieces) in [("dribble_head", head.lines().count()), ("dribble_body", body.len() - 1)] {
        let program = Program::start(&["--fault", &format!("endpoint=info,fault={fault},ms=20")]);
        let started = Instant::now();
        let slow = program.exchange(&get(INFO));
        assert!(started.elapsed() >= Duration::from_millis(20) * u32::try_from(pieces).expect("few"), "{fault}");
        assert!(slow.starts_with("HTTP/1.1 401") && slow.ends_with(body), "{slow}");
        assert!(program.exchange(&get(INFO)).ends_with(body));
    }
}

#[test]
fn flags_reach_the_knobs_and_the_clients() {
    let program = Program::start(&[
        "--whitebit-user-decision",
        "approve",
        "--bybit-redirect-status",
        "302",
        "--redirect-uri",
        "bybit=https://partner.example/cb",
        "--bybit-user-decision=approve",
    ]);
    let text = program.exchange(&get("/_sandbox/knobs"));
    assert!(text.contains("\"redirect_status\":302"), "{text}");
    let text = program.exchange(&get("/bybit/testnet/oauth?client_id=demo-bybit&response_type=code&scope=openapi\
         &redirect_uri=https%3A%2F%2Fpartner.example%2Fcb&state=x"));
    assert!(text.starts_with("HTTP/1.1 302"), "{text}");
    assert!(text.contains("location: https://partner.example/cb/?response_type=code&code="));
}

#[test]
fn a_partner_is_called_by_its_given_name() {
    let program = Program::start(&["--client-name", "whitebit=Nobody", "--client-name", "whitebit=Thrift & <Co>=1"]);
    let heading = |login: &str| {
        let text = program.exchange(&get(login));
        let location = text.lines().find_map(|line| line.strip_prefix("location: ")).expect("a redirect");
        let page = program.exchange(&get(location));
        page.lines().find(|line| line.starts_with("<h1>")).expect("a heading").to_owned()
    };
    let whitebit = heading("/whitebit/eu/auth/login?clientId=demo-whitebit&state=s");
    assert_eq!(whitebit, "<h1>Thrift &amp; &lt;Co&gt;=1 wants to read your account</h1>");
    let bybit = heading(
        "/bybit/mainnet/oauth?client_id=demo-bybit&response_type=code&scope=openapi\
         &redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fcallback%2Fbybit",
    );
    assert_eq!(bybit, "<h1>Demo Partner wants to connect to your account</h1>");
    for wrong in ["whitebit=", "kraken=Name", "Name"] {
        let refused = Command::new(env!("CARGO_BIN_EXE_venuekey-sandbox")).args(["--client-name", wrong]).output();
        assert_eq!(refused.expect("ran").status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn other_names_and_other_addresses_are_refused() {
    let program = Program::start(&[]);
    for host in ["rebound.example", "rebound.example:80"] {
        let request = format!("GET {INFO} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert!(program.exchange(&request).starts_with("HTTP/1.1 403"), "{host}");
    }
    for host in ["localhost:1", "[::1]:1", "[::1]", "10.0.2.2:1"] {
        let request = format!("GET {INFO} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert!(program.exchange(&request).starts_with("HTTP/1.1 401"), "{host}");
    }
    let refused = Command::new(env!("CARGO_BIN_EXE_venuekey-sandbox"))
        .args(["--port", "0", "--bind", "0.0.0.0"])
        .output()
        .expect("ran");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not a loopback address"));
}

#[cfg(unix)]
#[test]
fn sigterm_ends_it_and_the_log_holds_no_query() {
    let mut program = Program::start(&[]);
    program.exchange(&get("/whitebit/global/auth/login?clientId=hunter2"));
    let id = program.child.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &id]).status();
    assert!(sent.expect("kill runs").success());
    assert!(program.child.wait().expect("ended").success());
    let mut log = String::new();
    let mut stderr = program.child.stderr.take().expect("stderr");
    stderr.read_to_string(&mut log).expect("UTF-8");
    assert_eq!(log, "GET /whitebit/global/auth/login 400\n");
}

#[test]
fn help_lists_every_knob() {
    let help = Command::new(env!("CARGO_BIN_EXE_venuekey-sandbox")).arg("--help").output().expect("ran");
    let help = String::from_utf8(help.stdout).expect("UTF-8");
    for profile in venuekey_sandbox::venue::all().iter().map(|exchange| exchange.profile()) {
        for knob in &profile.knobs {
            let flag = format!("--{}-{} ", profile.name, knob.name.replace('_', "-"));
            assert!(help.contains(&flag), "{flag}");
        }
    }
}

#[test]
fn a_signed_call_keeps_its_bytes_on_the_way() {
    // The first vector of facts/whitebit.md, 10.3.
    let body = r#"{"request":"/api/v4/trade-account/balance","nonce":1700000000000}"#;
    let headers = "Content-type: application/json\r\n\
        X-TXC-APIKEY: 550e8400-e29b-41d4-a716-446655440000\r\n\
        X-TXC-PAYLOAD: eyJyZXF1ZXN0IjoiL2FwaS92NC90cmFkZS1hY2NvdW50L2JhbGFuY2UiLCJub25jZSI6MTcwMDAwMDAwMDAwMH0=\r\n\
        X-TXC-SIGNATURE: 3b5deaa173ca4204a938233cdc664aa3afb58aff205c61f6a3ff2b815297da185dcfb84b66814301c1ebb5e826b1089b274dce3b1056393919da5d88988ce326";
    let request = format!(
        "POST /whitebit/global/api/v4/trade-account/balance HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
         {headers}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let key = "global=550e8400-e29b-41d4-a716-446655440000:test-secret-0123456789abcdef";
    let program = Program::start(&["--api-key", key]);
    assert!(program.exchange(&request).starts_with("HTTP/1.1 200"));
    let again = program.exchange(&request);
    assert!(again.starts_with("HTTP/1.1 429") && again.contains("Too many requests."), "{again}");
}
