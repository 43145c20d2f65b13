//! Exchanges behind their hosts, and everything they share.

use super::config::Config;
use super::faults::{Faults, refused_by, spoilt_by, venue_clock};
use super::hosts::{Host, Hosts};
use crate::base::clock::Clock;
use crate::base::http::{Answer, Call, Response};
use crate::base::mint::Mint;
use crate::exchange::Exchange;
use crate::exchange::action::{Arrivals, MOST_ROWS, UserAction};
use crate::exchange::consent::Consenting;
use crate::exchange::context::Context;
use crate::exchange::endpoint::{Endpoint, Route};
use crate::exchange::fault::FaultOrder;
use crate::exchange::knobs::Knobs;
use crate::exchange::record::{Finding, Ledger, Record, Violation};
use crate::parts::pages;
use crate::venue;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;

const CONSENT: &str = "/consent";
const STYLE: &str = "/consent.css";
const ICON: &str = "/favicon.ico";

fn unknown_path(text: &str) -> Finding {
    Finding::new("unknown_path", "path", text)
}

/// Exchanges on one's own machine.
#[derive(Clone, Debug)]
pub struct Sandbox {
    /// As they were before anything happened, to start over from.
    given: Vec<Box<dyn Exchange>>,
    exchanges: Vec<Box<dyn Exchange>>,
    pub(crate) hosts: Hosts,
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    mint: Mint,
    faults: Faults,
    pub(super) ledger: Ledger,
}

impl Sandbox {
    /// A fresh sandbox with every exchange there is, or a sentence about what in the configuration fits none.
    pub fn new(config: Config) -> Result<Sandbox, String> {
        Sandbox::with(venue::all(), config)
    }

    /// A fresh sandbox with these exchanges, in the order in which they are listed everywhere.
    pub fn with(exchanges: Vec<Box<dyn Exchange>>, mut config: Config) -> Result<Sandbox, String> {
        let hosts = Hosts::of(&exchanges)?;
        let named = config.clients.keys().chain(config.users.keys()).map(String::as_str);
        for venue in named.chain(config.knobs.exchanges()) {
            hosts.known(venue)?;
        }
        for venue in hosts.venues() {
            config.clients_mut(venue);
        }
        for host in config.addresses.values() {
            hosts.named(host).ok_or_else(|| format!("There is no host {host}."))?;
        }
        let mut faults = Faults::default();
        for order in &config.faults {
            hosts.check(order)?;
            faults.push(order.clone());
        }
        let mut sandbox = Sandbox {
            given: exchanges.clone(),
            exchanges,
            hosts,
            clock: config.clock_held_at_ms.map_or(Clock::ahead_by(config.clock_offset_ms), Clock::held_at),
            mint: Mint::new(config.seed),
            faults,
            ledger: Ledger::default(),
            config,
        };
        let mut start = sandbox.knobs();
        for venue in sandbox.hosts.venues() {
            let patch = json!({venue: sandbox.config.knobs.of(venue)});
            start = start.patched(&patch)?;
        }
        sandbox.take_knobs(&start)?;
        sandbox.config.knobs = start;
        sandbox.settle(0);
        sandbox.plant_keys()?;
        Ok(sandbox)
    }

    /// Answers what is no admin endpoint; `call.path` is the whole path. Of a host's own address it has no prefix.
    pub(crate) fn visit(&mut self, host: Option<&str>, call: &Call<'_>, now_ms: u64) -> Answer {
        let now_ms = self.clock(now_ms);
        if let Some(host) = host.and_then(|host| self.hosts.named(host)) {
            let host = host.at_its_own_address();
            return self.at_host(&host, call, now_ms, None);
        }
        if let Some((host, path)) = self.hosts.at(call.path) {
            let host = host.clone();
            return self.at_host(&host, &Call { path, ..*call }, now_ms, None);
        }
        let error = "No exchange answers at this path; the hosts under test are listed.";
        let reply = Response::json(404, &json!({"error": error, "hosts": self.hosts.prefixes()})).into_reply();
        // Browsers ask for these of their own accord, and people look at the address that was printed.
        if !["/", ICON].contains(&call.path) {
            self.ledger.open(None, Endpoint::UNKNOWN.name, call, now_ms);
            self.ledger.violate(&[unknown_path("No exchange answers at this path.")]);
            self.ledger.close(None, &reply);
        }
        Answer::now(reply)
    }

    pub(super) fn at_host(
        &mut self,
        host: &Host,
        call: &Call<'_>,
        now_ms: u64,
        consent: Option<&mut Consenting>,
    ) -> Answer {
        if call.path == STYLE {
            return Answer::now(pages::style(&self.hosts.profiles).into_reply());
        }
        // Browsers ask for it of their own accord.
        if call.path == ICON && host.prefix.is_empty() {
            return Answer::now(Response::json(404, &json!({"error": "There is no icon."})).into_reply());
        }
        let (exchange, mut context, faults) = self.enter(host, now_ms);
        context.user = consent.as_ref().and_then(|consent| consent.consent.user);
        context.consent = consent;
        let route = if call.path == CONSENT { Some(Route::Page) } else { exchange.route(call.path) };
        let (endpoint, methods) = match route {
            Some(Route::Endpoint(endpoint, methods)) => (endpoint, methods),
            Some(Route::Page) => return Answer::now(exchange.page(call, &mut context).into_reply()),
            None => (Endpoint::UNKNOWN, [].as_slice()),
        };
        context.ledger.open(Some((host.venue, host.name)), endpoint.name, call, now_ms);
        let order = faults.take(host.venue, endpoint);
        context.now_ms = venue_clock(order.as_ref(), now_ms);
        let answer = match refused_by(order.as_ref(), exchange, endpoint, &mut context) {
            Some(reply) => Answer::now(reply),
            None => {
                let response = if endpoint == Endpoint::UNKNOWN {
                    let error = "No documentation lists this path for this host.";
                    context.violate(&[unknown_path(error)]);
                    Response::json(404, &json!({"error": error}))
                } else if methods.contains(&call.method()) {
                    exchange.serve(endpoint, call, &mut context)
                } else {
                    let text = format!("This endpoint takes {}, not {}.", methods.join(" or "), call.method());
                    let finding = Finding::new("method", "method", text);
                    context.violate(std::slice::from_ref(&finding));
                    exchange.wrong_method(endpoint, &finding, &mut context)
                };
                spoilt_by(order.as_ref(), response, exchange, endpoint, &mut context)
            }
        };
        self.ledger.close(order.map(|order| order.fault), &answer.reply);
        answer
    }

    /// The exchange of a host, and all it needs besides its own state.
    fn enter<'a>(&'a mut self, host: &'a Host, now_ms: u64) -> (&'a mut dyn Exchange, Context<'a>, &'a mut Faults) {
        let exchange = self.exchanges[host.exchange].as_mut();
        let mut context = Context {
            now_ms,
            venue: host.venue,
            prefix: &host.prefix,
            environment: host.environment,
            clients: self.config.clients.get(host.venue).map_or(&[], Vec::as_slice),
            users: self.config.users.get(host.venue).map_or(&[], Vec::as_slice),
            user: None,
            consent: None,
            mint: &mut self.mint,
            knobs: &(),
            ledger: &mut self.ledger,
        };
        exchange.settle(&mut context);
        (exchange, context, &mut self.faults)
    }

    /// Lets each host follow what the time and the switches bring about.
    fn settle(&mut self, now_ms: u64) {
        for host in self.hosts.all.clone() {
            self.enter(&host, now_ms);
        }
    }

    /// Past [`Sandbox::enter`], which would start their clocks at a time nobody has told yet.
    fn plant_keys(&mut self) -> Result<(), String> {
        for key in &self.config.api_keys {
            let host = self.hosts.named(&key.environment);
            let host = host.ok_or_else(|| format!("There is no environment {}.", key.environment))?;
            self.exchanges[host.exchange].plant(host.environment, key);
        }
        Ok(())
    }

    /// The switches as they stand.
    pub fn knobs(&self) -> Knobs {
        let mut knobs = Knobs::default();
        for (profile, exchange) in self.hosts.profiles.iter().zip(&self.exchanges) {
            knobs.set(profile.name, exchange.knobs());
        }
        knobs
    }

    /// Replaces the switches, or none of them. Those that are not named go to their defaults.
    pub fn set_knobs(&mut self, knobs: Knobs, now_ms: u64) -> Result<(), String> {
        self.take_knobs(&knobs)?;
        self.settle(self.clock(now_ms));
        Ok(())
    }

    fn take_knobs(&mut self, knobs: &Knobs) -> Result<(), String> {
        let venues = self.hosts.venues();
        if let Some(unknown) = knobs.exchanges().find(|exchange| !venues.contains(exchange)) {
            let known = venues.join("` or `");
            return Err(format!("The patch does not fit: unknown field `{unknown}`, expected `{known}`."));
        }
        let before = self.knobs();
        let turned = venues.iter().zip(&mut self.exchanges).try_for_each(|(v, e)| e.take_knobs(&knobs.of(v)));
        if turned.is_err() {
            // What stood before was taken once already.
            for (venue, exchange) in venues.iter().zip(&mut self.exchanges) {
                let _ = exchange.take_knobs(&before.of(venue));
            }
        }
        turned
    }

    /// Queues faults.
    pub fn queue_fault(&mut self, order: FaultOrder) -> Result<(), String> {
        self.hosts.check(&order)?;
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

    /// Lets a user act outside the flow: the demo user, where none is named.
    pub fn user_acts(
        &mut self,
        venue: &str,
        environment: &str,
        action: UserAction,
        user: Option<u64>,
        now_ms: u64,
    ) -> Result<Value, String> {
        let host = self.host_of(venue, Some(environment))?;
        self.known_user(&host, user)?;
        let now_ms = self.clock(now_ms);
        let (exchange, mut context, _) = self.enter(&host, now_ms);
        context.user = user;
        exchange.act(action, &mut context)
    }

    /// Lets new rows arrive in a user's histories, and says how many there are then.
    pub fn rows_arrive(&mut self, rows: &Arrivals, now_ms: u64) -> Result<Value, String> {
        if rows.are_too_many() {
            return Err(format!("At most {MOST_ROWS} rows of a kind arrive at once."));
        }
        let host = self.host_of(&rows.venue, rows.environment.as_deref())?;
        let now_ms = self.clock(now_ms);
        let (exchange, mut context, _) = self.enter(&host, now_ms);
        exchange.arrive(rows, &mut context)
    }

    /// The hosts under test: their path prefixes, and the addresses where they need none.
    pub(crate) fn host_list(&self) -> Vec<Value> {
        let addresses = |host: &Host| -> Vec<&String> {
            let of_host = |of: &str| self.hosts.named(of).is_some_and(|known| known.prefix == host.prefix);
            self.config.addresses.iter().filter(|(_, of)| of_host(of)).map(|(address, _)| address).collect()
        };
        let shown = |host: &Host| {
            json!({
                "venue": host.venue, "environment": host.name, "prefix": host.prefix, "addresses": addresses(host),
            })
        };
        self.hosts.all.iter().map(shown).collect()
    }

    /// The demo user of a host's exchange, as the state shows it.
    pub(super) fn demo_user(&self, host: &Host) -> Value {
        self.exchanges[host.exchange].user()
    }

    fn host_of(&self, venue: &str, environment: Option<&str>) -> Result<Host, String> {
        self.hosts.known(venue)?;
        self.hosts.of_venue(venue, environment).cloned().ok_or_else(|| "This venue has no such environment.".into())
    }

    /// Keys, tokens, open consents. Secrets and tokens are masked unless asked for.
    pub fn state(&self, now_ms: u64, with_values: bool) -> Value {
        let now_ms = self.clock(now_ms);
        let (mut state, mut users) = (Map::new(), Map::new());
        for (profile, exchange) in self.hosts.profiles.iter().zip(&self.exchanges) {
            let hosts = profile.environments.iter().enumerate();
            let hosts: Map<String, Value> =
                hosts.map(|(i, name)| ((*name).to_owned(), exchange.state(i, now_ms, with_values))).collect();
            state.insert(profile.name.into(), hosts.into());
            users.insert(profile.name.into(), exchange.user());
        }
        state.insert("now_ms".into(), now_ms.into());
        state.insert("users".into(), users.into());
        state.into()
    }

    /// Starts over from the configuration.
    pub fn reset(&mut self) {
        *self = self.afresh();
    }

    /// Another sandbox of the same exchanges and configuration, in which nothing has happened yet.
    pub fn afresh(&self) -> Sandbox {
        Sandbox::with(self.given.clone(), self.config.clone()).expect("what was accepted once is accepted again")
    }
}
