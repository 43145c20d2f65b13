"""What CONTRIBUTING says that lints keep out of core, they do: a crate with core's lints that does each thing once."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# A line each: every one of them must be refused.
REFUSED = """
    let _ = std::time::SystemTime::now();
    let _ = std::time::Instant::now();
    let _ = std::fs::read("x");
    let _ = std::fs::read_to_string("x");
    let _ = std::fs::write("x", "y");
    let _ = std::fs::File::open("x");
    let _ = std::fs::read_dir("x");
    let _ = std::path::Path::new("x").exists();
    let _ = std::net::TcpStream::connect("127.0.0.1:1");
    let _ = std::net::UdpSocket::bind("127.0.0.1:1");
    let _ = std::net::ToSocketAddrs::to_socket_addrs("localhost:1");
    let _ = std::env::var("X");
    let _ = std::env::args();
    let _ = std::env::current_dir();
    let _ = std::io::stdin();
    let _ = std::io::stdout();
    let _ = std::io::stderr();
    let _ = std::process::Command::new("x");
    let _ = std::process::id();
    std::process::exit(1);
    std::process::abort();
    let _ = std::thread::spawn(|| ());
    std::thread::sleep(core::time::Duration::ZERO);
    let _ = std::collections::HashMap::<u8, u8>::new();
    let _ = std::collections::HashSet::<u8>::new();
    let _ = std::hash::RandomState::new();
    let _ = std::sync::Mutex::new(1);
    let _ = std::sync::RwLock::new(1);
    let _ = std::sync::OnceLock::<u8>::new();
    let _ = std::sync::LazyLock::new(|| 1);
    let _ = std::sync::mpsc::channel::<u8>();
    let _ = core::cell::RefCell::new(1);
    std::thread_local! { static X: u8 = const { 1 } }
    println!("x");
    print!("x");
    eprintln!("x");
    eprint!("x");
    let _ = dbg!(1);
    async fn waits() {}
    let _ = core::future::ready(1);
    let _: Option<Box<dyn core::future::Future<Output = u8>>> = None;
    let _ = None::<u8>.unwrap();
    let _ = None::<u8>.expect("x");
    panic!();
    todo!();
    unimplemented!();
    unreachable!();
    assert!(list.is_empty());
    assert_eq!(list, [1]);
    assert_ne!(list, [1]);
    let _ = list[0];
    let _ = &text[1..];
    let _ = text.as_bytes()[0];
"""
ALLOWED = """
    let _ = std::sync::Arc::new(1);
    let _ = std::collections::BTreeMap::<u8, u8>::new();
    let _ = core::time::Duration::from_secs(1);
    let _ = std::io::Write::write(&mut Vec::new(), b"x");
    let _ = list.first();
    debug_assert!(list.is_empty());
"""


def test_core_can_do_no_io_and_does_not_panic(tmp_path: Path) -> None:
    manifest, library = (ROOT / "core/Cargo.toml").read_text(), (ROOT / "core/src/lib.rs").read_text()
    lints = manifest[manifest.index("[lints.rust]") :].replace('missing_docs = "deny"', "")
    package = '[workspace]\n[package]\nname = "x"\nversion = "0.0.0"\nedition = "2024"\n'
    (tmp_path / "Cargo.toml").write_text(package + lints)
    shutil.copy(ROOT / "core/clippy.toml", tmp_path)
    bodies = [body.strip() for body in (REFUSED + ALLOWED).splitlines() if body.strip()]
    source = re.findall(r"^#!\[.*\bdeny\(.*\]$", library, re.M)
    start = len(source) + 1
    quiet = "#[allow(unused, clippy::diverging_sub_expression)]"
    source += [f"{quiet} pub fn f{n}(list: &[u8], text: &str) {{ {body} }}" for n, body in enumerate(bodies)]
    (tmp_path / "src").mkdir()
    (tmp_path / "src/lib.rs").write_text("\n".join(source) + "\n")
    ran = subprocess.run(
        ["cargo", "clippy", "--quiet", "--offline", "--message-format=json", "--target-dir", tmp_path / "target"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    messages = [json.loads(line) for line in ran.stdout.splitlines()]
    told = [m["message"] for m in messages if m["reason"] == "compiler-message" and m["message"]["code"]]
    assert told, ran.stderr
    assert [m["rendered"] for m in told if not m["code"]["code"].startswith("clippy::")] == [], "this is no Rust"
    lines = {span["line_start"] for m in told if m["level"] == "error" for span in m["spans"]}
    passed = [body for line, body in enumerate(bodies, start) if line not in lines]
    assert passed == [body.strip() for body in ALLOWED.splitlines() if body.strip()]
