//! A user who answers the consent screen without a browser.

use super::hosts::Host;
use super::sandbox::Sandbox;
use crate::base::http::{Call, Reply, Request, decode_pairs};
use crate::exchange::consent::{Consent, Consented, Consenting};

impl Sandbox {
    /// Opens an authorize URL as the user's browser would, and answers its consent screen. The knob `user_decision` has no
    /// part in it. The error is what the page would have said.
    pub fn consent(&mut self, authorize_url: &str, consent: Consent, now_ms: u64) -> Result<Consented, String> {
        let (origin, target) = split(authorize_url);
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let authority = origin.split_once("://").map_or("", |(_, authority)| authority);
        let own = self.config.host_at(authority).and_then(|host| self.hosts.named(host));
        let (host, rest) = match (own, self.hosts.at(path)) {
            (Some(host), _) => (host.at_its_own_address(), path.to_owned()),
            (None, Some((host, rest))) => (host.clone(), rest.to_owned()),
            (None, None) => {
                let hosts = self.hosts.prefixes().join(", ");
                return Err(format!("The URL must be an authorize URL of one of the hosts under test: {hosts}."));
            }
        };
        self.known_user(&host, consent.user)?;
        let request = Request {
            method: "GET".into(),
            target: target.to_owned(),
            headers: vec![("user-agent".into(), "Mozilla/5.0 (venuekey-sandbox)".into())],
            body: Vec::new(),
        };
        let mut consenting = Consenting { consent, refusal: None, is_asked: false };
        let call = Call { request: &request, path: &rest, query };
        let before = self.ledger.last_seq();
        let answer = self.at_host(&host, &call, self.clock(now_ms), Some(&mut consenting));
        if let Some(refusal) = consenting.refusal {
            return Err(refusal);
        }
        let findings = self.violations().iter().rev().take_while(|violation| violation.seq > before);
        let findings: Vec<&str> = findings.map(|violation| violation.detail.as_str()).collect();
        if !findings.is_empty() {
            return Err(format!("The authorize request is not as documented: {}", findings.join(" ")));
        }
        let Reply::Response { status, headers, .. } = answer.reply else {
            return Err("The authorize request met a fault.".into());
        };
        if status >= 400 {
            return Err(format!("The authorize request was answered with status {status}."));
        }
        if !consenting.is_asked {
            return Err("The URL is not an authorize URL: it opens no consent screen.".into());
        }
        let location = headers.into_iter().find(|(name, _)| name == "location").map(|(_, location)| location);
        let code = location.as_ref().and_then(|location| {
            let query = location.split_once('?')?.1.split('#').next()?;
            decode_pairs(query.as_bytes()).into_iter().find(|(name, _)| name == "code").map(|(_, code)| code)
        });
        let absolute =
            |location: String| if location.starts_with('/') { format!("{origin}{location}") } else { location };
        Ok(Consented { redirect_url: location.map(absolute), code })
    }

    /// Refuses a user whom nobody has registered.
    pub(super) fn known_user(&self, host: &Host, user: Option<u64>) -> Result<(), String> {
        let Some(uid) = user else { return Ok(()) };
        let registered = self.config.users.get(host.venue).into_iter().flatten();
        let is_demo = self.demo_user(host)["uid"] == uid;
        match is_demo || registered.into_iter().any(|user| user.uid == uid) {
            true => Ok(()),
            false => Err(format!("There is no user {uid} at {}.", host.venue)),
        }
    }
}

/// An address as scheme and host, empty where it has none, and the rest.
fn split(url: &str) -> (&str, &str) {
    let Some(after) = url.find("://").map(|at| at + 3) else { return ("", url) };
    let end = url[after..].find('/').map_or(url.len(), |at| after + at);
    url.split_at(end)
}
