//! How the values of flags read.

use crate::engine::hosts::{Hosts, listed};
use crate::exchange::client::{ApiKey, Client};
use crate::exchange::fault::FaultOrder;
use crate::exchange::user::User;
use serde_json::Map;

/// A host as `exchange/environment`, however it was named.
pub(super) fn full_name(host: &str, hosts: &Hosts) -> Result<String, String> {
    let known = hosts.named(host).ok_or_else(|| no_host(host, hosts))?;
    Ok(known.prefix.trim_start_matches('/').to_owned())
}

fn no_host(host: &str, hosts: &Hosts) -> String {
    let known: Vec<&str> = hosts.prefixes().iter().map(|prefix| prefix.trim_start_matches('/')).collect();
    format!("there is no host {host}; there are {}", listed(&known))
}

pub(super) fn venue_port(text: &str, hosts: &Hosts) -> Result<(String, u16), String> {
    let (host, port) = text.split_once('=').ok_or("write it as VENUE/ENVIRONMENT=PORT")?;
    Ok((full_name(host, hosts)?, port.parse().map_err(|_| "the port must be a number from 0 to 65535")?))
}

pub(super) fn venue_name(text: &str, hosts: &Hosts) -> Result<(String, String), String> {
    let (host, name) = text.split_once('=').ok_or("write it as VENUE/ENVIRONMENT=NAME")?;
    Ok((full_name(host, hosts)?, host_name(name)?))
}

/// A host's name in lower case, without a port.
fn host_name(name: &str) -> Result<String, String> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-.".contains(&b);
    match !name.is_empty() && name.bytes().all(fits) {
        true => Ok(name.to_ascii_lowercase()),
        false => Err("a host name has letters, digits, dots and hyphens only".into()),
    }
}

pub(super) fn environments(hosts: &Hosts) -> Vec<&'static str> {
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

pub(super) fn client_name(text: &str, hosts: &Hosts) -> Result<(String, String), String> {
    let (venue, name) = of_venue(text, hosts)?;
    if name.trim().is_empty() {
        return Err("the name must not be empty".into());
    }
    Ok((venue, name.to_owned()))
}

pub(super) fn client(text: &str, hosts: &Hosts) -> Result<(String, Client), String> {
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

pub(super) fn user(text: &str, hosts: &Hosts) -> Result<(String, User), String> {
    let (venue, user) = of_venue(text, hosts)?;
    let (uid, name) = user.split_once(':').unwrap_or((user, ""));
    let mut user = User::new(uid.parse().map_err(|_| "the id must be a number")?);
    if !name.is_empty() {
        user.name = name.to_owned();
    }
    Ok((venue, user))
}

pub(super) fn redirect_uri(text: &str, hosts: &Hosts) -> Result<(String, String), String> {
    let (venue, uri) = of_venue(text, hosts)?;
    if !uri.contains(':') || uri.contains('#') || !uri.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("the URL must be absolute, without a fragment and without spaces".into());
    }
    Ok((venue, uri.to_owned()))
}

pub(super) fn api_key(text: &str, hosts: &Hosts) -> Result<ApiKey, String> {
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

pub(super) fn fault_order(text: &str, hosts: &Hosts) -> Result<FaultOrder, String> {
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
