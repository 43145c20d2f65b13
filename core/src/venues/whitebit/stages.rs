//! WhiteBIT's requests, and what is known of each (facts/whitebit.md, 4, 5 and 7).

use crate::base::secret::Secret;
use crate::venue::contract::{Stage, StageKind, Unanswered};
use crate::venue::identity::Identity;
use crate::venues::whitebit::limits;
use crate::venues::whitebit::parse::parse;
use crate::wire::form::form;
use crate::wire::http::{HttpMethod, Replay};

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
        let mut fields = client(identity)?.to_vec();
        fields.push(("code", context.code.as_ref()?.expose()));
        fields.extend(context.code_verifier.as_ref().map(|verifier| ("code_verifier", verifier.expose())));
        Some(stage.to(identity, HttpMethod::Post, "/oauth2/token").form(form(&fields)))
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
        let [id, secret] = client(identity)?;
        let token = ("token", context.tokens.as_ref()?.refresh_token()?.expose());
        Some(stage.to(identity, HttpMethod::Post, "/oauth2/refresh_token").form(form(&[id, secret, token])))
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
        client(identity)?;
        let token = context.tokens.as_ref()?.access_token();
        Some(stage.to(identity, HttpMethod::Get, "/oauth2/api-key/info").bearer(token))
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
        client(identity)?;
        let path = format!("/oauth2/api-key/{}/secret", context.external_id.as_ref()?.as_str());
        Some(stage.to(identity, HttpMethod::Get, &path).bearer(context.tokens.as_ref()?.access_token()))
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
        client(identity)?;
        let path = format!("/oauth2/api-key/{}", context.external_id.as_ref()?.as_str());
        Some(stage.to(identity, HttpMethod::Delete, &path).bearer(context.tokens.as_ref()?.access_token()))
    },
    parse: |response| parse(StageKind::Delete, response),
};

/// The client's own fields; a client without a secret sends none of these requests. Exposed, here and above, into the
/// body of the one request that each value exists for.
fn client(identity: &Identity) -> Option<[(&'static str, &str); 2]> {
    let secret = identity.client_secret.as_ref().map(Secret::expose)?;
    Some([("client_id", identity.client_id.as_str()), ("client_secret", secret)])
}
