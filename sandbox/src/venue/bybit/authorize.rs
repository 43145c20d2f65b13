//! The authorize request of both clients (section 3).

use super::agent;
use super::host::{BROKER_SCOPE, Host};
use super::knobs::{AuthorizePath, BrokerPkce, BybitKnobs, Context, ScopeFormat};
use crate::base::http::{Call, Response};
use crate::exchange::client::Client;
use crate::exchange::record::Finding;
use crate::parts::consent::Consents;
use crate::parts::pages;
use crate::parts::screen::Asking;
use crate::parts::strict::{self, Fields};

impl Host {
    pub(super) fn authorize(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        match read(call, self, context) {
            Ok(asking) => self.begin(asking, context),
            Err(findings) => {
                context.violate(&findings);
                pages::refusal(context, &findings)
            }
        }
    }
}

const PKCE: [&str; 2] = ["code_challenge", "code_challenge_method"];

fn read(call: &Call<'_>, host: &Host, context: &Context<'_>) -> Result<Asking, Vec<Finding>> {
    let knobs = context.knobs;
    let agent = agent::sends(&call.query_pairs());
    let mut required = vec!["client_id", "response_type", "scope", "redirect_uri"];
    let mut optional = Vec::new();
    // `state` is optional by one source only (B4).
    if knobs.require_state {
        required.push("state")
    } else {
        optional.push("state")
    }
    // Required of the public client; whether a broker may use PKCE is unknown (2, 11).
    match knobs.broker_pkce {
        _ if agent => required.extend(PKCE),
        BrokerPkce::Accept => optional.extend(PKCE),
        BrokerPkce::Refuse => {}
    }
    let (fields, mut findings) = strict::read_query(call, &required, &optional);
    findings.extend(wrong_path(call, agent, knobs));
    findings.extend(wrong_challenge(&fields));
    let response_type = fields.get("response_type");
    // `token` is named by one source, for brokers (B1, 3.2).
    if response_type.is_some_and(|v| v != "code" && (agent || v != "token")) {
        let text = if agent { "response_type must be code." } else { "response_type must be code or token." };
        findings.push(Finding::new("response_type", "response_type", text));
    }
    let scopes = scopes(fields.get("scope"), agent, knobs).unwrap_or_else(|finding| {
        findings.push(finding);
        Vec::new()
    });
    let who = if agent { agent::asking(&fields, host) } else { registered(&fields, context) };
    match who {
        Ok(who) if findings.is_empty() => Ok(Asking {
            state: fields.get("state").map(str::to_owned),
            challenge: fields.get("code_challenge").map(str::to_owned),
            scopes,
            wants_token: response_type == Some("token"),
            ..who
        }),
        Ok(_) => Err(findings),
        Err(finding) => {
            findings.extend(finding);
            Err(findings)
        }
    }
}

/// The locale segment is optional and varies (1); the two official sources differ on it (B11).
fn wrong_path(call: &Call<'_>, agent: bool, knobs: &BybitKnobs) -> Option<Finding> {
    let with_locale = call.path != "/oauth";
    let (fits, text) = match knobs.authorize_path {
        AuthorizePath::Any => (true, ""),
        AuthorizePath::PerClient => {
            (with_locale != agent, "The path is /oauth for ai-agent, and has a locale before it for brokers.")
        }
        AuthorizePath::Bare => (!with_locale, "The path is /oauth, without a locale."),
    };
    (!fits).then(|| Finding::new("authorize_path", "path", text))
}

fn wrong_challenge(fields: &Fields) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (challenge, method) = (fields.get("code_challenge"), fields.get("code_challenge_method"));
    if challenge.is_none() && method.is_none() {
        return findings;
    }
    if !challenge.is_some_and(strict::is_challenge) {
        let text = "code_challenge must be a SHA-256 in base64url without padding.";
        findings.push(Finding::new("code_challenge", "code_challenge", text));
    }
    if method != Some("S256") {
        let text = "code_challenge_method must be S256.";
        findings.push(Finding::new("code_challenge_method", "code_challenge_method", text));
    }
    findings
}

/// The scopes of a request. One each is documented (2); an example of one source has two, separated
/// by comma and space (B15). A further scope needs Bybit's agreement (2): here it is as if given.
fn scopes(scope: Option<&str>, agent: bool, knobs: &BybitKnobs) -> Result<Vec<String>, Finding> {
    let expected = if agent { agent::SCOPE } else { BROKER_SCOPE };
    let sent: Vec<&str> = match (scope, knobs.scope_format) {
        (None, _) => return Ok(Vec::new()),
        (Some(scope), ScopeFormat::List) if !agent => scope.split(", ").collect(),
        (Some(scope), _) => vec![scope],
    };
    let is_name = |scope: &&str| !scope.is_empty() && !scope.contains([',', ' ']);
    if !sent.contains(&expected) || !sent.iter().all(is_name) {
        return Err(Finding::new("scope", "scope", format!("scope must be {expected}.")));
    }
    Ok(sent.into_iter().map(str::to_owned).collect())
}

/// A registered broker and the address it gets; no finding where a missing field is one already.
fn registered(fields: &Fields, context: &Context<'_>) -> Result<Asking, Option<Finding>> {
    let id = fields.get("client_id").ok_or(None)?;
    let Some(client) = context.client(id) else {
        let text = "No client with this client_id is registered.";
        return Err(Some(Finding::new("unknown_client", "client_id", text)));
    };
    let uri = fields.get("redirect_uri").ok_or(None)?;
    let Some(uri) = redirect_uri(client, uri, context.knobs.strict_redirect) else {
        return Err(Some(Finding::new("redirect_uri", "redirect_uri", "redirect_uri is not registered.")));
    };
    Ok(Asking {
        client_id: client.client_id.clone(),
        client_name: client.name.clone(),
        redirect_uri: uri.clone(),
        ..Asking::default()
    })
}

/// An unknown address silently becomes the first registered one (3, B2).
fn redirect_uri<'a>(client: &'a Client, uri: &str, strict: bool) -> Option<&'a String> {
    let known = client.redirect_uris.iter().find(|known| *known == uri);
    if strict { known } else { known.or(client.redirect_uris.first()) }
}
