//! WhiteBIT's requests, and what is known of each (facts/whitebit.md, 4, 5 and 7).

use crate::venue::contract::{BodyFormat, ClientAuth, Stage, StageKind, Unanswered};
use crate::venue::identity::Identity;
use crate::venues::whitebit::limits;
use crate::venues::whitebit::parse::parse;
use crate::wire::http::{HttpMethod, Replay};

/// Sections 4 and 5. Values are exposed, below, into the body of the one request that each exists for.
const CLIENT: (ClientAuth, BodyFormat) = (ClientAuth::Body, BodyFormat::Form);

/// Section 4: the secret is required with PKCE too; no grant_type, no redirect_uri.
pub(super) const EXCHANGE_CODE: Stage = Stage {
    name: "exchange_code",
    kind: StageKind::Exchange,
    replay: Replay::Never,
    unanswered: Unanswered::End,
    benign: &[],
    scopes: &[],
    rate_limit: Some(&limits::OTHERS),
    request: |stage, identity, context| {
        has_secret(identity)?;
        let mut fields = vec![("code", context.code.as_ref()?.expose())];
        fields.extend(context.code_verifier.as_ref().map(|verifier| ("code_verifier", verifier.expose())));
        Some(stage.token_request(CLIENT, identity, context, "/oauth2/token", &fields))
    },
    parse: |response| parse(StageKind::Exchange, response),
};

/// Section 5: its own path, and the field is `token`.
pub(super) const REFRESH_TOKENS: Stage = Stage {
    name: "refresh_tokens",
    kind: StageKind::Refresh,
    replay: Replay::Never,
    unanswered: Unanswered::Again,
    benign: &[],
    scopes: &[],
    rate_limit: Some(&limits::REFRESH),
    request: |stage, identity, context| {
        has_secret(identity)?;
        let fields = [("token", context.tokens.as_ref()?.refresh_token()?.expose())];
        Some(stage.token_request(CLIENT, identity, context, "/oauth2/refresh_token", &fields))
    },
    parse: |response| parse(StageKind::Refresh, response),
};

/// Section 7: Bearer, no body. Here and below, section 9 has the only documented scopes.
pub(super) const CHECK_KEY: Stage = Stage {
    name: "check_key",
    kind: StageKind::Check,
    replay: Replay::Safe,
    unanswered: Unanswered::Again,
    benign: &[],
    scopes: &["apikeys.read"],
    rate_limit: Some(&limits::OTHERS),
    request: |stage, identity, context| {
        has_secret(identity)?;
        stage.get(identity, context, "/oauth2/api-key/info")
    },
    parse: |response| parse(StageKind::Check, response),
};

pub(super) const FETCH_SECRET: Stage = Stage {
    name: "fetch_secret",
    kind: StageKind::Fetch,
    replay: Replay::OnceOnly,
    unanswered: Unanswered::Again,
    benign: &[],
    scopes: &["apikeys.read"],
    rate_limit: Some(&limits::OTHERS),
    request: |stage, identity, context| {
        has_secret(identity)?;
        stage.get(identity, context, &format!("/oauth2/api-key/{}/secret", context.external_id.as_ref()?.as_str()))
    },
    parse: |response| parse(StageKind::Fetch, response),
};

pub(super) const DELETE_KEY: Stage = Stage {
    name: "delete_key",
    kind: StageKind::Delete,
    // Deleting twice deletes once, but the second answer (404) must not hide the first.
    replay: Replay::Never,
    unanswered: Unanswered::Again,
    // Gone already, disabled, or not ours: a check tells which (7.3 and 7.4).
    benign: &[],
    scopes: &["apikeys.delete"],
    rate_limit: Some(&limits::OTHERS),
    request: |stage, identity, context| {
        has_secret(identity)?;
        let path = format!("/oauth2/api-key/{}", context.external_id.as_ref()?.as_str());
        stage.authorized(identity, context, HttpMethod::Delete, &path)
    },
    parse: |response| parse(StageKind::Delete, response),
};

/// A client without a secret sends none of these requests.
fn has_secret(identity: &Identity) -> Option<()> {
    identity.client_secret.as_ref().map(|_| ())
}
