//! The authorize page and its callback (section 3).

use super::Bybit;
use crate::http::{Call, Response, callback_url};
use crate::knobs::{BrokerPkce, CallbackParams, Decision, DeclineMode};
use crate::pages;
use crate::record::Finding;
use crate::strict;
use crate::venue::consent::{Asking, Choice, Consents, Desk, Group, Screen};
use crate::venue::grants::{Grant, after};
use crate::venue::{Context, Environment};

/// The only scope a broker has without a special agreement (2).
const SCOPE: &str = "openapi";

impl Bybit {
    pub(super) fn authorize(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        match read(call, context) {
            Ok(asking) => self.begin(asking, context),
            Err(findings) => {
                context.violate(&findings);
                pages::refusal(context.prefix, &findings)
            }
        }
    }
}

fn read(call: &Call<'_>, context: &Context<'_>) -> Result<Asking, Vec<Finding>> {
    let knobs = &context.knobs.bybit;
    let required = ["client_id", "response_type", "scope", "redirect_uri"];
    // `state` is optional by one source (B4). Whether a broker may use PKCE is unknown (11).
    let optional: &[&str] = match knobs.broker_pkce {
        BrokerPkce::Refuse => &["state"],
        BrokerPkce::Accept => &["state", "code_challenge", "code_challenge_method"],
    };
    let (fields, mut findings) = strict::read_query(call, &required, optional);
    let mut wrong = |rule, field, text: &str| findings.push(Finding::new(rule, field, text));
    let challenge = fields.get("code_challenge");
    if challenge.is_some() || fields.get("code_challenge_method").is_some() {
        if !challenge.is_some_and(strict::is_challenge) {
            let text = "code_challenge must be a SHA-256 in base64url without padding.";
            wrong("code_challenge", "code_challenge", text);
        }
        if fields.get("code_challenge_method") != Some("S256") {
            let text = "code_challenge_method must be S256.";
            wrong("code_challenge_method", "code_challenge_method", text);
        }
    }
    // `token` is named by one source, in a shape that none describes (B1, 3.2).
    if fields.get("response_type").is_some_and(|v| v != "code") {
        wrong("response_type", "response_type", "response_type must be code.");
    }
    if fields.get("scope").is_some_and(|v| v != SCOPE) {
        wrong("scope", "scope", "scope must be openapi.");
    }
    let client = fields.get("client_id").and_then(|id| {
        let client = context.client(id);
        if client.is_none() {
            wrong("unknown_client", "client_id", "No client with this client_id is registered.");
        }
        client
    });
    let redirect_uri = match (client, fields.get("redirect_uri")) {
        (Some(client), Some(uri)) => {
            let known = client.redirect_uris.iter().find(|known| *known == uri);
            // An unknown address silently becomes the first registered one (3, B2).
            let used = if knobs.strict_redirect { known } else { known.or(client.redirect_uris.first()) };
            if used.is_none() {
                wrong("redirect_uri", "redirect_uri", "redirect_uri is not registered.");
            }
            used
        }
        _ => None,
    };
    match (client, redirect_uri) {
        (Some(client), Some(uri)) if findings.is_empty() => Ok(Asking {
            client_id: client.client_id.clone(),
            client_name: client.name.clone(),
            redirect_uri: uri.clone(),
            state: fields.get("state").map(str::to_owned),
            challenge: challenge.map(str::to_owned),
        }),
        _ => Err(findings),
    }
}

impl Consents for Bybit {
    fn desk(&mut self) -> &mut Desk {
        &mut self.desk
    }

    fn decision(&self, context: &Context<'_>) -> Decision {
        context.knobs.bybit.user_decision
    }

    /// No gate of the broker flow is documented; the two that exist elsewhere (20039 in 6.3, 20096
    /// in 9) end on Bybit's page here, without a redirect (3.3 a).
    fn gate(&self, _: &Asking, context: &Context<'_>) -> Option<(&'static str, &'static str)> {
        let knobs = &context.knobs.bybit;
        if !knobs.user_two_factor {
            Some((
                "Two-factor authentication is off",
                "Bind two-factor authentication in your account's settings, then start again.",
            ))
        } else if !knobs.user_kyc {
            Some((
                "Your identity is not verified",
                "Complete the identity verification (KYC) in your account, then start again.",
            ))
        } else {
            None
        }
    }

    fn screen(&self, _: &Asking, context: &Context<'_>) -> Screen {
        let knobs = &context.knobs.bybit;
        Screen {
            exchange: "Bybit",
            host: match self.environment {
                Environment::Testnet => "testnet.bybit.com".into(),
                _ => "www.bybit.com".into(),
            },
            style: "bybit",
            uid: knobs.user_uid,
            otp: knobs.user_otp.clone(),
            purpose: "wants to connect to your account",
            grants: vec![(SCOPE.into(), "Learn your user id and receive an API key of your account")],
            legend: "Permissions",
            groups: vec![Group {
                id: SCOPE,
                label: "API access",
                hint: "An API key that the partner's servers use for you.",
                ticked: true,
                withdrawal: false,
            }],
            withdrawal_confirmed: false,
            wants_a_tick: true,
        }
    }

    fn conclude(&mut self, asking: &Asking, choice: Choice, context: &mut Context<'_>) -> Response {
        let knobs = &context.knobs.bybit;
        let state = asking.state.as_deref().map(|state| ("state", state));
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        let code;
        match (choice, knobs.cancel_mode) {
            (Choice::Approve(scopes), _) => {
                code = context.mint.alphanumeric("bybit code", 32);
                let grant = Grant {
                    uid: knobs.user_uid,
                    client_id: asking.client_id.clone(),
                    scopes,
                    challenge: asking.challenge.clone(),
                    redirect_uri: asking.redirect_uri.clone(),
                };
                let expires_ms = after(context.now_ms, knobs.code_ttl_s);
                self.codes.issue(code.clone(), grant, expires_ms);
                // 3.1, B3.
                match knobs.callback_params {
                    CallbackParams::Guidance => {
                        pairs.extend([("response_type", "code"), ("code", &code), ("scope", SCOPE)])
                    }
                    CallbackParams::Article => {
                        pairs.extend([("client_id", asking.client_id.as_str()), ("code", &code)]);
                    }
                }
            }
            (Choice::Decline, DeclineMode::Error) => pairs.push(("error", "access_denied")),
            (Choice::Decline, DeclineMode::Empty) => {}
            (Choice::Decline, DeclineMode::None) => {
                let screen = self.screen(asking, context);
                let text = "You cancelled. Nothing was shared. You can close this window.";
                return pages::message(200, context.prefix, &screen, "Cancelled", text);
            }
            (Choice::Close, _) => {
                let screen = self.screen(asking, context);
                let text = "Nothing was shared. You can close this window.";
                return pages::message(200, context.prefix, &screen, "Window closed", text);
            }
        }
        pairs.extend(state);
        let location = callback_url(&asking.redirect_uri, knobs.redirect_trailing_slash, &pairs);
        Response::redirect(knobs.redirect_status, &location)
    }
}
