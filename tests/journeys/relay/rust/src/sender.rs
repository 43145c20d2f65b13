//! HTTP on loopback, one connection a request: Rust has no sender of ours.

use std::io::{Read, Write};
use std::net::TcpStream;

use venuekey::parts::HttpRequest;

/// The reply's status and body; none where no complete one came.
pub fn send(request: &HttpRequest) -> Option<(u16, Vec<u8>)> {
    let (authority, path) = request.url().strip_prefix("http://")?.split_once('/')?;
    let body = request.body().unwrap_or_default();
    let mut head =
        format!("{} /{path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n", request.method().as_str());
    for header in request.headers() {
        // Exposed to be sent.
        head += &format!("{}: {}\r\n", header.name(), header.value().expose());
    }
    head += &format!("content-length: {}\r\n\r\n", body.len());
    let mut stream = TcpStream::connect(authority).ok()?;
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).ok()?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).ok()?;
    read(&reply)
}

fn read(reply: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = reply.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = (std::str::from_utf8(&reply[..end]).ok()?.to_ascii_lowercase(), &reply[end + 4..]);
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let length: usize = lines.find_map(|line| line.strip_prefix("content-length:"))?.trim().parse().ok()?;
    (body.len() == length).then(|| (status, body.to_vec()))
}
