//! The shell around [`Sandbox`]: HTTP/1.1 on loopback, TLS, the clock, the command line.

mod connection;
mod file;
mod options;
mod paced;
mod tls;
mod values;

pub use options::Options;

use crate::engine::sandbox::Sandbox;
use crate::exchange::Exchange;
use connection::{Door, connection};
use std::io::{self, Write};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// So long may open connections take to end after a signal.
const GRACE: Duration = Duration::from_secs(2);

/// Where the sandbox listens.
#[derive(Clone, Debug)]
pub struct Listening {
    /// The address of everything: hosts under test below their path prefixes, admin endpoints.
    pub url: String,
    /// The hosts under test that have an address of their own, by port or name, and that address.
    pub hosts: Vec<(String, String)>,
}

/// Serves these exchanges until SIGTERM, ctrl-c or, on request, the end of standard input. `started` is told the addresses.
pub async fn serve(
    mut options: Options,
    exchanges: Vec<Box<dyn Exchange>>,
    started: impl FnOnce(&Listening),
) -> io::Result<()> {
    if !may_listen(options.bind, options.listen_beyond_loopback) {
        let text = format!(
            "{} is not a loopback address; --listen-beyond-loopback lets other machines reach the sandbox.",
            options.bind
        );
        return Err(wrong(text));
    }
    let tls = match &options.tls {
        Some((certificate, key)) => Some(tls::acceptor(certificate, key)?),
        None => None,
    };
    let scheme = if tls.is_some() { "https" } else { "http" };
    options.config.https = tls.is_some();

    let main = TcpListener::bind((options.bind, options.port)).await?;
    let address = main.local_addr()?;
    let mut listening = Listening { url: format!("{scheme}://{address}"), hosts: Vec::new() };
    let mut listeners = vec![(main, None)];
    for (host, port) in &options.venue_ports {
        let listener = TcpListener::bind((options.bind, *port)).await?;
        let address = listener.local_addr()?;
        for own in [address.to_string(), format!("localhost:{}", address.port())] {
            options.config.addresses.insert(own, host.clone());
        }
        listening.hosts.push((host.clone(), format!("{scheme}://{address}")));
        listeners.push((listener, Some(host.clone())));
    }
    for (host, name) in &options.venue_names {
        options.config.addresses.insert(name.clone(), host.clone());
        options.allow_hosts.push(name.clone());
        listening.hosts.push((host.clone(), format!("{scheme}://{name}:{}", address.port())));
    }
    let sandbox = Arc::new(Mutex::new(Sandbox::with(exchanges, options.config).map_err(wrong)?));
    let names = Arc::new(options.allow_hosts);
    started(&listening);

    let (stop, stopping) = watch::channel(());
    let mut doors = JoinSet::new();
    for (listener, host) in listeners {
        let door = Door { sandbox: sandbox.clone(), host, names: names.clone() };
        doors.spawn(accept(listener, door, tls.clone(), stopping.clone()));
    }
    tokio::select! {
        () = signal() => {}
        () = end_of_input(), if options.exit_with_stdin => {}
    }
    drop(stop);
    drop(stopping);
    let _ = tokio::time::timeout(GRACE, async { while doors.join_next().await.is_some() {} }).await;
    Ok(())
}

/// Other machines reach the sandbox only where somebody has said that they may.
fn may_listen(bind: IpAddr, beyond_loopback: bool) -> bool {
    beyond_loopback || bind.is_loopback()
}

/// Takes connections until the sandbox stops, then waits for those that are open.
async fn accept(listener: TcpListener, door: Door, tls: Option<TlsAcceptor>, mut stopping: watch::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopping.changed() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // A byte on its own has to leave as such.
                    let _ = stream.set_nodelay(true);
                    let (door, tls, stopping) = (door.clone(), tls.clone(), stopping.clone());
                    connections.spawn(async move {
                        match tls {
                            None => connection(stream, door, stopping).await,
                            // Who can't agree on TLS gets no answer.
                            Some(tls) => if let Ok(stream) = tls.accept(stream).await {
                                connection(stream, door, stopping).await;
                            },
                        }
                    });
                }
                // Out of file descriptors, mostly: a moment may free one.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
        }
    }
    while connections.join_next().await.is_some() {}
}

/// Waits until whoever holds the other end of standard input closes it, or ends.
async fn end_of_input() {
    let (ended, end) = tokio::sync::oneshot::channel();
    // A thread of its own, which may sit in its read for good: nothing waits for it.
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = ended.send(());
    });
    let _ = end.await;
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn signal() {
    drop(tokio::signal::ctrl_c().await);
}

fn wrong(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

/// The program, with these exchanges.
pub fn run(exchanges: Vec<Box<dyn Exchange>>) -> io::Result<()> {
    let options = Options::parse(&exchanges).map_err(wrong)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(options, exchanges, |Listening { url, hosts }| {
        let mut lines = format!("venuekey-sandbox listening on {url}\nadmin page: {url}/_sandbox/\n");
        for (host, url) in hosts {
            lines += &format!("{host}: {url}\n");
        }
        let mut out = io::stdout();
        let _ = out.write_all(lines.as_bytes()).and_then(|()| out.flush());
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_machines_reach_it_only_where_somebody_says_so() {
        let [loopback, six, any] = ["127.0.0.1", "::1", "0.0.0.0"].map(|text| text.parse().expect("an address"));
        assert!(may_listen(loopback, false) && may_listen(six, false));
        assert!(!may_listen(any, false) && may_listen(any, true));
    }
}
