//! venuekey
#![forbid(unsafe_code)]

mod account;
mod client;
mod entropy;
mod error;
mod flow;
mod http;
mod oauth;
mod secret;
mod time;
mod venue;
mod wire;

pub use account::{
    ApiKey, ExternalId, KeyDecision, KeyStatus, MAX_TOKEN_BYTES, Outcome, PermissionGroup, PermissionUrl, Tokens,
};
pub use client::{BeginOptions, Client, Goal, Started};
pub use entropy::Entropy;
pub use error::{ErrorCode, ErrorKind, VenuekeyError};
pub use flow::snapshot::{MAX_SNAPSHOT_BYTES, SNAPSHOT_VERSION, Snapshot};
pub use flow::step::{Recovery, SecretLost, Step, WaitReason};
pub use flow::{Flow, FlowStatus};
pub use http::{Header, HttpRequest, HttpResponse, MAX_BODY_BYTES, Method, Replay};
pub use oauth::code_challenge_s256;
pub use secret::Secret;
pub use venue::{ClientConfig, Credentials, Environment, Operation, Venue};
