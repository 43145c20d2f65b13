//! The command line: a few flags of the program, and one for each switch of each exchange.

use crate::engine::config::Config;
use crate::engine::hosts::{Hosts, listed};
use crate::exchange::Exchange;
use crate::exchange::client::{ApiKey, Client};
use crate::exchange::fault::FaultOrder;
use crate::exchange::knob::{Knob, KnobKind};
use crate::exchange::user::User;
use clap::builder::{PossibleValue, PossibleValuesParser, ValueParser};
use clap::parser::ArgMatches;
use clap::{Arg, ArgAction, Command, value_parser};
use serde_json::{Map, Value};
use std::net::IpAddr;
use std::sync::Arc;

/// Where to listen, and what to play.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port to listen on; 0 picks a free one.
    pub port: u16,
    /// Address to listen on; loopback only.
    pub bind: IpAddr,
    /// What the sandbox starts from.
    pub config: Config,
}

impl Options {
    /// Reads this process's arguments. It ends the process where they are wrong, or ask for help.
    pub fn parse(exchanges: &[Box<dyn Exchange>]) -> Result<Options, String> {
        let hosts = Arc::new(Hosts::of(exchanges)?);
        Ok(options(&command(&hosts).get_matches(), &hosts))
    }

    /// Reads these arguments, the program's name first, or says what is wrong with them.
    pub fn of(arguments: &[&str], exchanges: &[Box<dyn Exchange>]) -> Result<Options, String> {
        let hosts = Arc::new(Hosts::of(exchanges)?);
        let matches = command(&hosts).try_get_matches_from(arguments).map_err(|error| error.to_string())?;
        Ok(options(&matches, &hosts))
    }
}

fn options(matches: &ArgMatches, hosts: &Hosts) -> Options {
    Options { port: one(matches, "port"), bind: one(matches, "bind"), config: config(matches, hosts) }
}

/// A value that is there: required by nobody, it has a default.
fn one<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, id: &str) -> T {
    matches.get_one::<T>(id).cloned().expect("it has a default")
}

fn all<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, id: &str) -> Vec<T> {
    matches.get_many::<T>(id).into_iter().flatten().cloned().collect()
}

fn command(hosts: &Arc<Hosts>) -> Command {
    let flag = |name: &'static str, value: &'static str| Arg::new(name).long(name).value_name(value);
    let many = |name, value| flag(name, value).action(ArgAction::Append);
    let environments = environments(hosts).join(", ");
    let [uris, names, clients, users, keys, faults] = [(); 6].map(|()| hosts.clone());
    let command = Command::new("venuekey-sandbox")
        .version(env!("CARGO_PKG_VERSION"))
        .about(env!("CARGO_PKG_DESCRIPTION"))
        .max_term_width(100)
        .arg(
            flag("port", "PORT")
                .value_parser(value_parser!(u16))
                .default_value("8700")
                .help("Port to listen on; 0 picks a free one"),
        )
        .arg(
            flag("bind", "BIND")
                .value_parser(value_parser!(IpAddr))
                .default_value("127.0.0.1")
                .help("Address to listen on; loopback only"),
        )
        .arg(
            flag("seed", "SEED")
                .value_parser(value_parser!(u64))
                .default_value("1")
                .help("Every code, token and key comes from this number"),
        )
        .arg(
            many("redirect-uri", "VENUE=URL")
                .value_parser(move |text: &str| redirect_uri(text, &uris))
                .help("Registers a redirect URI instead of the venue's default; repeatable"),
        )
        .arg(
            many("client-name", "VENUE=NAME")
                .value_parser(move |text: &str| client_name(text, &names))
                .help("Names the partner on the venue's pages; repeatable"),
        )
        .arg(
            many("client", "VENUE=ID:SECRET")
                .value_parser(move |text: &str| client(text, &clients))
                .help("Registers a further partner, with the same redirect URIs; repeatable"),
        )
        .arg(
            many("user", "VENUE=UID:NAME")
                .value_parser(move |text: &str| user(text, &users))
                .help("Adds a user besides the demo user; the name may be left out; repeatable"),
        )
        .arg(
            many("api-key", "ENVIRONMENT=KEY:SECRET")
                .value_parser(move |text: &str| api_key(text, &keys))
                .help(format!("Adds an API key of the demo user's own; environments are {environments}; repeatable")),
        )
        .arg(
            many("fault", "NAME=VALUE,...")
                .value_parser(move |text: &str| fault_order(text, &faults))
                .help("Queues a fault, as endpoint=secret,fault=drop_reply,count=1; repeatable"),
        )
        .arg(
            flag("clock-advance-ms", "CLOCK_ADVANCE_MS")
                .value_parser(value_parser!(u64))
                .default_value("0")
                .help("Starts the sandbox's clock so many milliseconds ahead"),
        )
        .arg(
            flag("clock-held-at-ms", "UNIX_MS")
                .value_parser(value_parser!(u64))
                .conflicts_with("clock-advance-ms")
                .help("Starts with the sandbox's clock held still at this time"),
        );
    let knobs = hosts.profiles.iter().flat_map(|profile| profile.knobs.iter().map(move |knob| (profile, knob)));
    command.args(knobs.map(|(profile, knob)| knob_flag(profile.name, knob).help_heading(profile.title)))
}

/// The flag of a switch: its exchange's name before it, hyphens in place of underscores.
fn flag_of(venue: &str, knob: &Knob) -> String {
    format!("{venue}-{}", knob.name.replace('_', "-"))
}

fn knob_flag(venue: &str, knob: &Knob) -> Arg {
    let values: ValueParser = match &knob.kind {
        KnobKind::Switch => value_parser!(bool),
        KnobKind::Number(most) => value_parser!(u64).range(0..=*most).into(),
        KnobKind::Text => value_parser!(String),
        KnobKind::Choice(choices) => {
            PossibleValuesParser::new(choices.iter().map(|(name, meaning)| PossibleValue::new(*name).help(*meaning)))
                .into()
        }
    };
    let flag = flag_of(venue, knob);
    let arg = Arg::new(flag.clone()).long(flag).value_name("VALUE").value_parser(values).help(knob.help);
    match &knob.default {
        Value::Null => arg,
        Value::String(text) => arg.default_value(text.clone()),
        other => arg.default_value(other.to_string()),
    }
}

fn knob_value(matches: &ArgMatches, flag: &str, kind: &KnobKind) -> Option<Value> {
    match kind {
        KnobKind::Switch => matches.get_one::<bool>(flag).map(|value| (*value).into()),
        KnobKind::Number(_) => matches.get_one::<u64>(flag).map(|value| (*value).into()),
        KnobKind::Text | KnobKind::Choice(_) => matches.get_one::<String>(flag).map(|value| value.clone().into()),
    }
}

fn config(matches: &ArgMatches, hosts: &Hosts) -> Config {
    let mut config = Config {
        seed: one(matches, "seed"),
        api_keys: all(matches, "api-key"),
        faults: all(matches, "fault"),
        clock_offset_ms: one(matches, "clock-advance-ms"),
        clock_held_at_ms: matches.get_one("clock-held-at-ms").copied(),
        ..Config::default()
    };
    let redirect_uris: Vec<(String, String)> = all(matches, "redirect-uri");
    let mut clients: Vec<(String, Client)> = all(matches, "client");
    for (venue, user) in all::<(String, User)>(matches, "user") {
        config.users.entry(venue).or_default().push(user);
    }
    let client_names: Vec<(String, String)> = all(matches, "client-name");
    for profile in &hosts.profiles {
        let mut knobs = Map::new();
        for knob in &profile.knobs {
            let value = knob_value(matches, &flag_of(profile.name, knob), &knob.kind);
            knobs.insert(knob.name.into(), value.unwrap_or_default());
        }
        config.knobs.set(profile.name, knobs.into());
        let given = redirect_uris.iter().filter(|(venue, _)| venue == profile.name);
        let given: Vec<String> = given.map(|(_, uri)| uri.clone()).collect();
        let name = client_names.iter().rfind(|(venue, _)| venue == profile.name);
        let further = clients.extract_if(.., |(venue, _)| venue == profile.name);
        let registered = config.clients_mut(profile.name);
        registered.extend(further.map(|(_, client)| client));
        for client in registered {
            if !given.is_empty() {
                client.redirect_uris.clone_from(&given);
            }
            if let Some((_, name)) = name {
                client.name.clone_from(name);
            }
        }
    }
    config
}

fn environments(hosts: &Hosts) -> Vec<&'static str> {
    hosts.all.iter().map(|host| host.name).collect()
}

fn of_venue<'a>(text: &'a str, hosts: &Hosts) -> Result<(String, &'a str), String> {
    let venues = hosts.venues();
    match text.split_once('=') {
        Some((venue, value)) if venues.contains(&venue) => Ok((venue.to_owned(), value)),
        Some((other, _)) => Err(format!("there is no venue {other}; there are {}", listed(&venues))),
        None => Err(format!("write it as {}=...", venues.join("=... or "))),
    }
}

fn client_name(text: &str, hosts: &Hosts) -> Result<(String, String), String> {
    let (venue, name) = of_venue(text, hosts)?;
    if name.trim().is_empty() {
        return Err("the name must not be empty".into());
    }
    Ok((venue, name.to_owned()))
}

fn client(text: &str, hosts: &Hosts) -> Result<(String, Client), String> {
    let (venue, client) = of_venue(text, hosts)?;
    match client.split_once(':') {
        Some((id, secret)) if !id.is_empty() && !secret.is_empty() => {
            let (client_id, client_secret) = (id.to_owned(), secret.to_owned());
            let client = Client { client_id, client_secret, ..Client::demo(&venue) };
            Ok((venue, client))
        }
        _ => Err("id and secret stand on either side of a colon".into()),
    }
}

fn user(text: &str, hosts: &Hosts) -> Result<(String, User), String> {
    let (venue, user) = of_venue(text, hosts)?;
    let (uid, name) = user.split_once(':').unwrap_or((user, ""));
    let mut user = User::new(uid.parse().map_err(|_| "the id must be a number")?);
    if !name.is_empty() {
        user.name = name.to_owned();
    }
    Ok((venue, user))
}

fn redirect_uri(text: &str, hosts: &Hosts) -> Result<(String, String), String> {
    let (venue, uri) = of_venue(text, hosts)?;
    if !uri.contains(':') || uri.contains('#') || !uri.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("the URL must be absolute, without a fragment and without spaces".into());
    }
    Ok((venue, uri.to_owned()))
}

fn api_key(text: &str, hosts: &Hosts) -> Result<ApiKey, String> {
    let (environment, key) = text.split_once('=').ok_or("write it as ENVIRONMENT=KEY:SECRET")?;
    if hosts.named(environment).is_none() {
        return Err(format!("there are the environments {}", listed(&environments(hosts))));
    }
    match key.split_once(':') {
        Some((api_key, api_secret)) if !api_key.is_empty() && !api_secret.is_empty() => Ok(ApiKey {
            environment: environment.to_owned(),
            api_key: api_key.to_owned(),
            api_secret: api_secret.to_owned(),
        }),
        _ => Err("key and secret stand on either side of a colon".into()),
    }
}

fn fault_order(text: &str, hosts: &Hosts) -> Result<FaultOrder, String> {
    let mut fields = Map::new();
    for part in text.split(',') {
        let (name, value) = part.split_once('=').ok_or("write each part as name=value")?;
        // Numbers and booleans read as JSON, names do not and stay text.
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        fields.insert(name.to_owned(), value);
    }
    let order: FaultOrder = serde_json::from_value(fields.into()).map_err(|error| error.to_string())?;
    hosts.check(&order)?;
    Ok(order)
}
