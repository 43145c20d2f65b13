//! The configuration file: TOML, with the names of the flags, and what no flag can say.

use crate::engine::config::Config;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// What a file says. The names that are none of these are those of [`Config`].
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    pub port: Option<u16>,
    pub bind: Option<IpAddr>,
    pub listen_beyond_loopback: Option<bool>,
    pub allow_host: Vec<String>,
    pub venue_port: BTreeMap<String, u16>,
    pub venue_name: BTreeMap<String, String>,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    #[serde(skip)]
    pub config: Config,
}

const OWN: [&str; 8] =
    ["port", "bind", "listen_beyond_loopback", "allow_host", "venue_port", "venue_name", "tls_cert", "tls_key"];

impl File {
    pub fn read(path: &Path) -> Result<File, String> {
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
        File::parse(&text).map_err(|error| wrong(&error))
    }

    fn parse(text: &str) -> Result<File, String> {
        let all: Map<String, Value> = toml::from_str(text).map_err(|error| error.to_string())?;
        let (own, config): (Map<_, _>, Map<_, _>) = all.into_iter().partition(|(name, _)| OWN.contains(&name.as_str()));
        let read = |error: serde_json::Error| error.to_string();
        let file: File = serde_json::from_value(own.into()).map_err(read)?;
        Ok(File { config: serde_json::from_value(config.into()).map_err(read)?, ..file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_nobody_knows_is_refused() {
        for (text, part) in [("prot = 1", "unknown field `prot`"), ("port = 70000", "70000"), ("port =", "port")] {
            let said = File::parse(text).expect_err("wrong");
            assert!(said.contains(part), "{said}");
        }
        assert!(File::parse("").expect("nothing to say").port.is_none());
    }
}
