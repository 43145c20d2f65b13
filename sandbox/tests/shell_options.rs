//! Where the program listens and what it takes its options from: flags, environment, file.

use crate::program::{Program, get};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring};

/// A certificate of tests alone, for localhost, whitebit.localhost and 127.0.0.1; valid until 2126.
const TLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls");
const LOGIN: &str = "/auth/login?clientId=demo-whitebit&state=s";

fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).expect("written");
    path
}

/// What it says when it does not start.
fn refused(flags: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_venuekey-sandbox"));
    let output = command.args(["--port", "0"]).args(flags).envs(variables.iter().copied()).output().expect("ran");
    assert!(!output.status.success());
    String::from_utf8(output.stderr).expect("UTF-8")
}

fn knobs(program: &Program) -> String {
    program.exchange(&get("/_sandbox/knobs"))
}

#[test]
fn a_venue_has_a_port_or_a_name_of_its_own() {
    let flags = ["--venue-port=whitebit/global=0", "--venue-name", "bybit/mainnet=bybit.test"];
    let mut program = Program::start(&flags);
    let own = program.line();
    let own: u16 = own.strip_prefix("whitebit/global: http://127.0.0.1:").expect(&own).parse().expect("a port");
    assert_eq!(program.line(), format!("bybit/mainnet: http://bybit.test:{}", program.port));
    let mut stream = TcpStream::connect(("127.0.0.1", own)).expect("connected");
    // Whatever the port is called outside of a container.
    let request = format!("GET {LOGIN} HTTP/1.1\r\nHost: 10.0.2.2:9000\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    assert!(crate::program::read_to_close(&mut stream).contains("location: /consent?session="));
    let time = "GET /v5/market/time HTTP/1.1\r\nHost: bybit.test\r\nUser-Agent: x\r\nConnection: close\r\n\r\n";
    assert!(program.exchange(time).starts_with("HTTP/1.1 200"));
    assert!(program.exchange(&get("/_sandbox/hosts")).contains(&format!("\"127.0.0.1:{own}\"")));
    for (wrong, text) in [("--venue-port=moon=1", "there is no host moon"), ("--venue-name=eu=a b", "a host name has")]
    {
        assert!(refused(&[wrong], &[]).contains(text), "{wrong}");
    }
}

#[test]
fn a_host_name_must_be_allowed() {
    let program = Program::start(&["--allow-host", "sandbox"]);
    let ask = |host: &str| {
        program.exchange(&format!("GET /_sandbox/health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
    };
    assert!(ask("sandbox:8700").starts_with("HTTP/1.1 200") && ask("Sandbox").starts_with("HTTP/1.1 200"));
    assert!(ask("sandbox.example").starts_with("HTTP/1.1 403"));
}

#[test]
fn other_machines_are_let_in_only_by_an_option_of_its_own() {
    for (flags, variables) in [(vec!["--bind=0.0.0.0"], vec![]), (vec![], vec![("VENUEKEY_SANDBOX_BIND", "0.0.0.0")])] {
        assert!(refused(&flags, &variables).contains("--listen-beyond-loopback"));
    }
    Program::start_with(&[], &[("VENUEKEY_SANDBOX_LISTEN_BEYOND_LOOPBACK", "true")]);
}

#[test]
fn a_certificate_makes_it_https() {
    let (certificate, key) = (format!("{TLS}/cert.pem"), format!("{TLS}/key.pem"));
    let fault = "endpoint=unknown,fault=dribble_body,ms=1";
    let program = Program::start(&["--tls-cert", &certificate, "--tls-key", &key, "--fault", fault]);
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&certificate).expect("a certificate")).expect("a root");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let ask = |path: &str| {
        let name = ServerName::try_from("localhost").expect("a name");
        let client = ClientConnection::new(Arc::new(config.clone()), name).expect("a client");
        let mut stream = StreamOwned::new(client, program.connect());
        stream.write_all(get(path).as_bytes()).expect("sent");
        let mut text = String::new();
        // The sandbox closes without an alert where a fault says so.
        let _ = stream.read_to_string(&mut text);
        text
    };
    assert!(ask("/_sandbox/health").ends_with("{\"status\":\"ok\"}"));
    assert!(ask("/whitebit/eu/nothing").ends_with("}"), "a slow body arrives whole");
    assert!(!program.exchange(&get("/_sandbox/health")).contains("HTTP/1.1 200"), "no plain HTTP beside it");
    for (flags, text) in [
        (vec!["--tls-cert", &certificate], "TLS takes both"),
        (vec!["--tls-cert", "/nothing.pem", "--tls-key", &key], "/nothing.pem: no readable PEM"),
        (vec!["--tls-cert", &certificate, "--tls-key", &certificate], "with a private key"),
    ] {
        assert!(refused(&flags, &[]).contains(text), "{flags:?}");
    }
}

#[test]
fn flags_count_before_the_environment_and_that_before_the_file() {
    let text = "seed = 7\nclock_held_at_ms = 5\n\n[knobs.whitebit]\nvariant = \"old\"\ncode_ttl_s = 11\n\n\
                [knobs.bybit]\nredirect_status = 302\n\n[[users.whitebit]]\nuid = 2\nname = \"Ann\"\n\n\
                [[clients.whitebit]]\nclient_id = \"a\"\nclient_secret = \"b\"\nname = \"App\"\n\
                redirect_uris = [\"https://app.example/cb\"]\n";
    let path = file("options.toml", text);
    let path = path.to_str().expect("UTF-8");
    let variables = [
        ("VENUEKEY_SANDBOX_CONFIG", path),
        ("VENUEKEY_SANDBOX_WHITEBIT_CODE_TTL_S", "12"),
        ("VENUEKEY_SANDBOX_BYBIT_REDIRECT_STATUS", "301"),
    ];
    let program = Program::start_with(&["--whitebit-code-ttl-s=13"], &variables);
    let text = knobs(&program);
    for part in ["\"variant\":\"old\"", "\"code_ttl_s\":13", "\"redirect_status\":301"] {
        assert!(text.contains(part), "{part}");
    }
    assert!(program.exchange(&get("/_sandbox/clock")).contains("\"held\":true,\"now_ms\":5"));
    let login = program.exchange(&get("/whitebit/eu/auth/login?clientId=a&state=s"));
    let location = login.lines().find_map(|line| line.strip_prefix("location: ")).expect(&login).to_owned();
    assert!(program.exchange(&get(&location)).contains("Ann, id 2"));
    assert!(program.exchange(&get("/whitebit/eu/auth/login?clientId=demo-whitebit&state=s")).contains(" 400 "));
    for (name, text, part) in [
        ("typo.toml", "prot = 1", "unknown field `prot`"),
        ("knob.toml", "[knobs.whitebit]\nvariants = 1", "unknown field `variants`"),
        ("venue.toml", "[knobs.kraken]\nvariant = 1", "There is no venue kraken"),
    ] {
        let path = file(name, text);
        let said = refused(&["--config", path.to_str().expect("UTF-8")], &[]);
        assert!(said.contains(part), "{said}");
    }
    assert!(refused(&["--config=/nothing.toml"], &[]).contains("/nothing.toml"));
}

/// The one block of TOML of the README, but for its ports, which are this machine's.
#[test]
fn the_file_that_the_readme_shows_is_taken() {
    let readme = include_str!("../README.md");
    let (_, rest) = readme.split_once("```toml\n").expect("a block of TOML");
    let (shown, _) = rest.split_once("```").expect("its end");
    let path = file("readme.toml", &shown.replace("= 8700", "= 0").replace("= 8701", "= 0"));
    let program = Program::start_with(&["--config", path.to_str().expect("UTF-8")], &[]);
    assert!(program.exchange(&get("/_sandbox/clock")).contains("\"held\":true,\"now_ms\":1700000000000"));
    assert!(knobs(&program).contains("\"variant\":\"old\""));
}

#[test]
fn it_ends_with_its_input_if_it_is_told_to() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_venuekey-sandbox"));
    let mut child = command
        .args(["--port=0", "--exit-with-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("stdout")).read_line(&mut line).expect("a line");
    assert!(line.contains("listening on"), "{line}");
    drop(child.stdin.take());
    assert!(child.wait().expect("ended").success());
}

/// The container's file, without a container: its variables are options, its command is the program's.
#[test]
fn the_dockerfile_says_what_the_program_understands() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Dockerfile")).expect("a Dockerfile");
    let help = Command::new(env!("CARGO_BIN_EXE_venuekey-sandbox")).arg("--help").output().expect("ran").stdout;
    let help = String::from_utf8(help).expect("UTF-8");
    let variables: Vec<&str> =
        text.split(['\n', ' ', '\\']).filter(|word| word.starts_with("VENUEKEY_SANDBOX_")).collect();
    assert_eq!(variables.len(), 2, "{variables:?}");
    for variable in variables {
        let (name, _) = variable.split_once('=').expect("a value");
        let flag = name["VENUEKEY_SANDBOX_".len()..].to_lowercase().replace('_', "-");
        assert!(help.contains(&format!("--{flag}")), "{flag}");
    }
    assert!(text.contains(" build --release --locked -p venuekey-sandbox\n"));
    assert!(text.contains("EXPOSE 8700") && text.contains("ENTRYPOINT [\"venuekey-sandbox\"]"));
}
