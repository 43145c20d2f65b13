//! A client's configuration, checked once and never changed.

use core::fmt;

use url::Url;

use crate::base::base_url::{base_or, fits_header, parse_base};
use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::ids::{Venue, VenueEnvironment};
use crate::base::secret::Secret;
use crate::model::key_request::KeyRequest;
use crate::model::operation::{FlowOperation, ResponseType};
use crate::venue::contract::Stage;
use crate::venue::identity::{Identity, site_hint};
use crate::venue::profile::{Consent, Profile, Redirect};
use crate::wire::callback::own_query_fits;
use crate::wire::form::form_after;

/// How the app proves to the venue who it is.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A client with a secret: keep it on a server, never in a mobile or browser app.
    Confidential {
        /// As the venue issued it.
        client_id: String,
        /// As the venue issued it.
        client_secret: Secret,
    },
    /// A client without a secret. Bybit: the AI agent, whole, where a loopback redirect or a pasted code is possible.
    /// WhiteBIT: an app that begins by itself and ends at the [`HandOff`](crate::parts::HandOff) to its backend.
    Public {
        /// As the venue issued it; Bybit's AI agent is `ai-agent`.
        client_id: String,
    },
}

/// What a client is made from. Only the first four are required.
#[derive(Clone)]
pub struct ClientConfig {
    /// The exchange.
    pub venue: Venue,
    /// Which of its worlds.
    pub environment: VenueEnvironment,
    /// Who the app is.
    pub credentials: Credentials,
    /// Exactly as registered at the venue: https, or http on loopback. Bybit's AI agent:
    /// `http://127.0.0.1:9876/callback`, any port to 9886, or `https://www.bybit.com/oauth/callback` (testnet:
    /// `https://testnet.bybit.com/oauth/callback`), which shows a code for
    /// [`Flow::receive_pasted_code`](crate::parts::Flow::receive_pasted_code).
    pub redirect_uri: String,
    /// Another base for the consent page (a sandbox, a regional host): https, or http on loopback.
    pub authorize_base: Option<String>,
    /// Another base for the API, under the same rule.
    pub api_base: Option<String>,
    /// Another base for the private REST API, which a connection's key signs for (Bybit: a regional site's), under the same
    /// rule; by default `api_base` where that is given.
    pub rest_base: Option<String>,
    /// Bybit: the locale in the consent page's path, `en` by default; empty for none.
    pub locale: Option<String>,
    /// Bybit: the scope to ask for, by default what is documented for this kind of client, `openapi`, or `ai-account`
    /// without a secret. Others are agreed with Bybit.
    pub scope: Option<String>,
    /// The `User-Agent` to send. Bybit's guidance asks for a browser's; a default is sent there.
    pub user_agent: Option<String>,
    /// WhiteBIT, [`Goal::AccountTokens`](crate::Goal::AccountTokens): send `redirect_uri` too, though the documentation
    /// of that flow lists only `clientId` and `state` (facts/whitebit.md, D14). Every other flow sends it anyway.
    pub send_redirect_uri: bool,
}

impl ClientConfig {
    /// The required part; the rest by default.
    pub fn new(
        venue: Venue,
        environment: VenueEnvironment,
        credentials: Credentials,
        redirect_uri: impl Into<String>,
    ) -> Self {
        Self {
            venue,
            environment,
            credentials,
            redirect_uri: redirect_uri.into(),
            authorize_base: None,
            api_base: None,
            rest_base: None,
            locale: None,
            scope: None,
            user_agent: None,
            send_redirect_uri: false,
        }
    }
}

impl ClientConfig {
    pub(crate) fn is_public(&self) -> bool {
        matches!(self.credentials, Credentials::Public { .. })
    }
}

impl fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientConfig({}, {})", self.venue.as_str(), self.environment.as_str())
    }
}

/// A checked configuration with its venue's profile.
pub(crate) struct Settings {
    pub profile: &'static Profile,
    pub environment: VenueEnvironment,
    pub identity: Identity,
    /// `identity.redirect_uri` taken apart.
    pub redirect_url: Url,
    pub redirect: Redirect,
    /// Where a key's requests go, where the configuration says so.
    pub rest_base: Option<String>,
    scope: Option<String>,
    send_redirect_uri: bool,
    pub authorize_base: String,
    authorize_path: String,
}

impl Settings {
    /// `profile` is the venue's for this kind of client: see [`ClientConfig::is_public`].
    pub fn check(config: ClientConfig, profile: &'static Profile) -> Result<Self, VenuekeyError> {
        let (client_id, client_secret) = match config.credentials {
            Credentials::Confidential { client_id, client_secret } => (client_id, Some(client_secret)),
            Credentials::Public { client_id } => (client_id, None),
        };
        let refuse =
            |hint: &str| VenuekeyError::new(ErrorCode::InvalidConfiguration).with_hint(hint).with_venue(profile.venue);
        let hosts = profile.hosts(config.environment)?;
        // Room for any id a venue hands out, while a pending snapshot stays under 2 KB.
        if client_id.is_empty() || client_id.len() > 128 || !client_id.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(refuse("client_id must be 1 to 128 characters of visible ASCII"));
        }
        if client_secret.as_ref().is_some_and(|secret| !secret.fits_configuration()) {
            return Err(refuse(
                "client_secret must be 1 to 1024 bytes without white space at either end; is it set where you read it from?",
            ));
        }
        let redirect_url =
            parse_base(&config.redirect_uri).filter(|url| url.fragment().is_none() && config.redirect_uri.len() <= 512);
        let Some(redirect_url) = redirect_url else {
            return Err(refuse(
                "redirect_uri must be https, or http on loopback, with an ASCII host, without user or fragment, and at most 512 characters",
            ));
        };
        let of_the_venue = profile.callback_key_parameters.iter().chain(&profile.callback_site_parameter);
        let of_the_venue: Vec<&str> = of_the_venue.copied().chain([profile.client_id_parameter]).collect();
        if !own_query_fits(&redirect_url, &of_the_venue) {
            return Err(refuse(
                "redirect_uri's own query must not repeat a name, nor use one that a callback carries, such as state, code or error",
            ));
        }
        let redirect = (profile.redirect)(config.environment, &redirect_url).map_err(|hint| {
            VenuekeyError::new(ErrorCode::RedirectNotSupported).with_hint(hint).with_venue(profile.venue)
        })?;
        let base = |over, default, name: &str| {
            base_or(over, default).ok_or_else(|| {
                refuse(&format!(
                    "{name} must be https, or http on loopback, with an ASCII host and without user, query or fragment"
                ))
            })
        };
        let locale = config.locale.unwrap_or_else(|| profile.default_locale.to_owned());
        if locale.len() > 16 || !locale.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(refuse("locale must be letters, digits and hyphens, such as en or zh-TW"));
        }
        if config.scope.is_some() && (profile.consent)(FlowOperation::ApiKey).scope.is_none() {
            return Err(refuse("scope must be left out: this venue registers scopes with the client"));
        }
        if config.scope.as_deref().is_some_and(|scope| !fits_header(scope)) {
            return Err(refuse("scope must be 1 to 256 characters of printable ASCII"));
        }
        let locale = if locale.is_empty() { String::new() } else { format!("/{locale}") };
        let user_agent = config.user_agent.or(profile.user_agent.map(str::to_owned));
        if user_agent.as_deref().is_some_and(|agent| !fits_header(agent)) {
            return Err(refuse("user_agent must be 1 to 256 characters of printable ASCII"));
        }
        Ok(Self {
            profile,
            environment: config.environment,
            identity: Identity {
                client_id,
                client_secret,
                redirect_uri: config.redirect_uri,
                user_agent,
                headers: hosts.headers,
                // A configured base is the only one there is.
                sites: if config.api_base.is_none() { hosts.sites } else { &[] },
                api_base: base(config.api_base.clone(), hosts.api_base, "api_base")?,
            },
            rest_base: match config.rest_base.or(config.api_base) {
                Some(given) => Some(base(Some(given), hosts.rest_base, "rest_base")?),
                None => None,
            },
            redirect_url,
            redirect,
            scope: config.scope,
            send_redirect_uri: config.send_redirect_uri,
            authorize_base: base(config.authorize_base, hosts.authorize_base, "authorize_base")?,
            authorize_path: profile.authorize_path.replace("/{locale}", &locale),
        })
    }

    /// The stages of `operation`, or the refusal: before anything is sent.
    pub fn stages(&self, operation: FlowOperation) -> Result<&'static [&'static Stage], VenuekeyError> {
        let stages = (self.profile.operation)(self.environment, operation);
        if stages.is_empty() {
            let (venue, environment) = (self.profile.venue, self.environment.as_str());
            let kind = if self.identity.client_secret.is_none() { " without client_secret" } else { "" };
            let hint = format!("{} {environment} has no {}{kind}", venue.as_str(), operation.as_str());
            return Err(VenuekeyError::new(ErrorCode::NotSupported).with_venue(venue).with_hint(&hint));
        }
        Ok(stages)
    }

    /// Refuses what a host gives with a site that is none of the venue's: requests would go elsewhere.
    pub fn check_site(&self, site: Option<&str>) -> Result<(), VenuekeyError> {
        if self.identity.knows_site(site) {
            return Ok(());
        }
        Err(VenuekeyError::invalid_argument(&site_hint(self.identity.sites)).with_venue(self.profile.venue))
    }

    /// Whether what is asked of a key is something that this operation can bring, or the refusal: before anything is sent.
    /// That nothing is asked is checked too, since a venue may want a part.
    pub fn check_key_request(
        &self,
        operation: FlowOperation,
        request: Option<&KeyRequest>,
    ) -> Result<(), VenuekeyError> {
        let venue = self.profile.venue;
        let refuse =
            |hint: &str| Err(VenuekeyError::invalid_argument(&format!("key_request: {hint}")).with_venue(venue));
        let nothing = KeyRequest::default();
        let request = request.unwrap_or(&nothing);
        let given = if operation.connects_key() { (self.profile.key_parts)(self.environment) } else { &[] };
        let parts = request.parts();
        let refused: Vec<&str> = parts.iter().filter(|part| !given.contains(part)).map(|part| part.as_str()).collect();
        if !refused.is_empty() {
            let (venue, environment, what) = (venue.as_str(), self.environment.as_str(), operation.as_str());
            return refuse(&format!("{venue} {environment} takes no {} for {what}", refused.join(", ")));
        }
        if !parts.is_empty() {
            request.check().or_else(refuse)?;
        }
        if given.is_empty() { Ok(()) } else { (self.profile.check_key_request)(request).or_else(refuse) }
    }

    /// Whether something that was written down belongs to this client.
    pub fn are_those_of(
        &self,
        venue: Venue,
        environment: VenueEnvironment,
        client_id: &str,
        redirect_uri: &str,
    ) -> bool {
        venue == self.profile.venue
            && environment == self.environment
            && client_id == self.identity.client_id
            && redirect_uri == self.identity.redirect_uri
    }

    /// Whether the consent of `operation` offers `response_type`; `code` is what a venue without the parameter means.
    pub fn offers(&self, operation: FlowOperation, response_type: ResponseType) -> bool {
        response_type.is_code() || (self.profile.consent)(operation).response_types.contains(&response_type)
    }

    /// Whether an `iss` (RFC 9207) names this venue. None documents an issuer, so any URL on the host of its consent page
    /// or of its API will do; another host's answer belongs to another flow.
    pub fn is_issuer(&self, iss: &str) -> bool {
        let Ok(iss) = Url::parse(iss) else { return false };
        [&self.authorize_base, &self.identity.api_base].iter().any(|base| {
            Url::parse(base)
                .is_ok_and(|base| (base.scheme(), base.host(), base.port()) == (iss.scheme(), iss.host(), iss.port()))
        })
    }

    /// The consent page with its query: the venue's names, response type, scope, redirect URI, state and challenge.
    pub fn authorize_url(
        &self,
        consent: &Consent,
        response_type: ResponseType,
        state: &Secret,
        code_challenge: Option<&str>,
    ) -> Secret {
        let mut fields = Vec::with_capacity(10);
        fields.push((self.profile.client_id_parameter, self.identity.client_id.as_str()));
        if !consent.response_types.is_empty() {
            fields.push(("response_type", response_type.as_str()));
        }
        fields.extend(consent.scope.map(|scope| ("scope", self.scope.as_deref().unwrap_or(scope))));
        if consent.redirect_uri || self.send_redirect_uri {
            fields.push(("redirect_uri", &self.identity.redirect_uri));
        }
        fields.extend(consent.constants);
        // Exposed into the URL that the user's own browser opens.
        fields.push(("state", state.expose()));
        if let Some(challenge) = code_challenge {
            fields.extend([("code_challenge", challenge), ("code_challenge_method", "S256")]);
        }
        let mut url = form_after(&[&self.authorize_base, &self.authorize_path, "?"], &fields);
        Secret::new(core::mem::take(&mut *url))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Said aloud, because a secret that is missing by mistake makes a public client.
        let kind = if self.identity.client_secret.is_none() { ", public" } else { "" };
        write!(f, "{} {}{kind}", self.profile.venue.as_str(), self.environment.as_str())
    }
}
