//! What an exchange says of itself once and for all.

use super::endpoint::Endpoint;
use super::knob::Knob;

/// An exchange's own facts. Command line, admin endpoints and admin page are built from them.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its name in paths, JSON and flags: lower-case letters and digits.
    pub name: &'static str,
    /// Its name as people write it.
    pub title: &'static str,
    /// Its environments, the usual one first; each is a host at `/{name}/{environment}`.
    pub environments: &'static [&'static str],
    /// The endpoints it has besides [`Endpoint::COMMON`].
    pub endpoints: &'static [Endpoint],
    /// Its switches.
    pub knobs: Vec<Knob>,
    /// The colours of its pages, where they are not the sandbox's.
    pub accent: Option<Accent>,
}

/// The colour of a page's button and of the text on it, as CSS writes them.
#[derive(Clone, Copy, Debug)]
pub struct Accent {
    /// On a light page.
    pub light: (&'static str, &'static str),
    /// On a dark one.
    pub dark: (&'static str, &'static str),
}
