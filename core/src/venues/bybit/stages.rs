//! Bybit's requests, and what is known of each (facts/bybit.md, 4 to 6). None of them has a documented scope (section 4: the
//! token's reply names none) or a documented limit (section 9: none on the OAuth host).

use crate::base::text::is_uid;
use crate::venue::contract::{BodyFormat, ClientAuth, FlowContext, Stage, StageKind, Unanswered};
use crate::venue::identity::Identity;
use crate::venues::bybit::parse::{Endpoint, parse};
use crate::wire::http::{HttpRequest, Replay};

/// Sections 4 and 5. Values are exposed, below, into the body of the one request that each exists for.
const CLIENT: (ClientAuth, BodyFormat) = (ClientAuth::Body, BodyFormat::Form);

/// Section 4: exactly these fields; B8: no grant_type, no redirect_uri.
pub(super) const EXCHANGE_CODE: Stage = Stage {
    name: "exchange_code",
    kind: StageKind::Exchange,
    replay: Replay::Never,
    unanswered: Unanswered::End,
    benign: &[],
    scopes: &[],
    rate_limit: None,
    request: |stage, identity, context| {
        let mut fields = vec![("code", context.code.as_ref()?.expose())];
        fields.extend(context.code_verifier.as_ref().map(|verifier| ("code_verifier", verifier.expose())));
        Some(stage.token_request(CLIENT, identity, context, "/oauth/v1/public/access_token", &fields))
    },
    parse: |response| parse(Endpoint::Code, response),
};

/// Section 5, B6: documented for the public client; a client with a secret adds it.
pub(super) const REFRESH_TOKENS: Stage = Stage {
    name: "refresh_tokens",
    kind: StageKind::Refresh,
    replay: Replay::Never,
    unanswered: Unanswered::Again,
    benign: &[],
    scopes: &[],
    rate_limit: None,
    request: |stage, identity, context| {
        let fields = [("refresh_token", context.tokens.as_ref()?.refresh_token()?.expose())];
        Some(stage.token_request(CLIENT, identity, context, "/oauth/v1/public/refresh_token", &fields))
    },
    parse: |response| parse(Endpoint::Refresh, response),
};

/// Section 6, here and below: GET, Bearer, no body.
pub(super) const READ_UID: Stage = Stage {
    name: "read_uid",
    kind: StageKind::Identify,
    replay: Replay::Safe,
    unanswered: Unanswered::Again,
    benign: &[],
    scopes: &[],
    rate_limit: None,
    request: |stage, identity, context| get(stage, identity, context, "uid_bearer"),
    parse: |response| parse(Endpoint::Uid, response),
};

/// Section 6.2: nothing says whether a second call returns the same key or replaces it.
pub(super) const FETCH_API_KEY: Stage = Stage {
    name: "fetch_api_key",
    kind: StageKind::Create,
    replay: Replay::Never,
    unanswered: Unanswered::AskCaller,
    benign: &[],
    scopes: &[],
    rate_limit: None,
    request: |stage, identity, context| get(stage, identity, context, "openapi"),
    parse: |response| parse(Endpoint::ApiKey, response),
};

/// Section 6.3, here and below.
pub(super) const LIST_SUBACCOUNTS: Stage = Stage {
    name: "list_subaccounts",
    kind: StageKind::Choose,
    replay: Replay::Safe,
    unanswered: Unanswered::Again,
    benign: &[],
    scopes: &[],
    rate_limit: None,
    request: |stage, identity, context| get(stage, identity, context, "ai_accounts"),
    parse: |response| parse(Endpoint::Accounts, response),
};

pub(super) const FETCH_SUBACCOUNT_KEY: Stage = Stage {
    name: "fetch_subaccount_key",
    kind: StageKind::Fetch,
    // The list itself has been seen to carry the same credentials each time, and were they replaced by asking, the last
    // reply is the one that is kept.
    replay: Replay::Safe,
    unanswered: Unanswered::Again,
    benign: &[],
    scopes: &[],
    rate_limit: None,
    request: |stage, identity, context| {
        // Checked when it was taken: letters, digits, `-` and `_` need no encoding.
        let id = context.sub_member_id.as_deref().filter(|id| is_uid(id))?;
        get(stage, identity, context, &format!("ai_accounts?sub_member_id={id}"))
    },
    parse: |response| parse(Endpoint::Accounts, response),
};

pub(super) const CREATE_SUBACCOUNT: Stage = Stage {
    name: "create_subaccount",
    kind: StageKind::Create,
    // A GET with side effects.
    replay: Replay::Never,
    // The list is safe to read, and the user sees whether the account is there.
    unanswered: Unanswered::Look("list_subaccounts"),
    benign: &[],
    scopes: &[],
    rate_limit: None,
    request: |stage, identity, context| get(stage, identity, context, "ai_accounts?is_create=true"),
    parse: |response| parse(Endpoint::Accounts, response),
};

fn get(stage: &Stage, identity: &Identity, context: &FlowContext, resource: &str) -> Option<HttpRequest> {
    stage.get(identity, context, &format!("/oauth/v1/resource/restrict/{resource}"))
}
