//! WhiteBIT's and Bybit's account connection, consent screen and signed calls included, on one's own
//! machine.
//!
//! A [`Sandbox`] is plain state: [`Sandbox::handle`] takes a request and the time and gives an
//! answer. It has no clock, no thread, no I/O and no randomness; the same [`Config`] and the same
//! calls give the same bytes. The program `venuekey-sandbox` serves it on loopback.
//!
//! ```
//! use venuekey_sandbox::{Config, Reply, Request, Sandbox};
//!
//! let mut sandbox = Sandbox::new(Config::default());
//! let answer = sandbox.handle(
//!     &Request {
//!         method: "GET".into(),
//!         target: "/whitebit/global/auth/login?clientId=demo-whitebit&state=s".into(),
//!         ..Request::default()
//!     },
//!     1_700_000_000_000,
//! );
//! assert!(matches!(answer.reply, Reply::Response { status: 302, .. }));
//! ```
//!
//! # Hosts under test
//!
//! A path prefix chooses one; what follows is the venue's own path.
//!
//! | prefix | stands for |
//! |---|---|
//! | `/whitebit/global` | `https://whitebit.com` |
//! | `/whitebit/eu` | `https://whitebit.eu`, without key endpoints |
//! | `/bybit/mainnet` | `https://www.bybit.com` and `https://api2.bybit.com` |
//! | `/bybit/testnet` | `https://testnet.bybit.com` and `https://api2-testnet.bybit.com` |
//!
//! Authorize redirects to `{prefix}/consent?session=...`, a page with a plain form: `session`,
//! `action` (`approve`, `decline`, `close`), `permissions` (repeated), `confirm_withdrawal`, `otp`.
//! The same answer sent twice gets the same reply twice, and one key.
//! The knob `user_decision` answers in the user's place, for clients without a browser.
//!
//! The keys that come of it sign calls at the same hosts, and in place of `https://api.bybit.com` and
//! its testnet: WhiteBIT's `/api/v4/...` and Bybit's `/v5/...`. The path that WhiteBIT's clients sign
//! is the venue's own, without the prefix.
//!
//! Bybit's headless redirect, `https://www.bybit.com/oauth/callback` or testnet's, becomes
//! `{prefix}/oauth/callback`, a page that shows the code for the user to copy.
//!
//! # Strictness
//!
//! Whatever the venues' documentation does not cover (a field too many, a JSON body, a query where
//! none belongs) is refused with a body that names it, and kept in [`Sandbox::violations`]. Where the
//! documentation disagrees with itself, [`knobs`] choose the reading.
//!
//! # Admin endpoints
//!
//! Under `/_sandbox/`: `health`, `knobs`, `clock`, `clock/advance`, `faults`, `requests`,
//! `violations`, `state`, `history`, `reset`, `user/{venue}/{environment}/action`. The methods of [`Sandbox`] do
//! the same in-process. The program also has them as a page, at `/_sandbox/` itself.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod admin;
mod calendar;
mod canonical;
mod clock;
mod config;
#[cfg(feature = "server")]
mod console;
mod encoding;
pub mod faults;
mod http;
pub mod knobs;
mod mint;
mod pages;
pub mod record;
#[cfg(feature = "server")]
pub mod server;
mod signature;
mod strict;
pub mod venue;

pub use config::{ApiKey, Client, Config};
pub use http::{Answer, Reply, Request};

use clock::Clock;
use faults::{FaultOrder, Faults, now, refused_by, spoilt_by, venue_clock};
use http::{Call, Response};
use knobs::{Knobs, MOST_ROWS};
use mint::Mint;
use record::{Finding, Ledger, Record, Violation};
use serde_json::{Value, json};
use std::collections::VecDeque;
use venue::bybit::Bybit;
use venue::whitebit::WhiteBit;
use venue::{Arrivals, Context, Endpoint, Environment, HOSTS, Host, Route, UserAction, Venue};

fn unknown_path(text: &str) -> Finding {
    Finding::new("unknown_path", "path", text)
}

/// Both exchanges.
#[derive(Clone, Debug)]
pub struct Sandbox {
    config: Config,
    knobs: Knobs,
    clock: Clock,
    mint: Mint,
    faults: Faults,
    ledger: Ledger,
    whitebit: [WhiteBit; 2],
    bybit: [Bybit; 2],
}

impl Sandbox {
    /// A fresh sandbox. Knobs are taken as they are; [`Knobs::check`] says whether any value is one
    /// that no documentation knows.
    pub fn new(config: Config) -> Sandbox {
        let mut faults = Faults::default();
        for order in &config.faults {
            faults.push(order.clone());
        }
        let mut sandbox = Sandbox {
            knobs: config.knobs.clone(),
            clock: Clock::ahead_by(config.clock_offset_ms),
            mint: Mint::new(config.seed),
            faults,
            ledger: Ledger::default(),
            whitebit: [Environment::Global, Environment::Eu].map(WhiteBit::new),
            bybit: [Environment::Mainnet, Environment::Testnet].map(Bybit::new),
            config,
        };
        sandbox.follow_knobs(None, 0);
        sandbox.plant_keys();
        sandbox
    }

    /// Answers one request at `now_ms`, a Unix time in milliseconds.
    pub fn handle(&mut self, request: &Request, now_ms: u64) -> Answer {
        let (path, query) = match request.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (request.target.as_str(), None),
        };
        let call = |path| Call { request, path, query };
        if let Some(path) = path.strip_prefix("/_sandbox") {
            return now(self.admin(&call(path), now_ms).into_reply());
        }
        for (prefix, venue, environment) in HOSTS {
            if let Some(path) = path.strip_prefix(prefix)
                && path.starts_with('/')
            {
                return self.at_host(prefix, venue, environment, &call(path), now_ms);
            }
        }
        // Browsers ask for these of their own accord, and people look at the address that was printed.
        if !["/", "/favicon.ico"].contains(&path) {
            self.ledger.open(None, Endpoint::Unknown, &call(path), self.clock.now(now_ms));
            self.ledger.violate(&[unknown_path("No exchange answers at this path.")]);
            self.ledger.close(None, Some(404));
        }
        let prefixes = HOSTS.map(|(prefix, _, _)| prefix);
        let error = "No exchange answers at this path; the hosts under test are listed.";
        now(Response::json(404, &json!({"error": error, "hosts": prefixes})).into_reply())
    }

    fn at_host(
        &mut self,
        prefix: &'static str,
        venue: Venue,
        environment: Environment,
        call: &Call<'_>,
        now_ms: u64,
    ) -> Answer {
        let now_ms = self.clock(now_ms);
        let (host, mut context, faults) = self.host(prefix, venue, environment, now_ms);
        let (endpoint, methods) = match host.route(call.path) {
            Some(Route::Endpoint(endpoint, methods)) => (endpoint, methods),
            Some(Route::Page) => return now(host.page(call, &mut context).into_reply()),
            None => (Endpoint::Unknown, [].as_slice()),
        };
        context.ledger.open(Some((venue, environment)), endpoint, call, now_ms);
        let order = faults.take(venue, endpoint);
        context.now_ms = venue_clock(order.as_ref(), now_ms);
        let answer = match refused_by(order.as_ref(), &*host, endpoint, &context) {
            Some(reply) => now(reply),
            None => {
                let response = if endpoint == Endpoint::Unknown {
                    let error = "No documentation lists this path for this host.";
                    context.violate(&[unknown_path(error)]);
                    Response::json(404, &json!({"error": error}))
                } else if methods.contains(&call.method()) {
                    host.serve(endpoint, call, &mut context)
                } else {
                    let text = format!("This endpoint takes {}, not {}.", methods.join(" or "), call.method());
                    let finding = Finding::new("method", "method", text);
                    context.violate(std::slice::from_ref(&finding));
                    host.wrong_method(endpoint, &finding, &context)
                };
                spoilt_by(order.as_ref(), response, &*host, endpoint, &context)
            }
        };
        let status = match &answer.reply {
            Reply::Response { status, .. } | Reply::Truncated { status, .. } => Some(*status),
            Reply::CloseWithoutByte => None,
        };
        self.ledger.close(order.map(|order| order.fault), status);
        answer
    }

    /// One host, and all it needs besides its own state.
    fn host(
        &mut self,
        prefix: &'static str,
        venue: Venue,
        environment: Environment,
        now_ms: u64,
    ) -> (&mut dyn Host, Context<'_>, &mut Faults) {
        let host: &mut dyn Host = match environment {
            Environment::Global => &mut self.whitebit[0],
            Environment::Eu => &mut self.whitebit[1],
            Environment::Mainnet => &mut self.bybit[0],
            Environment::Testnet => &mut self.bybit[1],
        };
        let context = Context {
            now_ms,
            prefix,
            knobs: &self.knobs,
            clients: self.config.clients(venue),
            mint: &mut self.mint,
            ledger: &mut self.ledger,
        };
        host.follow_clock(&context);
        (host, context, &mut self.faults)
    }

    /// Past [`Sandbox::host`], which would start their clocks at a time nobody has told yet.
    fn plant_keys(&mut self) {
        let (w, b) = (self.knobs.whitebit.user_uid, self.knobs.bybit.user_uid);
        for key in &self.config.api_keys {
            match key.environment {
                Environment::Global => self.whitebit[0].plant(key, w),
                Environment::Eu => self.whitebit[1].plant(key, w),
                Environment::Mainnet => self.bybit[0].plant(key, b),
                Environment::Testnet => self.bybit[1].plant(key, b),
            }
        }
    }

    fn follow_knobs(&mut self, before: Option<&Knobs>, now_ms: u64) {
        for (prefix, venue, environment) in HOSTS {
            let (host, mut context, _) = self.host(prefix, venue, environment, now_ms);
            host.follow_knobs(before, &mut context);
        }
    }

    /// The switches as they stand.
    pub fn knobs(&self) -> &Knobs {
        &self.knobs
    }

    /// Replaces the switches.
    pub fn set_knobs(&mut self, knobs: Knobs, now_ms: u64) -> Result<(), String> {
        knobs.check()?;
        let before = std::mem::replace(&mut self.knobs, knobs);
        self.follow_knobs(Some(&before), self.clock(now_ms));
        Ok(())
    }

    /// Queues faults.
    pub fn queue_fault(&mut self, order: FaultOrder) -> Result<(), String> {
        order.check()?;
        self.faults.push(order);
        Ok(())
    }

    /// The faults not yet spent.
    pub fn open_faults(&self) -> &[FaultOrder] {
        self.faults.open()
    }

    /// Forgets the faults not yet spent.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// Moves the sandbox's clock ahead, held or not.
    pub fn advance_clock(&mut self, ms: u64) {
        self.clock.advance(ms);
    }

    /// Makes the sandbox's clock read `to_ms` at the caller's `now_ms`.
    pub fn set_clock(&mut self, to_ms: u64, now_ms: u64) {
        self.clock.set(to_ms, now_ms);
    }

    /// Stops the sandbox's clock, or lets it run on from where it stands.
    pub fn hold_clock(&mut self, held: bool, now_ms: u64) {
        self.clock.hold(held, now_ms);
    }

    /// What the sandbox's clock reads when the caller's reads `now_ms`.
    pub fn clock(&self, now_ms: u64) -> u64 {
        self.clock.now(now_ms)
    }

    /// What was sent to the endpoints, oldest first, values included.
    pub fn requests(&self) -> &VecDeque<Record> {
        &self.ledger.requests
    }

    /// What no documentation covers, oldest first.
    pub fn violations(&self) -> &VecDeque<Violation> {
        &self.ledger.violations
    }

    /// Lets the demo user act outside the flow.
    pub fn user_acts(
        &mut self,
        venue: Venue,
        environment: Environment,
        action: UserAction,
        now_ms: u64,
    ) -> Result<Value, String> {
        let now_ms = self.clock(now_ms);
        let (host, mut context) = self.host_of(venue, Some(environment), now_ms)?;
        host.act(action, &mut context)
    }

    /// Lets new rows arrive in a user's histories, and says how many there are then.
    pub fn rows_arrive(&mut self, rows: &Arrivals, now_ms: u64) -> Result<Value, String> {
        let now_ms = self.clock(now_ms);
        if [rows.transactions, rows.converts, rows.orders, rows.deals].iter().any(|n| *n > MOST_ROWS) {
            return Err(format!("At most {MOST_ROWS} rows of a kind arrive at once."));
        }
        let (host, mut context) = self.host_of(rows.venue, rows.environment, now_ms)?;
        host.arrive(rows, &mut context)
    }

    /// The host of an environment, or the venue's first one.
    fn host_of(
        &mut self,
        venue: Venue,
        environment: Option<Environment>,
        now_ms: u64,
    ) -> Result<(&mut dyn Host, Context<'_>), String> {
        let known = HOSTS.into_iter().find(|(_, v, e)| *v == venue && environment.is_none_or(|wanted| *e == wanted));
        let (prefix, _, environment) = known.ok_or("This venue has no such environment.")?;
        let (host, context, _) = self.host(prefix, venue, environment, now_ms);
        Ok((host, context))
    }

    /// Keys, tokens, open consents. Secrets and tokens are masked unless asked for.
    pub fn state(&self, now_ms: u64, with_values: bool) -> Value {
        let now_ms = self.clock(now_ms);
        let (w, b) = (&self.knobs.whitebit, &self.knobs.bybit);
        let users = json!({
            "whitebit": {"uid": w.user_uid, "two_factor": w.user_two_factor, "kyc": w.user_kyc,
                         "decision": w.user_decision},
            "bybit": {"uid": b.user_uid, "two_factor": b.user_two_factor, "kyc": b.user_kyc,
                      "decision": b.user_decision},
        });
        let whitebit = |i: usize| self.whitebit[i].state(&self.knobs, now_ms, with_values);
        let bybit = |i: usize| self.bybit[i].state(&self.knobs, now_ms, with_values);
        json!({
            "now_ms": now_ms, "users": users,
            "whitebit": {"global": whitebit(0), "eu": whitebit(1)},
            "bybit": {"mainnet": bybit(0), "testnet": bybit(1)},
        })
    }

    /// Starts over from the configuration.
    pub fn reset(&mut self) {
        *self = Sandbox::new(self.config.clone());
    }
}
