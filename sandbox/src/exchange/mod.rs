//! What the sandbox knows of an exchange: the one trait that each implements, and the words it is written in.

pub mod action;
pub mod client;
pub mod consent;
pub mod context;
pub mod endpoint;
pub mod fault;
pub mod knob;
pub mod knobs;
pub(crate) mod mask;
pub mod profile;
pub mod record;
pub mod user;

use crate::base::http::{Call, Response};
use action::{Arrivals, UserAction};
use client::ApiKey;
use context::Context;
use endpoint::{Endpoint, Route};
use fault::Fault;
use profile::Profile;
use record::Finding;
use serde_json::{Value, json};
use std::fmt::Debug;

/// An exchange with all its hosts and users. What it keeps is its own; the sandbox tells it time and place, records
/// what it was sent, and spoils answers where a fault is queued.
///
/// The paths `/consent` and `/consent.css` below each host are the sandbox's: the first leads to
/// [`Exchange::page`], the second to the style sheet of all pages.
pub trait Exchange: Debug + Send {
    /// Its facts, the same at every call.
    fn profile(&self) -> Profile;

    /// The same exchange once more, with all that it holds: `Box::new(self.clone())`.
    fn duplicate(&self) -> Box<dyn Exchange>;

    /// Where this path of a host leads, if anywhere.
    fn route(&self, path: &str) -> Option<Route>;

    /// Serves an endpoint; method and path have been checked.
    fn serve(&mut self, endpoint: Endpoint, call: &Call<'_>, context: &mut Context<'_>) -> Response;

    /// Serves a page to the user's browser: the consent page, and those that [`Exchange::route`] calls pages.
    fn page(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response;

    /// The body with which this exchange refuses because of a fault. `status` is a server error's.
    fn refusal(&self, fault: Fault, endpoint: Endpoint, status: u16, context: &mut Context<'_>) -> Response;

    /// What a wrong method is answered with.
    fn wrong_method(&self, endpoint: Endpoint, finding: &Finding, context: &mut Context<'_>) -> Response;

    /// The demo user, as the admin endpoint `state` shows it.
    fn user(&self) -> Value;

    /// Keys, tokens and open requests of a host, likewise. Secrets are shown `with_values` only.
    fn state(&self, environment: usize, now_ms: u64, with_values: bool) -> Value;

    /// Puts in a key that is there from the start.
    fn plant(&mut self, environment: usize, key: &ApiKey);

    /// Carries out what the user does outside the flow and says what it met.
    fn act(&mut self, action: UserAction, context: &mut Context<'_>) -> Result<Value, String>;

    /// Lets new rows arrive in a user's histories and says how many there are now.
    fn arrive(&mut self, _: &Arrivals, _: &mut Context<'_>) -> Result<Value, String> {
        Err("This venue has no histories here.".into())
    }

    /// The switches as they stand: an object with a value for each that the profile lists.
    fn knobs(&self) -> Value {
        json!({})
    }

    /// Turns the switches, or says in a sentence why it can't. The object is whole, as [`Exchange::knobs`] gives it.
    fn take_knobs(&mut self, values: &Value) -> Result<(), String> {
        match values.as_object().is_some_and(|values| values.is_empty()) {
            true => Ok(()),
            false => Err("The patch does not fit: this venue has no knobs.".into()),
        }
    }

    /// Lets happen in one host what the time alone brings about, and what follows from switches that were turned. It is
    /// called before each request, at the start, and after each turn.
    fn settle(&mut self, _: &mut Context<'_>) {}
}

impl Clone for Box<dyn Exchange> {
    fn clone(&self) -> Self {
        (**self).duplicate()
    }
}
