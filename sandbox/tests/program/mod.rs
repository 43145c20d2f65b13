//! The program as a child of a test.
#![allow(dead_code)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A running one, on a port of its own.
pub struct Program {
    pub child: Child,
    pub port: u16,
    /// What it said of further addresses.
    out: BufReader<ChildStdout>,
}

impl Program {
    pub fn start(flags: &[&str]) -> Program {
        Program::start_with(flags, &[])
    }

    /// With variables of the environment.
    pub fn start_with(flags: &[&str], variables: &[(&str, &str)]) -> Program {
        let mut child = Command::new(env!("CARGO_BIN_EXE_venuekey-sandbox"))
            .args(["--port", "0"])
            .args(flags)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("stdout"));
        out.read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("venuekey-sandbox listening on http");
        let address = url.and_then(|url| url.split("://127.0.0.1:").nth(1));
        let port = address.unwrap_or_else(|| panic!("unexpected line {line:?}")).parse().expect("a port");
        out.read_line(&mut line).expect("the admin page");
        Program { child, port, out }
    }

    /// The next line that it says.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("a line");
        line.trim().to_owned()
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("connected");
        let limit = Some(Duration::from_secs(300));
        stream.set_read_timeout(limit).expect("read timeout");
        stream
    }

    /// Everything the server sends until it closes the connection.
    pub fn exchange(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("sent");
        read_to_close(&mut stream)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn read_to_close(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is a close as well.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8(bytes).expect("UTF-8")
}

pub fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
}

pub fn keep_alive(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
}
