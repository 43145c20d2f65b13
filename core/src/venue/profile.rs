//! A venue as data: what each states about itself, and what is the same for all.

use url::Url;

use crate::base::entropy::Entropy;
use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::ids::{Venue, VenueEnvironment};
use crate::base::secret::Secret;
use crate::base::time::{self, Schedule};
use crate::model::key_request::{KeyPart, KeyRequest};
use crate::model::operation::{FlowOperation, ResponseType};
use crate::model::policy::WaitReason;
use crate::model::tokens::Tokens;
use crate::venue::contract::{Stage, TokenReply};
use crate::venue::refusal::{Refusal, RefusalKind};

/// A venue, as data. Sources and dates stand beside the figures in each venue's folder.
pub(crate) struct Profile {
    pub venue: Venue,
    pub environments: &'static [EnvironmentProfile],
    /// Path of the consent page; `{locale}` is replaced by the configured locale, or left out with its slash.
    pub authorize_path: &'static str,
    pub default_locale: &'static str,
    /// The venue's name for `client_id` at the authorize page.
    pub client_id_parameter: &'static str,
    pub consent: fn(FlowOperation) -> Consent,
    /// What a redirect URI means, or a hint at those the venue takes from this client.
    pub redirect: fn(VenueEnvironment, &Url) -> Result<Redirect, &'static str>,
    /// Whether the flow ends at the hand-off to a backend, which has the client's secret.
    pub hands_off: bool,
    /// Whether this client goes on with what a client without the secret hands off.
    pub takes_hand_offs: bool,
    pub user_agent: Option<&'static str>,
    /// What it most likely means that an endpoint is not there.
    pub withdrawn: &'static str,
    /// Callback parameters that may carry a public key.
    pub callback_key_parameters: &'static [&'static str],
    /// The callback parameter that names the user's site, where the venue has several.
    pub callback_site_parameter: Option<&'static str>,
    /// What `state` is made of.
    pub state: StateForm,
    /// Whether this can be the id of one of the venue's keys, or a hint at what one is.
    pub key_id: fn(&str) -> Result<(), &'static str>,
    /// The parts of a key request that its requests carry; any other part is refused when an operation begins.
    pub key_parts: fn(VenueEnvironment) -> &'static [KeyPart],
    /// The venue's own rules for these parts, such as a length or a part that it wants, or a hint at the rule. Asked where it
    /// takes any.
    pub check_key_request: fn(&KeyRequest) -> Result<(), &'static str>,
    /// Used only where the reply is silent.
    pub access_lifetime_s: u64,
    pub refresh_lifetime_s: Option<u64>,
    /// Whether an account can be told by the user's id.
    pub tells_uid: bool,
    /// A user id found inside an access token: a hint, used only where the venue's endpoint is silent.
    pub uid_hint: fn(&Secret) -> Option<String>,
    /// The stages of an operation, in order; empty where this environment does not offer it.
    pub operation: fn(VenueEnvironment, FlowOperation) -> &'static [&'static Stage],
    /// All there are, those too that only follow from another's reply.
    pub stages: &'static [&'static Stage],
    /// How many accounts a user can have for keys of one app: where fewer are listed, one more may be made.
    pub max_accounts: usize,
    /// The pace of waits for which the venue has figures of its own.
    pub waits: &'static [(WaitReason, Schedule)],
    /// Whether its keys have a passphrase, which signed requests carry.
    pub has_passphrase: bool,
}

/// A venue's profile for each kind of client; the same one twice where they do not differ.
pub(crate) struct ClientKinds {
    pub confidential: &'static Profile,
    pub public: &'static Profile,
}

impl Profile {
    /// The pace of waiting for this.
    pub fn schedule(&self, reason: WaitReason) -> Schedule {
        self.waits.iter().find(|(own, _)| *own == reason).map_or_else(|| reason.schedule(), |(_, schedule)| *schedule)
    }

    /// The stage of this name.
    pub fn stage(&self, name: &str) -> Option<&'static Stage> {
        self.stages.iter().find(|stage| stage.name == name).copied()
    }

    /// What is told of a refusal, or of what no reply says.
    pub fn error(&self, code: ErrorCode, refusal: Option<&Refusal>, hint: &str) -> VenuekeyError {
        let mut error = VenuekeyError::new(code).with_venue(self.venue);
        if let Some(refusal) = refusal {
            error = error.with_reply(Some(refusal.status), refusal.code.clone(), refusal.text.clone());
        }
        if !hint.is_empty() {
            error = error.with_hint(hint);
        } else if refusal.is_some_and(|refusal| refusal.kind == RefusalKind::Withdrawn) {
            error = error.with_hint(self.withdrawn);
        } else if refusal.is_some_and(|refusal| refusal.kind == RefusalKind::Blocked) {
            let page = "something in front of the venue answered with a page: check the caller's IP address, country and User-Agent";
            error = match refusal.map(|refusal| refusal.status) {
                // The venue's own endpoint may be gone, and its server answer so.
                Some(404 | 410) if !self.withdrawn.is_empty() => {
                    error.with_hint(&format!("{page}; or {}", self.withdrawn))
                }
                _ => error.with_hint(page),
            };
        }
        match code {
            ErrorCode::KeyNotReady => error.with_retry_after(5_000),
            ErrorCode::RateLimited | ErrorCode::SecretLocked | ErrorCode::VenueUnavailable => {
                error.with_retry_after(60_000)
            }
            _ => error,
        }
    }

    /// A reply's tokens, from now on; `None` where they can't be used.
    pub fn tokens(&self, reply: TokenReply, old: Option<&Tokens>, now_ms: u64) -> Option<Tokens> {
        let from_now = |seconds: u64| time::after(now_ms, seconds.saturating_mul(1000));
        let expires_at_ms = from_now(reply.expires_in_s.unwrap_or(self.access_lifetime_s));
        // facts/bybit.md, 5: keep the old refresh token where the reply brings none.
        let kept = || (old.and_then(Tokens::refresh_token).cloned(), old.and_then(Tokens::refresh_expires_at_ms));
        let (refresh_token, refresh_expires_at_ms) = match reply.refresh_token {
            Some(token) => (Some(token), reply.refresh_expires_in_s.or(self.refresh_lifetime_s).map(from_now)),
            None => kept(),
        };
        let scope =
            if reply.scope.is_empty() { old.map(|old| old.scope().to_vec()).unwrap_or_default() } else { reply.scope };
        Tokens::new(reply.access_token, refresh_token, expires_at_ms, refresh_expires_at_ms, scope).ok()
    }

    /// The environment's hosts, or the refusal of a configuration that names another venue's environment.
    pub fn hosts(&self, environment: VenueEnvironment) -> Result<&EnvironmentProfile, VenuekeyError> {
        self.environments.iter().find(|hosts| hosts.environment == environment).ok_or_else(|| {
            let names: Vec<&str> = self.environments.iter().map(|hosts| hosts.environment.as_str()).collect();
            let hint = format!("environment must be one of this venue's: {}", names.join(", "));
            VenuekeyError::new(ErrorCode::InvalidConfiguration).with_hint(&hint).with_venue(self.venue)
        })
    }
}

/// What the authorize URL of an operation carries besides `client_id` and `state`.
pub(crate) struct Consent {
    /// Those the venue documents, in RFC 6749's names; where there is none, the parameter is not sent.
    pub response_types: &'static [ResponseType],
    pub scope: Option<&'static str>,
    pub redirect_uri: bool,
    /// What the consent page wants besides, the same for everybody.
    pub constants: &'static [(&'static str, &'static str)],
    /// Whether `code_challenge` is sent (always with method S256).
    pub pkce: bool,
}

// The second is for sketched venues and for the toy venue (tests/toy-venue).
#[allow(dead_code)]
/// What `state` is made of: some venues lose a long one, or one with other characters, in silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StateForm {
    /// 43 characters of base64url: 256 bits.
    Base64Url,
    /// This many letters and digits, 16 to 32: nearly 6 bits each. 22 are 131 bits.
    Alphanumeric(u8),
}

impl StateForm {
    pub fn draw(self, entropy: &Entropy) -> Secret {
        match self {
            Self::Base64Url => entropy.derive_secret("state"),
            Self::Alphanumeric(length) => entropy.derive_alphanumeric("state", length),
        }
    }

    /// Whether this state could have been generated by this form.
    pub fn fits(self, state: &Secret) -> bool {
        match self {
            Self::Base64Url => (32..=128).contains(&state.len()),
            Self::Alphanumeric(length) => state.len() == usize::from(length),
        }
    }
}

/// How the browser's answer reaches the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Redirect {
    /// At a page of the app's own.
    Callback,
    /// At a page of the venue's that shows the code, for the user to paste.
    Paste,
}

pub(crate) struct EnvironmentProfile {
    pub environment: VenueEnvironment,
    pub authorize_base: &'static str,
    pub api_base: &'static str,
    /// The private REST API, where signed requests go.
    pub rest_base: &'static str,
    /// APIs of the venue's sites: what a callback's [`Profile::callback_site_parameter`] must equal to count. Tokens and keys
    /// from there carry it, and all their requests go there, signed ones too.
    pub sites: &'static [&'static str],
    /// Sent with every request, signed ones too: some venues tell their worlds apart by a header.
    pub headers: &'static [(&'static str, &'static str)],
}
