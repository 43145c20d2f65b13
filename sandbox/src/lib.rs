//! Exchanges' account connection, consent screen and signed calls included, on one's own machine.
//!
//! A [`Sandbox`] is plain state: [`Sandbox::handle`] takes a request and the time and gives an
//! answer. It has no clock, no thread, no I/O and no randomness; the same [`Config`] and the same
//! calls give the same bytes. The program `venuekey-sandbox` serves it on loopback.
//!
//! ```
//! use venuekey_sandbox::{Config, Reply, Request, Sandbox};
//!
//! let mut sandbox = Sandbox::new(Config::default())?;
//! let target = "/whitebit/global/auth/login?clientId=demo-whitebit&state=s";
//! let request = Request { method: "GET".into(), target: target.into(), ..Request::default() };
//! let answer = sandbox.handle(&request, 1_700_000_000_000);
//! assert!(matches!(answer.reply, Reply::Response { status: 302, .. }));
//! # Ok::<(), String>(())
//! ```
//!
//! # Hosts under test
//!
//! The path prefix `/{exchange}/{environment}` chooses one; what follows is the exchange's own path. [`venue`] lists
//! the exchanges, each of which says what its hosts stand for.
//!
//! [`Config::addresses`] gives hosts names and ports of their own, where paths have no prefix.
//!
//! Authorize redirects to `{prefix}/consent?session=...`, a page with a plain form: `session`,
//! `action` (`approve`, `decline`, `close`), `permissions` (repeated), `confirm_withdrawal`, `otp`.
//! The same answer sent twice gets the same reply twice, and one key.
//! Without a browser, [`Sandbox::consent`] answers it, or the knob `user_decision` does so for every request.
//!
//! The keys that come from it sign calls at the same hosts. The path that a client signs is the exchange's own, without
//! the prefix.
//!
//! # Strictness
//!
//! Whatever an exchange's documentation does not cover (a field too many, a JSON body, a query where
//! none belongs) is refused with a body that names it, and kept in [`Sandbox::violations`]. Where the
//! documentation disagrees with itself, knobs choose the reading: [`Sandbox::knobs`].
//!
//! # Admin endpoints
//!
//! Under `/_sandbox/`: `health`, `openapi.json`, `hosts`, `knobs`, `clock`, `clock/advance`, `faults`, `requests`, `har`,
//! `violations`, `state`, `history`, `consent`, `reset`, `user/{exchange}/{environment}/action`. The methods of [`Sandbox`] do
//! the same in-process. The program also has them as a page, at `/_sandbox/` itself.
//!
//! # An exchange of your own
//!
//! [`Sandbox::with`] takes exchanges as values: implement [`Exchange`], with the [`parts`] that serve you.
//!
//! # Floors
//!
//! Imports go down only, from a floor to those with lower numbers:
//!
//! 1. `base`: HTTP as data, clock, ids of the seed. It knows no exchange.
//! 2. [`exchange`]: the trait, and the words that it is written in: endpoints, knobs, faults, records.
//! 3. [`parts`]: what exchanges are built of: strict readers, tokens, limits, the consent screen.
//! 4. [`venue`]: one folder per exchange, and the list of them.
//! 5. `engine`: the [`Sandbox`], its hosts and faults.
//! 6. `har`, `admin`, then `console`: what was recorded as an archive, the endpoints for tests, and the page on them.
//! 7. `front`: [`Sandbox::handle`].
//! 8. `server`: the program.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod admin;
mod base;
#[cfg(feature = "server")]
mod console;
mod engine;
pub mod exchange;
mod front;
mod har;
pub mod parts;
#[cfg(feature = "server")]
pub mod server;
pub mod venue;

pub use base::http::{Answer, Reply, Request};
pub use base::{http, mint, signature};
/// Method and path of each admin endpoint, as `/_sandbox/openapi.json` describes them.
pub fn admin_routes() -> &'static [(&'static str, &'static str)] {
    &admin::ROUTES
}

pub use engine::config::Config;
pub use engine::sandbox::Sandbox;
pub use exchange::Exchange;
pub use exchange::client::{ApiKey, Client};
