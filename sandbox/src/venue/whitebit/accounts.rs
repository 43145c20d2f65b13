//! The six account reads with a bearer token (section 6). Parameters and answers are those of the private
//! endpoints that they stand for; what is here is who may ask, and how.

use super::history::History;
use super::host::Host;
use super::knobs::{Context, SigningFields};
use super::parameters::invalid;
use super::reads::{self, Read};
use super::replies::{TOO_MANY_ATTEMPTS, classic_flow_gone, private, scope_denied};
use crate::base::http::{Call, Response};
use crate::exchange::endpoint::Endpoint;
use crate::exchange::record::Finding;
use serde_json::{Map, Value};

/// They belong to signing; whether a bearer call wants, ignores or refuses them is undocumented (D8).
const SIGNING_FIELDS: [&str; 3] = ["request", "nonce", "nonceWindow"];

impl Host {
    pub(super) fn account_read(&mut self, endpoint: Endpoint, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        let Some(read) = Read::of_account_path(call.path) else {
            return private(404, 0, "Not found.");
        };
        // Nothing specific is documented: the default, and the private endpoint's own as the safer bound (12).
        let over_default = self.is_over_limit(call.path, context);
        if self.is_over_limit(read.private_path(), context) || over_default {
            return private(429, 0, TOO_MANY_ATTEMPTS);
        }
        if let Some((status, text)) = classic_flow_gone(context) {
            return private(status, 0, text);
        }
        let findings = wrong_form(call);
        if !findings.is_empty() {
            context.violate(&findings);
            let texts: Vec<&str> = findings.iter().map(|f| f.detail.as_str()).collect();
            return private(400, 0, &texts.join(" "));
        }
        // No body is documented for a refused token here: the one of the key endpoints (7).
        let grant = match self.grant_of(call, context) {
            Ok(grant) => grant,
            Err(response) => return response,
        };
        if !grant.scopes.iter().any(|scope| scope == read.scope()) {
            return scope_denied(endpoint, context);
        }
        let mut parameters = match object(call) {
            Ok(parameters) => parameters,
            Err(finding) => {
                let refused = private(400, 0, &finding.detail);
                context.violate(&[finding]);
                return refused;
            }
        };
        match context.knobs.accounts_signing_fields {
            SigningFields::Ignore => parameters.retain(|name, _| !SIGNING_FIELDS.contains(&name.as_str())),
            SigningFields::Refuse => {}
            SigningFields::Require => {
                let missing: Vec<&str> =
                    SIGNING_FIELDS[..2].iter().copied().filter(|name| !parameters.contains_key(*name)).collect();
                if !missing.is_empty() {
                    return invalid(422, 30, missing.into_iter().map(|name| (name, "validation.required".into())));
                }
                parameters.retain(|name, _| !SIGNING_FIELDS.contains(&name.as_str()));
            }
        }
        let history = self.histories.of(grant.uid, || History::new(grant.uid, context));
        reads::answer(read, &parameters, history, context)
    }
}

/// What of the headers and the query no documentation covers.
fn wrong_form(call: &Call<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut wrong = |rule, field: &str, text: String| findings.push(Finding::new(rule, field, text));
    if call.content_type().as_deref() != Some("application/json") {
        wrong("content_type", "content_type", "An account read's content type is application/json.".into());
    }
    if call.query.is_some() {
        wrong("unexpected_query", "query", "An account read's parameters belong in the body, not in the query.".into());
    }
    for (name, _) in &call.request.headers {
        let name = name.to_ascii_lowercase();
        if name.starts_with("x-txc-") || name.starts_with("x-bapi-") {
            wrong("unknown_header", &name, format!("An account read is not signed; it takes no header {name}."));
        }
    }
    findings
}

/// The body: a JSON object, `{}` if there is nothing to say (6).
fn object(call: &Call<'_>) -> Result<Map<String, Value>, Finding> {
    match serde_json::from_slice(&call.request.body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(Finding::new("body", "body", "The body must be a JSON object; {} where there are no parameters.")),
    }
}
