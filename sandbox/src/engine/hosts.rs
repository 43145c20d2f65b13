//! Which hosts the exchanges have, and how they are found by what callers write.

use crate::exchange::Exchange;
use crate::exchange::endpoint::Endpoint;
use crate::exchange::fault::FaultOrder;
use crate::exchange::profile::Profile;

/// One environment of one exchange.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    /// `/{exchange}/{environment}`.
    pub prefix: String,
    /// Its exchange's place among the exchanges, and name.
    pub exchange: usize,
    pub venue: &'static str,
    /// Its place among the profile's environments, and name.
    pub environment: usize,
    pub name: &'static str,
}

impl Host {
    /// The same where its paths have no prefix.
    pub fn at_its_own_address(&self) -> Host {
        Host { prefix: String::new(), ..self.clone() }
    }
}

/// The exchanges' profiles, in order, and their hosts.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    pub profiles: Vec<Profile>,
    pub all: Vec<Host>,
}

impl Hosts {
    /// Refuses exchanges that could not be told apart.
    pub fn of(exchanges: &[Box<dyn Exchange>]) -> Result<Hosts, String> {
        let profiles: Vec<Profile> = exchanges.iter().map(|exchange| exchange.profile()).collect();
        let mut all: Vec<Host> = Vec::new();
        for (exchange, profile) in profiles.iter().enumerate() {
            let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
            // `users` stands beside the exchanges in the state.
            if profile.name.is_empty() || profile.name == "users" || !profile.name.bytes().all(is_plain) {
                return Err(format!("{:?} can't be an exchange's name.", profile.name));
            }
            for (environment, name) in profile.environments.iter().enumerate() {
                if name.is_empty() || !name.bytes().all(is_plain) {
                    return Err(format!("{name:?} can't be an environment's name."));
                }
                let prefix = format!("/{}/{name}", profile.name);
                if all.iter().any(|host| host.prefix == prefix) {
                    return Err(format!("There is more than one host {prefix}."));
                }
                all.push(Host { prefix, exchange, venue: profile.name, environment, name });
            }
        }
        Ok(Hosts { profiles, all })
    }

    /// The host that a path lies under, and the path within.
    pub fn at<'a>(&self, path: &'a str) -> Option<(&Host, &'a str)> {
        self.all.iter().find_map(|host| {
            let rest = path.strip_prefix(host.prefix.as_str()).filter(|rest| rest.starts_with('/'))?;
            Some((host, rest))
        })
    }

    /// The host of an exchange's environment, or its first one.
    pub fn of_venue(&self, venue: &str, environment: Option<&str>) -> Option<&Host> {
        self.all.iter().find(|host| host.venue == venue && environment.is_none_or(|wanted| host.name == wanted))
    }

    /// The host that an environment's name alone means, or `exchange/environment`.
    pub fn named(&self, text: &str) -> Option<&Host> {
        self.all.iter().find(|host| host.name == text || host.prefix.strip_prefix('/') == Some(text))
    }

    /// Refuses an exchange that isn't there.
    pub fn known(&self, venue: &str) -> Result<(), String> {
        let venues = self.venues();
        match venues.contains(&venue) {
            true => Ok(()),
            false => Err(format!("There is no venue {venue}; there are {}.", listed(&venues))),
        }
    }

    /// Refuses a fault for what isn't there, or that can't strike there.
    pub fn check(&self, order: &FaultOrder) -> Result<(), String> {
        order.venue.as_ref().map_or(Ok(()), |venue| self.known(venue))?;
        order.check(&self.endpoints())
    }

    pub fn venues(&self) -> Vec<&'static str> {
        self.profiles.iter().map(|profile| profile.name).collect()
    }

    pub fn prefixes(&self) -> Vec<&str> {
        self.all.iter().map(|host| host.prefix.as_str()).collect()
    }

    /// Every endpoint, those of one kind together.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        let own = self.profiles.iter().flat_map(|profile| profile.endpoints);
        let mut all: Vec<Endpoint> = Vec::new();
        for endpoint in Endpoint::COMMON.iter().chain(own) {
            if all.iter().all(|known| known.name != endpoint.name) {
                all.push(*endpoint);
            }
        }
        all.sort_by_key(|endpoint| endpoint.kind);
        all
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
