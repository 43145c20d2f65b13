//! One connection: HTTP/1.1 by hyper, answered by the sandbox.
//!
//! hyper's connection is driven directly, because two faults need it: a connection that closes
//! without a byte, and a body that ends before its `content-length`.

use super::paced::{Pace, Paced};
use crate::base::http::{Answer, Reply, Request};
use crate::engine::sandbox::Sandbox;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

/// No documented request is larger than a few kilobytes.
const BODY_LIMIT: usize = 1 << 20;

/// Whom a connection's requests are for.
#[derive(Clone)]
pub(super) struct Door {
    pub sandbox: Arc<Mutex<Sandbox>>,
    /// The host under test that this address stands for; that which the request names, where there is none.
    pub host: Option<String>,
    /// The names that a request's `Host` may have besides localhost and any IP address.
    pub names: Arc<Vec<String>>,
}

pub(super) async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    door: Door,
    mut stopping: watch::Receiver<()>,
) {
    let pace = Pace::default();
    let stream = TokioIo::new(Paced::new(stream, pace.clone()));
    let service = service_fn(move |request| answer(request, door.clone(), pace.clone()));
    let served = hyper::server::conn::http1::Builder::new().timer(TokioTimer::new()).serve_connection(stream, service);
    let mut served = std::pin::pin!(served);
    // An error here is a fault doing its work, or a client that left.
    let _ = tokio::select! {
        ended = &mut served => ended,
        _ = stopping.changed() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
}

/// What makes hyper close the connection: before any byte when a service returns it, in the middle of
/// a body when the body does.
#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed on purpose")
    }
}

impl std::error::Error for Closed {}

async fn answer(request: hyper::Request<Incoming>, door: Door, pace: Pace) -> Result<hyper::Response<Payload>, Closed> {
    let line = format!("{} {}", request.method(), request.uri().path());
    let Answer { delay_ms, line_ms, byte_ms, reply } = match read(request, &door.names).await {
        Ok(request) => {
            // A panic under the lock would have been in the sandbox; its state is still the best
            // there is.
            let mut sandbox = door.sandbox.lock().unwrap_or_else(PoisonError::into_inner);
            match &door.host {
                Some(host) => sandbox.handle_at(host, &request, now_ms()),
                None => sandbox.handle(&request, now_ms()),
            }
        }
        Err((status, text)) => Answer::now(Reply::Response { status, headers: Vec::new(), body: text.into() }),
    };
    log(&line, &reply, delay_ms);
    tokio::time::sleep(Duration::from_millis(delay_ms)).await;
    pace.set(line_ms, byte_ms);
    match reply {
        Reply::CloseWithoutByte => Err(Closed),
        Reply::Response { status, headers, body } => Ok(response(status, headers, body, false)),
        Reply::Truncated { status, headers, body } => Ok(response(status, headers, body, true)),
    }
}

async fn read(request: hyper::Request<Incoming>, names: &[String]) -> Result<Request, (u16, &'static str)> {
    let (parts, body) = request.into_parts();
    let headers: Vec<(String, String)> = parts
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    let host = headers.iter().find(|(name, _)| name == "host");
    if host.is_some_and(|(_, host)| !is_local(host) && !is_allowed(host, names)) {
        return Err((403, "The Host must be localhost, an IP address, or a name that --allow-host gives.\n"));
    }
    let body = Limited::new(body, BODY_LIMIT)
        .collect()
        .await
        .map_err(|_| (413, "The body is larger than 1 MiB, or did not arrive.\n"))?;
    Ok(Request {
        method: parts.method.as_str().to_owned(),
        target: parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        headers,
        body: body.to_bytes().to_vec(),
    })
}

/// A name other than localhost could be another site's, pointed here (DNS rebinding). An address
/// cannot, and an emulator reaches loopback under one of its own.
fn is_local(host: &str) -> bool {
    host.parse::<SocketAddr>().is_ok()
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
        || host.split(':').next() == Some("localhost")
}

fn is_allowed(host: &str, names: &[String]) -> bool {
    let name = host.split(':').next().unwrap_or_default();
    names.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
}

fn response(status: u16, headers: Vec<(String, String)>, body: Vec<u8>, cut: bool) -> hyper::Response<Payload> {
    let mut response = hyper::Response::new(Payload {
        data: Some(Bytes::from(body)).filter(|data| !data.is_empty()),
        cut: if cut { Cut::AfterFlush } else { Cut::Never },
    });
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()))
        {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// A body, whole or cut short.
struct Payload {
    data: Option<Bytes>,
    cut: Cut,
}

enum Cut {
    Never,
    /// Lets hyper write what it has, then closes.
    AfterFlush,
    Now,
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Closed;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Closed>>> {
        if let Some(data) = self.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match self.cut {
            Cut::Never => Poll::Ready(None),
            Cut::AfterFlush => {
                self.cut = Cut::Now;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Cut::Now => Poll::Ready(Some(Err(Closed))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_none() && matches!(self.cut, Cut::Never)
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        match self.cut {
            Cut::Never => hyper::body::SizeHint::with_exact(self.data.as_ref().map_or(0, |data| data.len() as u64)),
            _ => hyper::body::SizeHint::default(),
        }
    }
}

/// Method, path and outcome; never a query, a header or a body.
fn log(line: &str, reply: &Reply, delay_ms: u64) {
    let outcome = match reply {
        Reply::Response { status, .. } => status.to_string(),
        Reply::Truncated { status, .. } => format!("{status}, truncated"),
        Reply::CloseWithoutByte => "closed without a byte".to_owned(),
    };
    let late = match delay_ms {
        0 => String::new(),
        ms => format!(", {ms} ms late"),
    };
    // Nobody may be reading; that is no reason to stop.
    let _ = writeln!(io::stderr(), "{line} {outcome}{late}");
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis().try_into().unwrap_or(u64::MAX))
}
