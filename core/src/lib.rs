//! **venuekey** connects a user's crypto-exchange account to an app through the exchange's own consent
//! screen, and leaves the app with tokens or with an API key that works. WhiteBIT and Bybit.
//!
//! It is *sans-IO*: it decides what to send and what an answer means. The host does the HTTP, keeps the
//! clock, draws the randomness and stores the state. Nothing here blocks, locks, logs, retries or looks
//! at a clock, so the same events give the same bytes in every language and in every run.
//!
//! # One row, one worker
//!
//! A [`Client`] is a checked configuration. [`Client::begin_connection`] makes a [`Connection`], one user's account from the
//! click on "Connect" to its end, as one value in one row of the host's store: save it, then send the browser to
//! [`Connection::authorize_url`]. Web events ([`Connection::receive_callback`] and its like) record what is wanted and send
//! nothing. A worker takes the rows whose [`Connection::due_at_ms`] has come and does what a [`ConnectionDriver`] says.
//! [`Connection::access`] says what a request can be sent with, and [`Connection::seal`] makes the row.
//!
//! ```
//! use venuekey::parts::*;
//!
//! /// A worker, in miniature: `save` is a compare-and-set, `send` does the HTTP, `now_ms` is a clock.
//! fn work(host: &mut Host) -> Result<(), VenuekeyError> {
//!     let mut driver = ConnectionDriver::new(host.load(), "worker-1", host.now_ms)?;
//!     loop {
//!         driver = match driver.action() {
//!             Action::Load => driver.loaded(Some(host.load()), host.now_ms)?,
//!             Action::Save => match host.save(driver.connection()) {
//!                 true => driver.saved(host.now_ms)?,
//!                 false => driver.superseded()?, // somebody else saved the row first
//!             },
//!             Action::Send => match host.send(driver.request().expect("at a send")) {
//!                 Some(response) => driver.response(&response, host.now_ms)?,
//!                 None => driver.no_response(Delivery::Unknown, host.now_ms)?,
//!             },
//!             Action::Deliver => driver.delivered(true, host.now_ms)?, // the app was told of driver.events()
//!             Action::Return => return Ok(()),
//!             action => unreachable!("{} does not happen on the way to this key", action.as_str()),
//!         };
//!     }
//! }
//! # struct Host { now_ms: u64, stored: Option<Connection>, replies: Vec<&'static str>, sent: Vec<String> }
//! # impl Host {
//! #     fn load(&self) -> Connection {
//! #         self.stored.clone().expect("a row")
//! #     }
//! #     fn save(&mut self, next: &Connection) -> bool {
//! #         let wins = self.stored.as_ref().map_or(0, Connection::revision) == next.expected_revision();
//! #         self.stored = if wins { Some(next.clone()) } else { self.stored.take() };
//! #         wins
//! #     }
//! #     fn send(&mut self, request: &HttpRequest) -> Option<HttpResponse> {
//! #         self.sent.push(format!("{} {}", request.method().as_str(), request.purpose()));
//! #         Some(HttpResponse::new(200, self.replies.remove(0)))
//! #     }
//! # }
//!
//! let client = Client::new(ClientConfig::new(
//!     Venue::BYBIT,
//!     VenueEnvironment::MAINNET,
//!     Credentials::Confidential { client_id: "DemoBroker1".into(), client_secret: Secret::new("hush") },
//!     "https://partner.example/cb",
//! ))?;
//! # let mut host = Host { now_ms: 1_790_000_000_000, stored: None, sent: vec![], replies: vec![
//! #     r#"{"access_token":"tok","refresh_token":"ref","expires_in":86400,"token_type":"bearer"}"#,
//! #     r#"{"ret_code":0,"ret_msg":"success","result":{"uid":"106000001"}}"#,
//! #     r#"{"ret_code":0,"ret_msg":"success","result":{"api_key":"K","api_secret":"S"}}"#] };
//!
//! // The user presses "Connect": draw 64 random bytes, store the row, redirect the browser.
//! let entropy = Entropy::new([7; 64]); // from the operating system, never a constant
//! let options = ConnectOptions::new("user-1", "bybit");
//! let begun = client.begin_connection(Goal::ApiKey, options, BeginOptions::default(), &entropy, host.now_ms)?;
//! assert!(host.save(&begun));
//!
//! // The browser is back: another request, another process.
//! # let authorize_url = begun.authorize_url().expect("a consent is pending");
//! # let state = authorize_url.expose().split("state=").nth(1).unwrap_or_default();
//! # let callback = format!("/cb/?response_type=code&code=AbC123&scope=openapi&state={state}");
//! let called_back = host.load().receive_callback(&callback, host.now_ms)?;
//! assert!(host.save(&called_back));
//!
//! work(&mut host)?;
//! assert_eq!(host.sent, ["POST exchange_code", "GET read_uid", "GET fetch_api_key"]);
//! let Access::Key { key } = host.load().access(host.now_ms)? else { panic!("a key was asked for") };
//! assert_eq!((key.api_key().expose(), key.api_secret().expose(), key.uid()), ("K", "S", Some("106000001")));
//! # Ok::<(), VenuekeyError>(())
//! ```
//!
//! # The parts
//!
//! A host that keeps flow, tokens and key separately uses [`parts`], which the rest of this page is about. A flow
//! begins with [`Client::begin`]: send the browser to [`Started::authorize_url`] and store [`Started::pending`]. When
//! the browser comes back, restore the flow and give it the callback. From then on each event returns a [`Step`], and
//! one loop does what the steps say: a [`FlowDriver`] decides the order, the host does the work. The other operations
//! ([`Client::refresh_tokens`], [`Client::check_key`], [`Client::delete_key`], [`Client::reissue_key`]) enter the same
//! loop.
//!
//! ```
//! use venuekey::parts::*;
//!
//! /// A host, in miniature: `save` is a compare-and-set, `send` does the HTTP, `now` reads a clock.
//! fn drive(step: Step, host: &mut Host) -> Result<Outcome, VenuekeyError> {
//!     let mut driver = FlowDriver::new(step);
//!     loop {
//!         driver = match (driver.action(), driver.step()) {
//!             (Action::Save, _) => match host.save(&driver.snapshot()) {
//!                 true => driver.saved(host.now_ms)?,
//!                 false => driver.superseded()?, // another worker won, and acts
//!             },
//!             (Action::Send, Step::Send { request, .. }) => match host.send(request) {
//!                 Some(response) => driver.response(&response, host.now_ms)?,
//!                 None => driver.no_response(Delivery::Unknown, host.now_ms)?,
//!             },
//!             (Action::Sleep, Step::Wait { until_ms, .. }) => {
//!                 host.now_ms = *until_ms; // sleep
//!                 driver.awake(host.now_ms)?
//!             }
//!             (Action::Return, Step::Done { outcome, .. }) => return Ok(outcome.clone()),
//!             // Nobody is there to ask in this host. What a driver of shared tokens does is not for a flow.
//!             (Action::Choose | Action::Authorize, _) => driver.unanswered()?,
//!             (Action::Fail, _) => return Err(driver.error().expect("at a failure").clone()),
//!             _ => unreachable!("a flow loads nothing, and nobody has stopped this one"),
//!         }
//!     }
//! }
//! # struct Host { now_ms: u64, stored: Option<Snapshot>, replies: Vec<&'static str>, sent: Vec<String> }
//! # impl Host {
//! #     fn save(&mut self, snapshot: &Snapshot) -> bool {
//! #         let wins = self.stored.as_ref().map_or(0, Snapshot::revision) == snapshot.expected_revision();
//! #         self.stored = if wins { Some(snapshot.clone()) } else { self.stored.take() };
//! #         wins
//! #     }
//! #     fn send(&mut self, request: &HttpRequest) -> Option<HttpResponse> {
//! #         self.sent.push(format!("{} {}", request.method().as_str(), request.purpose()));
//! #         Some(HttpResponse::new(200, self.replies.remove(0)))
//! #     }
//! # }
//!
//! let client = Client::new(ClientConfig::new(
//!     Venue::BYBIT,
//!     VenueEnvironment::MAINNET,
//!     Credentials::Confidential { client_id: "DemoBroker1".into(), client_secret: Secret::new("hush") },
//!     "https://partner.example/cb",
//! ))?;
//! # let mut host = Host { now_ms: 1_790_000_000_000, stored: None, sent: vec![], replies: vec![
//! #     r#"{"access_token":"tok","refresh_token":"ref","expires_in":86400,"token_type":"bearer"}"#,
//! #     r#"{"ret_code":0,"ret_msg":"success","result":{"uid":"106000001"}}"#,
//! #     r#"{"ret_code":0,"ret_msg":"success","result":{"api_key":"K","api_secret":"S"}}"#] };
//!
//! // The user presses "Connect": draw 64 random bytes, store the flow, redirect the browser.
//! let entropy = Entropy::new([7; 64]); // from the operating system, never a constant
//! let started = client.begin(Goal::ApiKey, BeginOptions::default(), &entropy, host.now_ms)?;
//! assert!(host.save(&started.pending().snapshot()));
//! assert!(started.authorize_url().expose().starts_with("https://www.bybit.com/en/oauth?client_id=DemoBroker1&"));
//!
//! // Another request, another process: the browser is back, with its session's flow.
//! # let authorize_url = started.authorize_url().expose();
//! # let state = authorize_url.split("state=").nth(1).unwrap_or_default();
//! # let callback = format!("/cb/?response_type=code&code=AbC123&scope=openapi&state={state}");
//! let pending = client.restore(host.stored.as_ref().map_or("", |stored| stored.expose()))?;
//! let outcome = drive(pending.receive_callback(&callback, host.now_ms)?, &mut host)?;
//!
//! let Outcome::ApiKey { key, .. } = outcome else { panic!("a key was asked for") };
//! assert_eq!((key.api_key().expose(), key.api_secret().expose(), key.uid()), ("K", "S", Some("106000001")));
//! assert_eq!(host.sent, ["POST exchange_code", "GET read_uid", "GET fetch_api_key"]);
//! # Ok::<(), VenuekeyError>(())
//! ```
//!
//! # The invariant
//!
//! **What a step asks for may be done only after its flow has been saved by compare-and-set.** A flow has an id and
//! each value a revision; [`Snapshot::expected_revision`] must be in the store for the snapshot to replace it. One
//! worker wins and acts; the other ends with `superseded`. So a callback that fires twice exchanges its code once, and
//! a crash at any point leaves a snapshot that shows what was tried:
//!
//! - Restored between two requests, the flow continues.
//! - Restored when a request may have been sent, it means *we don't know*, and [`Flow::resume`] acts by the request's
//!   [`Replay`]: a safe one is sent again; a code exchange is never repeated and ends as `outcome_unknown`; neither is
//!   the creation of a key, which ends as `key_unconfirmed`; the once-only secret is requested once more, and the
//!   venue's answer tells whether it was lost.
//! - A lost secret ends as `secret_lost` (the key was deleted, start again), as `delete_key_in_dashboard`, or, if this
//!   flow had not asked before, as `secret_taken_elsewhere`. Nothing is lost silently.
//!
//! [`FlowDriver::stop`] shuts a worker down gracefully: what may have taken effect is waited for and stored first. Run
//! a flow in one worker at a time: resume only flows whose worker is gone.
//!
//! # Where people come in
//!
//! The browser's answer goes to [`Flow::receive_callback`], or to [`Flow::receive_pasted_code`] if the venue shows the
//! code on a page of its own. Bybit's public client lets the user pick an account: [`Step::Choose`] has the accounts,
//! and [`Flow::choose`] takes the answer. Both answers are saved before anything is sent. A reissue needs the browser
//! half-way: [`Step::Authorize`] has the URL, and the callback follows. Resuming the flow gives either step again.
//!
//! A pending flow can live in the browser's cookie instead of the store: [`Flow::seal`] and [`Client::open`]. An app
//! without the client's secret ends at [`Outcome::HandOff`], and its backend continues with
//! [`Client::accept_hand_off`].
//!
//! # With the tokens
//!
//! [`Client::share_tokens`] keeps them alive for a whole fleet: before each request a worker runs
//! [`Client::drive_tokens`], whose [`TokenDriver`] asks [`SharedTokens::plan`] what it may do, and one of the workers
//! refreshes. `Client::read_orders` and the other reads go through an account page by page: an [`AccountRead`] gives
//! the request, its [`Page`] has the records and the next read. [`AccountRead::preflight`] and [`Client::preflight`]
//! say what would be refused (by scope, region, lifetime or the [`RateBudget`]) before it is sent. These are values
//! outside the loop: a read may be sent again, and needs no store.
//!
//! # Key lifecycle
//!
//! A [`Signer`] signs requests with the key. If the venue's documents leave two public keys to choose from, a
//! [`PublicKeyProbe`] decides; a [`KeyWatch`] says when to check the key next and what a check means;
//! [`Client::reissue_key`] replaces it.
//!
//! # What goes wrong, and where it arrives
//!
//! Misuse is an `Err`, and the value it was called on stays usable. What the venue or the user did is a
//! [`Step::Failed`] with a [`VenuekeyError`] and, if the flow can continue, a [`Recovery`] for [`Flow::recover`].
//! [`VenuekeyError::kind`] says what to do next, [`VenuekeyError::code`] what happened.
//!
//! # Secrets
//!
//! [`Secret`], [`Tokens`], [`ApiKey`], [`Snapshot`], [`HttpRequest`] and everything that holds them print
//! redacted and are wiped when dropped. Each is read through a method that is easy to search for. A
//! snapshot is a secret as a whole: encrypt it at rest.
//!
//! # Features
//!
//! A connection's flow is always there, with its refreshes, checks, deletions and reissues. The rest can be left out; all of it
//! is on by default:
//!
//! | feature | what it adds |
//! |---|---|
//! | `sign` | a key at work: [`Signer`], [`PublicKeyProbe`], [`KeyWatch`] |
//! | `read` | the account's pages: [`AccountRead`]; brings `sign` |
//! | `tokens` | tokens of a whole fleet: [`SharedTokens`], [`TokenDriver`] |
//! | `seal` | a pending flow in a cookie: [`SealingKeys`], [`Flow::seal`], [`Client::open`] |
//! | `connections` | the paved path: [`Connection`], [`ConnectionDriver`]; brings `seal`, `sign` and `tokens` |
//! | `whitebit`, `bybit` | the exchanges: a client for one that was left out is `not_supported` |
//!
//! # Where things live
//!
//! The folders are floors, and imports go down only (`docs/adr/0007-floors.md`):
//!
//! ```text
//! connection                 one user's account as one row: the paved path
//! client                     where everything begins
//! drive                      what is stored before what, around a flow and around tokens
//! tokens, account_read       what is done with tokens
//! flow, keys, limits         one connection; a key at work; what may be sent now
//! venues                     the registry, and a folder for each venue
//! venue                      the contract: what a venue states about itself
//! wire                       HTTP as data: requests, replies, forms, callbacks
//! model                      what crosses to the languages
//! base                       names, times, secrets, errors
//! ```
//!
//! [`AccountRead`]: parts::AccountRead
//! [`AccountRead::preflight`]: parts::AccountRead::preflight
//! [`ApiKey`]: parts::ApiKey
//! [`Flow::choose`]: parts::Flow::choose
//! [`Flow::receive_callback`]: parts::Flow::receive_callback
//! [`Flow::receive_pasted_code`]: parts::Flow::receive_pasted_code
//! [`Flow::recover`]: parts::Flow::recover
//! [`Flow::resume`]: parts::Flow::resume
//! [`Flow::seal`]: parts::Flow::seal
//! [`FlowDriver`]: parts::FlowDriver
//! [`FlowDriver::stop`]: parts::FlowDriver::stop
//! [`KeyWatch`]: parts::KeyWatch
//! [`Outcome::HandOff`]: parts::Outcome::HandOff
//! [`Page`]: parts::Page
//! [`PublicKeyProbe`]: parts::PublicKeyProbe
//! [`RateBudget`]: parts::RateBudget
//! [`Recovery`]: parts::Recovery
//! [`Replay`]: parts::Replay
//! [`SharedTokens`]: parts::SharedTokens
//! [`SharedTokens::plan`]: parts::SharedTokens::plan
//! [`Signer`]: parts::Signer
//! [`Snapshot`]: parts::Snapshot
//! [`Snapshot::expected_revision`]: parts::Snapshot::expected_revision
//! [`Started::authorize_url`]: parts::Started::authorize_url
//! [`Started::pending`]: parts::Started::pending
//! [`Step`]: parts::Step
//! [`Step::Authorize`]: parts::Step::Authorize
//! [`Step::Choose`]: parts::Step::Choose
//! [`Step::Failed`]: parts::Step::Failed
//! [`TokenDriver`]: parts::TokenDriver
//! [`Tokens`]: parts::Tokens
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
// What one feature alone uses stands beside what all do.
#![cfg_attr(not(all(feature = "connections", feature = "read")), allow(dead_code))]
#![cfg_attr(not(test), deny(clippy::disallowed_macros, clippy::disallowed_methods, clippy::disallowed_types))]

#[cfg(feature = "read")]
mod account_read;
mod base;
mod client;
#[cfg(feature = "connections")]
mod connection;
mod drive;
mod flow;
#[cfg(feature = "sign")]
mod keys;
mod limits;
mod model;
pub mod parts;
#[cfg(feature = "tokens")]
mod tokens;
mod venue;
mod venues;
mod wire;

#[cfg(feature = "seal")]
#[doc(inline)]
pub use parts::SealingKeys;
#[cfg(feature = "connections")]
#[doc(inline)]
pub use parts::{
    Access, ConnectOptions, Connection, ConnectionDriver, ConnectionRow, ConnectionStatus, Intent, StoredConnection,
};
#[doc(inline)]
pub use parts::{
    Action, BeginOptions, Client, ClientConfig, Credentials, Delivery, Entropy, ErrorCode, Goal, HttpRequest,
    HttpResponse, Secret, Venue, VenueEnvironment, VenuekeyError,
};
