//! What a venue's operations are made of: stages. Each builds its request and parses its reply, by pure functions in the
//! venue's folder. Deciding what happens next is the flow's business, the same for every venue.

use crate::base::json::{ToJson, Writer, members};
use crate::base::secret::Secret;
use crate::model::api_key::{ExternalId, KeyStatus, PermissionGroup, Subaccount};
use crate::model::key_request::KeyRequest;
use crate::model::operation::ResponseType;
use crate::model::tokens::Tokens;
use crate::venue::identity::Identity;
use crate::venue::refusal::{Refusal, RefusalKind};
use crate::wire::form::form;
use crate::wire::http::{HttpMethod, HttpRequest, HttpResponse, Replay};
use crate::wire::rate_limit::RateLimit;

/// One request of a flow, and what its reply means. An operation is an ordered list of these; the flow knows their kinds
/// and nothing else of them.
pub(crate) struct Stage {
    /// Its name in snapshots, and its request's purpose.
    pub name: &'static str,
    pub kind: StageKind,
    pub replay: Replay,
    pub unanswered: Unanswered,
    /// Refusals that are as good as a success: what was to be done had been done before.
    pub benign: &'static [RefusalKind],
    /// The scopes it needs, as far as the venue documents them.
    pub scopes: &'static [&'static str],
    /// The documented limit it counts against.
    pub rate_limit: Option<&'static RateLimit>,
    /// `None` where something the request needs is missing.
    pub request: fn(&Stage, &Identity, &FlowContext) -> Option<HttpRequest>,
    pub parse: fn(&HttpResponse) -> ParsedReply,
}

/// What a stage is for: this decides what its reply leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StageKind {
    /// The code for tokens.
    Exchange,
    /// New tokens for old ones.
    Refresh,
    /// Whose account it is.
    Identify,
    /// Whether there is a key, and whether it works.
    Check,
    /// The end of a key.
    Delete,
    /// A key, or an account for one, that was not there before: it has an effect each time.
    Create,
    /// A key that is there. Where it can be had once, [`Replay::OnceOnly`] says so.
    Fetch,
    /// The accounts that the user chooses from. The choice leads to the operation's `Fetch` or `Create`.
    Choose,
}

/// What becomes of a flow where a stage's request may have taken effect and nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// Again, in a while: it does no harm, or its answer tells whether it was done.
    Again,
    /// Never again: what it spent is spent.
    End,
    /// Again only when the caller says so.
    AskCaller,
    /// Never again by itself: the stage with this name looks, or clears up, first.
    Look(&'static str),
}

impl Stage {
    /// A request to the venue's API, before what belongs to this stage alone is added.
    pub fn to(&self, identity: &Identity, context: &FlowContext, method: HttpMethod, path: &str) -> HttpRequest {
        let url = [identity.api_base(context.site.as_deref()), path].concat();
        let mut request = HttpRequest::new(self.name, method, url, self.replay);
        if let Some(limit) = self.rate_limit {
            request = request.limited_by(limit);
        }
        request.constants(identity.headers).user_agent(identity.user_agent.as_deref())
    }

    /// The same with the access token; `None` without one.
    pub fn get(&self, identity: &Identity, context: &FlowContext, path: &str) -> Option<HttpRequest> {
        self.authorized(identity, context, HttpMethod::Get, path)
    }

    /// The same by any method.
    pub fn authorized(
        &self,
        identity: &Identity,
        context: &FlowContext,
        method: HttpMethod,
        path: &str,
    ) -> Option<HttpRequest> {
        let token = context.tokens.as_ref()?.access_token();
        Some(self.to(identity, context, method, path).bearer(token))
    }

    /// A POST of these fields to the token endpoint, in this order, behind the client's own where those go into the body.
    pub fn token_request(
        &self,
        (auth, format): (ClientAuth, BodyFormat),
        identity: &Identity,
        context: &FlowContext,
        path: &str,
        fields: &[(&'static str, &str)],
    ) -> HttpRequest {
        let request = self.to(identity, context, HttpMethod::Post, path);
        // Exposed, here and below, into the one request that proves who the client is.
        let secret = identity.client_secret.as_ref().map(Secret::expose);
        let mut all = Vec::with_capacity(2 + fields.len());
        if auth != ClientAuth::Basic {
            all.push(("client_id", identity.client_id.as_str()));
        }
        if auth == ClientAuth::Body {
            all.extend(secret.map(|secret| ("client_secret", secret)));
        }
        all.extend_from_slice(fields);
        let request = match auth {
            ClientAuth::Basic => request.basic(&identity.client_id, secret.unwrap_or_default()),
            ClientAuth::Body | ClientAuth::None => request,
        };
        match format {
            BodyFormat::Form => request.form(form(&all)),
            BodyFormat::Json => request.json_fields(&all),
        }
    }

    /// Whether the request carries the access token.
    pub fn is_authorized(&self) -> bool {
        !matches!(self.kind, StageKind::Exchange | StageKind::Refresh)
    }
}

// Existing venues use some of these, the toy venue (tests/toy-venue) the rest.
#[allow(dead_code)]
/// How a client proves to the token endpoint who it is (RFC 6749, 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientAuth {
    /// `client_id` and, where there is one, `client_secret` among the fields.
    Body,
    /// `Authorization: Basic`; a client without a secret keeps the colon.
    Basic,
    /// `client_id` among the fields, and no secret.
    None,
}

#[allow(dead_code)] // As above.
/// How the token endpoint's fields are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFormat {
    Form,
    Json,
}

impl PartialEq for Stage {
    /// Within one venue a name is a stage.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl ToJson for Stage {
    fn to_json(&self, to: &mut Writer) {
        to.text(self.name);
    }
}

/// The stage of this kind in an operation.
pub(crate) fn of_kind(stages: &[&'static Stage], kind: StageKind) -> Option<&'static Stage> {
    stages.iter().find(|stage| stage.kind == kind).copied()
}

/// What a flow has learned so far. Requests and outcomes are built from it.
#[derive(Clone, Default)]
pub(crate) struct FlowContext {
    pub code: Option<Secret>,
    pub code_verifier: Option<Secret>,
    pub candidate_public_key: Option<Secret>,
    pub tokens: Option<Tokens>,
    pub uid: Option<String>,
    pub external_id: Option<ExternalId>,
    pub permissions: Option<Vec<PermissionGroup>>,
    /// The accounts the user may choose from: never their keys, even where the venue lists those too.
    pub subaccounts: Option<Vec<Subaccount>>,
    /// The account the user chose, or that was created for them.
    pub sub_member_id: Option<String>,
    /// A creation got no readable reply: the list may show the new account.
    pub creation_in_doubt: bool,
    /// The API of the user's own site, where a callback named one that the profile lists.
    pub site: Option<String>,
    /// What is asked of the key that is to be created: parts that the profile takes, and no others.
    pub key_request: Option<KeyRequest>,
    /// The consent that follows once the old key is deleted.
    pub next_consent: Option<NextConsent>,
}

members!(FlowContext {
    code: optional,
    code_verifier: optional,
    candidate_public_key: optional,
    tokens: optional,
    uid: optional,
    external_id: optional,
    permissions: optional,
    subaccounts: optional,
    sub_member_id: optional,
    creation_in_doubt: optional,
    site: optional,
    key_request: optional,
    next_consent: optional,
});

impl FlowContext {
    /// With these tokens and their site, and nothing else.
    pub fn of(tokens: &Tokens) -> Self {
        Self { tokens: Some(tokens.clone()), site: tokens.site().map(str::to_owned), ..Self::default() }
    }
}

/// A consent that is still to be asked for. Drawn when the operation begins: nothing later has randomness.
#[derive(Clone)]
pub(crate) struct NextConsent {
    pub oauth_state: Secret,
    pub code_verifier: Option<Secret>,
    pub callback_timeout_s: u32,
    pub response_type: ResponseType,
    pub key_request: Option<KeyRequest>,
}

members!(NextConsent {
    oauth_state,
    code_verifier: optional,
    callback_timeout_s,
    response_type: optional,
    key_request: optional,
});

/// What a reply says, once the venue's wire forms are taken off.
pub(crate) enum ParsedReply {
    Tokens(TokenReply),
    Key(KeyStatus),
    Secret(Secret),
    ApiKey { api_key: Secret, api_secret: Secret },
    Uid(Option<String>),
    Subaccounts(Vec<ListedSubaccount>),
    Deleted,
    Refused(Refusal),
}

/// How many accounts are taken from a list. Far above any venue's cap, and small enough for a snapshot.
pub(crate) const MAX_LISTED: usize = 64;
/// How much of an account's name is kept.
pub(crate) const MAX_NICKNAME_CHARS: usize = 64;

/// One account of a list, with its key where the list brings it along.
pub(crate) struct ListedSubaccount {
    pub id: Option<String>,
    pub nickname: Option<String>,
    pub key: Option<(Secret, Secret)>,
}

/// A token reply before it meets a clock.
pub(crate) struct TokenReply {
    pub access_token: Secret,
    pub refresh_token: Option<Secret>,
    pub expires_in_s: Option<u64>,
    pub refresh_expires_in_s: Option<u64>,
    pub scope: Vec<String>,
}
