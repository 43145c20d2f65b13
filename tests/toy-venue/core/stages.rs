//! Toy's requests.

use super::parse;
use crate::venue::contract::{BodyFormat, ClientAuth, Stage, StageKind, Unanswered};
use crate::venue::refusal::RefusalKind;
use crate::wire::http::{HttpMethod, Replay};

pub(super) const EXCHANGE_CODE: Stage = Stage {
    name: "exchange_code",
    kind: StageKind::Exchange,
    replay: Replay::Never,
    unanswered: Unanswered::End,
    benign: &[],
    scopes: &[],
    rate_limit: None,
    request: |stage, identity, context| {
        // Exposed into the body of the request that spends it.
        let fields = [("grant_type", "authorization_code"), ("code", context.code.as_ref()?.expose())];
        Some(stage.token_request((ClientAuth::Basic, BodyFormat::Json), identity, context, "/token", &fields))
    },
    parse: parse::tokens,
};

pub(super) const REFRESH_TOKENS: Stage = Stage {
    name: "refresh_tokens",
    kind: StageKind::Refresh,
    replay: Replay::Never,
    unanswered: Unanswered::Again,
    benign: &[],
    scopes: &[],
    rate_limit: None,
    request: |stage, identity, context| {
        // Exposed as above.
        let token = context.tokens.as_ref()?.refresh_token()?.expose();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        Some(stage.token_request((ClientAuth::Basic, BodyFormat::Json), identity, context, "/token", &fields))
    },
    parse: parse::tokens,
};

/// The same key each time it is asked for, so a lost reply costs nothing.
pub(super) const FETCH_KEY: Stage = Stage {
    name: "fetch_key",
    kind: StageKind::Fetch,
    replay: Replay::Safe,
    unanswered: Unanswered::Again,
    benign: &[],
    scopes: &[],
    rate_limit: None,
    request: |stage, identity, context| stage.get(identity, context, "/key"),
    parse: parse::key,
};

/// The demo has room for one key. That there was none is as good as a deletion.
pub(super) const DELETE_KEY: Stage = Stage {
    name: "delete_key",
    kind: StageKind::Delete,
    replay: Replay::Never,
    unanswered: Unanswered::Again,
    benign: &[RefusalKind::NotFound],
    scopes: &[],
    rate_limit: None,
    request: |stage, identity, context| stage.authorized(identity, context, HttpMethod::Delete, "/key"),
    parse: parse::deleted,
};

/// A key that was created and never seen is in the way of the next one.
pub(super) const CREATE_KEY: Stage = Stage {
    name: "create_key",
    kind: StageKind::Create,
    replay: Replay::Never,
    unanswered: Unanswered::Look("delete_key"),
    benign: &[],
    scopes: &[],
    rate_limit: None,
    request: |stage, identity, context| {
        let asked = context.key_request.as_ref()?;
        let permissions = asked.permissions.as_ref().map(|names| names.join(","));
        let ends = asked.expires_at_ms.map(|ms| ms.to_string());
        // Exposed into the body of the request that sets it.
        let mut fields = vec![("passphrase", asked.passphrase.as_ref()?.expose())];
        fields.extend(asked.label.as_deref().map(|label| ("label", label)));
        fields.extend(permissions.as_deref().map(|permissions| ("permissions", permissions)));
        fields.extend(ends.as_deref().map(|ends| ("expires_at_ms", ends)));
        Some(stage.authorized(identity, context, HttpMethod::Post, "/key")?.json_fields(&fields))
    },
    parse: parse::key,
};
