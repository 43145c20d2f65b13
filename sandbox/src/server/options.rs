//! The command line: a few flags of the program, and one for each switch of each exchange.

use super::file::File;
use super::values::{
    api_key, client, client_name, environments, fault_order, full_name, redirect_uri, user, venue_name, venue_port,
};
use crate::engine::config::Config;
use crate::engine::hosts::Hosts;
use crate::exchange::Exchange;
use crate::exchange::client::Client;
use crate::exchange::knob::{Knob, KnobKind};
use crate::exchange::user::User;
use clap::builder::{PossibleValue, PossibleValuesParser, ValueParser};
use clap::parser::{ArgMatches, ValueSource};
use clap::{Arg, ArgAction, Command, value_parser};
use serde_json::{Map, Value, json};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Where to listen, and what to play.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port to listen on; 0 picks a free one.
    pub port: u16,
    /// Address to listen on.
    pub bind: IpAddr,
    /// Whether it may be one that other machines reach.
    pub listen_beyond_loopback: bool,
    /// Whether it ends with its standard input.
    pub exit_with_stdin: bool,
    /// Names that the header `Host` may have besides localhost and IP addresses.
    pub allow_hosts: Vec<String>,
    /// Hosts under test, as `exchange/environment`, with a port of their own each; 0 picks a free one.
    pub venue_ports: Vec<(String, u16)>,
    /// The same with a name of their own, on the port of all.
    pub venue_names: Vec<(String, String)>,
    /// Files with a certificate's chain and its key, both PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// What the sandbox starts from.
    pub config: Config,
}

impl Options {
    /// Reads this process's arguments, its environment and its configuration file. It ends the process where the arguments
    /// are wrong, or ask for help.
    pub fn parse(exchanges: &[Box<dyn Exchange>]) -> Result<Options, String> {
        let hosts = Arc::new(Hosts::of(exchanges)?);
        options(&command(&hosts).get_matches(), &hosts)
    }

    /// Reads these arguments, the program's name first, or says what is wrong with them.
    pub fn of(arguments: &[&str], exchanges: &[Box<dyn Exchange>]) -> Result<Options, String> {
        let hosts = Arc::new(Hosts::of(exchanges)?);
        let matches = command(&hosts).try_get_matches_from(arguments).map_err(|error| error.to_string())?;
        options(&matches, &hosts)
    }
}

/// What the command line or the environment gives, else the file, else the default.
fn options(matches: &ArgMatches, hosts: &Hosts) -> Result<Options, String> {
    let mut file = match matches.get_one::<PathBuf>("config") {
        Some(path) => File::read(path)?,
        None => File::default(),
    };
    let config = config(matches, hosts, std::mem::take(&mut file.config))?;
    let of_hosts = |of: &[(String, String)]| -> Result<Vec<(String, String)>, String> {
        of.iter().map(|(host, value)| Ok((full_name(host, hosts)?, value.clone()))).collect()
    };
    let mut ports: Vec<(String, u16)> = file.venue_port.into_iter().collect();
    ports.extend(all(matches, "venue-port"));
    let ports: Result<Vec<_>, String> =
        ports.into_iter().map(|(host, port)| Ok((full_name(&host, hosts)?, port))).collect();
    let mut names: Vec<(String, String)> = file.venue_name.into_iter().collect();
    names.extend(all(matches, "venue-name"));
    let mut allow_hosts = file.allow_host;
    allow_hosts.extend(all(matches, "allow-host"));
    let tls = (given(matches, "tls-cert").or(file.tls_cert), given(matches, "tls-key").or(file.tls_key));
    Ok(Options {
        port: given(matches, "port").or(file.port).unwrap_or_else(|| one(matches, "port")),
        bind: given(matches, "bind").or(file.bind).unwrap_or_else(|| one(matches, "bind")),
        listen_beyond_loopback: given(matches, "listen-beyond-loopback")
            .or(file.listen_beyond_loopback)
            .unwrap_or_default(),
        exit_with_stdin: given(matches, "exit-with-stdin").unwrap_or_default(),
        allow_hosts,
        venue_ports: ports?,
        venue_names: of_hosts(&names)?,
        tls: match tls {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err("TLS takes both a certificate and its key.".into()),
        },
        config,
    })
}

/// A value that has a default.
fn one<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, id: &str) -> T {
    matches.get_one::<T>(id).cloned().expect("it has a default")
}

/// A value that the command line or the environment gives.
fn given<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, id: &str) -> Option<T> {
    let is_given = matches!(matches.value_source(id), Some(ValueSource::CommandLine | ValueSource::EnvVariable));
    is_given.then(|| matches.get_one::<T>(id).cloned()).flatten()
}

fn all<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, id: &str) -> Vec<T> {
    matches.get_many::<T>(id).into_iter().flatten().cloned().collect()
}

/// The variable of the environment that stands for a flag.
fn variable_of(flag: &str) -> String {
    format!("VENUEKEY_SANDBOX_{}", flag.replace('-', "_").to_ascii_uppercase())
}

fn command(hosts: &Arc<Hosts>) -> Command {
    let flag = |name: &'static str, value: &'static str| Arg::new(name).long(name).value_name(value);
    let many = |name, value| flag(name, value).action(ArgAction::Append);
    let environments = environments(hosts).join(", ");
    let [ports, own_names, uris, names, clients, users, keys, faults] = [(); 8].map(|()| hosts.clone());
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
                .help("Address to listen on; loopback only, unless --listen-beyond-loopback is given"),
        )
        .arg(
            Arg::new("listen-beyond-loopback")
                .long("listen-beyond-loopback")
                .action(ArgAction::SetTrue)
                .help("Lets --bind be an address that other machines reach, as a container needs it"),
        )
        .arg(
            Arg::new("exit-with-stdin")
                .long("exit-with-stdin")
                .action(ArgAction::SetTrue)
                .help("Ends when standard input does: with the tests that have started it, however those end"),
        )
        .arg(
            many("allow-host", "NAME")
                .help("Answers requests for this host name too, besides localhost and IP addresses; repeatable"),
        )
        .arg(
            many("venue-port", "VENUE/ENVIRONMENT=PORT")
                .value_parser(move |text: &str| venue_port(text, &ports))
                .help("Serves a host on a port of its own, without a path prefix; 0 picks a free one; repeatable"),
        )
        .arg(
            many("venue-name", "VENUE/ENVIRONMENT=NAME")
                .value_parser(move |text: &str| venue_name(text, &own_names))
                .help("Serves a host under a host name of its own, without a path prefix; repeatable"),
        )
        .arg(
            flag("tls-cert", "FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Serves https with this certificate (PEM, its chain after it)"),
        )
        .arg(flag("tls-key", "FILE").value_parser(value_parser!(PathBuf)).help("The certificate's private key (PEM)"))
        .arg(
            flag("config", "FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Reads a configuration file (TOML); flags and environment count before it"),
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
    command
        .args(knobs.map(|(profile, knob)| knob_flag(profile.name, knob).help_heading(format!("{}: {}", profile.title, knob.group))))
        .mut_args(|arg| {
            let variable = variable_of(arg.get_id().as_str());
            arg.env(variable).hide_env(true)
        })
        .after_help(
            "Each flag is also a variable of the environment: --clock-held-at-ms is VENUEKEY_SANDBOX_CLOCK_HELD_AT_MS. The \
             command line counts before the environment, and the environment before the file of --config.",
        )
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
        KnobKind::Switch => given::<bool>(matches, flag).map(Value::from),
        KnobKind::Number(_) => given::<u64>(matches, flag).map(Value::from),
        KnobKind::Text | KnobKind::Choice(_) => given::<String>(matches, flag).map(Value::from),
    }
}

/// The file's configuration with what the flags change and add.
fn config(matches: &ArgMatches, hosts: &Hosts, mut config: Config) -> Result<Config, String> {
    if let Some(seed) = given(matches, "seed") {
        config.seed = seed;
    }
    if let Some(ms) = given(matches, "clock-advance-ms") {
        config.clock_offset_ms = ms;
    }
    config.clock_held_at_ms = given(matches, "clock-held-at-ms").or(config.clock_held_at_ms);
    config.api_keys.extend(all(matches, "api-key"));
    config.faults.extend(all(matches, "fault"));
    for (venue, user) in all::<(String, User)>(matches, "user") {
        config.users.entry(venue).or_default().push(user);
    }
    for (venue, client) in all::<(String, Client)>(matches, "client") {
        config.clients_mut(&venue).push(client);
    }
    let redirect_uris: Vec<(String, String)> = all(matches, "redirect-uri");
    let client_names: Vec<(String, String)> = all(matches, "client-name");
    for profile in &hosts.profiles {
        let mut knobs = Map::new();
        for knob in &profile.knobs {
            let flag = flag_of(profile.name, knob);
            if let Some(value) = knob_value(matches, &flag, &knob.kind) {
                knobs.insert(knob.name.into(), value);
            }
        }
        config.knobs = config.knobs.patched(&json!({profile.name: knobs}))?;
        let of_venue = redirect_uris.iter().filter(|(venue, _)| venue == profile.name);
        let uris: Vec<String> = of_venue.map(|(_, uri)| uri.clone()).collect();
        let name = client_names.iter().rfind(|(venue, _)| venue == profile.name);
        for client in config.clients_mut(profile.name) {
            if !uris.is_empty() {
                client.redirect_uris.clone_from(&uris);
            }
            if let Some((_, name)) = name {
                client.name.clone_from(name);
            }
        }
    }
    Ok(config)
}
