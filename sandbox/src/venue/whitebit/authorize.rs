//! `GET /auth/login` and the consent that follows it (sections 3, 3.1, 3.2).

use super::host::{EU, Host};
use super::knobs::{Context, KeyParameter, KeyTiming, PlainRedirectUri, WhiteBitKnobs, person};
use super::permissions::{self, granted_scopes};
use crate::base::http::{Call, Response, callback_url};
use crate::exchange::record::Finding;
use crate::parts::consent::{Choice, Consents, Desk};
use crate::parts::grants::Grant;
use crate::parts::pages;
use crate::parts::readings::{Decision, DeclineMode};
use crate::parts::screen::{Asking, Screen};
use crate::parts::strict;

impl Host {
    pub(super) fn authorize(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        match read(call, context) {
            Ok(asking) => self.begin(asking, context),
            Err(findings) => {
                // The answer to a bad clientId or redirect_uri is undocumented (3): a page.
                context.violate(&findings);
                pages::refusal(context, &findings)
            }
        }
    }
}

fn read(call: &Call<'_>, context: &Context<'_>) -> Result<Asking, Vec<Finding>> {
    let optional = ["state", "redirect_uri", "code_challenge", "code_challenge_method"];
    let (fields, mut findings) = strict::read_query(call, &["clientId"], &optional);
    let challenge = fields.get("code_challenge");
    if challenge.is_some() || fields.get("code_challenge_method").is_some() {
        // The PKCE flow's own parameters (3): the guides' callback check needs the state too.
        for name in ["state", "redirect_uri"] {
            if fields.get(name).is_none() {
                let text = format!("The PKCE flow requires {name}.");
                findings.push(Finding::new("missing_field", name, text));
            }
        }
        if !challenge.is_some_and(strict::is_challenge) {
            findings.push(Finding::new(
                "code_challenge",
                "code_challenge",
                "code_challenge must be a SHA-256 in base64url without padding: 43 characters.",
            ));
        }
        if fields.get("code_challenge_method") != Some("S256") {
            findings.push(Finding::new(
                "code_challenge_method",
                "code_challenge_method",
                "code_challenge_method must be S256.",
            ));
        }
    } else if fields.has("redirect_uri") && context.knobs.plain_redirect_uri == PlainRedirectUri::Refuse {
        let text = "No documentation lists the field redirect_uri for the plain grant.";
        findings.push(Finding::new("unknown_field", "redirect_uri", text));
    }
    let client = fields.get("clientId").and_then(|id| {
        let client = context.client(id);
        if client.is_none() {
            let text = "No client with this clientId is registered.";
            findings.push(Finding::new("unknown_client", "clientId", text));
        }
        client
    });
    let redirect_uri = client.and_then(|client| match fields.get("redirect_uri") {
        // Not listed for the plain grant, hence omitted there (D14).
        None => client.redirect_uris.first(),
        Some(uri) => {
            let exact = client.redirect_uris.iter().find(|known| *known == uri);
            if exact.is_none() {
                let text = "redirect_uri must be exactly a registered value.";
                findings.push(Finding::new("redirect_uri", "redirect_uri", text));
            }
            exact
        }
    });
    match (client, redirect_uri) {
        (Some(client), Some(uri)) if findings.is_empty() => Ok(Asking {
            client_id: client.client_id.clone(),
            client_name: client.name.clone(),
            redirect_uri: uri.clone(),
            state: fields.get("state").map(str::to_owned),
            challenge: challenge.map(str::to_owned),
            ..Asking::default()
        }),
        _ => {
            if findings.is_empty() {
                let text = "The client has no registered redirect_uri.";
                findings.push(Finding::new("redirect_uri", "redirect_uri", text));
            }
            Err(findings)
        }
    }
}

impl Consents for Host {
    type Knobs = WhiteBitKnobs;

    fn desk(&mut self) -> &mut Desk {
        &mut self.desk
    }

    fn decision(&self, context: &Context<'_>) -> Decision {
        context.knobs.user_decision
    }

    /// The eligibility gate of the PKCE flow (3.1): no code, no callback.
    fn gate(&self, asking: &Asking, context: &Context<'_>) -> Option<(&'static str, &'static str)> {
        asking.challenge.as_ref()?;
        if !granted_scopes(true, context).iter().any(|scope| scope.starts_with("apikeys.")) {
            return Some((
                "This partner can't create API keys",
                "It was registered without the three scopes for API keys. Only the partner can change that.",
            ));
        }
        let user = person(context);
        if !user.two_factor {
            return Some((
                "Two-factor authentication is off",
                "Turn on two-factor authentication in your account's settings, then start again.",
            ));
        }
        if !user.kyc {
            return Some((
                "Your identity is not verified",
                "Complete the identity verification (KYC) in your account, then start again.",
            ));
        }
        // The partner is never told of these two (7.1).
        match self.partner_key(user.uid, &asking.client_id) {
            Some(key) if key.is_disabled() => Some((
                "A disabled API key for this partner exists",
                "Delete the disabled key in your account's API settings, then start again.",
            )),
            Some(_) => Some((
                "An active API key for this partner exists",
                "One active key per partner is allowed. Delete it in your account's API settings, then start again. (In this \
                 sandbox: at /_sandbox/, among the user's keys, or start the sandbox anew.)",
            )),
            None => None,
        }
    }

    fn screen(&self, asking: &Asking, context: &Context<'_>) -> Screen {
        let user = person(context);
        let makes_key = asking.challenge.is_some();
        let scopes = granted_scopes(makes_key, context);
        let reads_only = scopes.iter().all(|scope| scope.ends_with(".read") && !scope.starts_with("apikeys."));
        let sentence = |scope: &str| match scope {
            "apikeys.create" => "Create one API key that belongs to it",
            "apikeys.read" => "Read the key's state, and its secret once",
            "apikeys.delete" => "Delete the key",
            "users.balances.read" => "Read your balances",
            "users.transactions.read" => "Read your deposits and withdrawals",
            "users.converts.read" => "Read your conversions",
            "users.orders.read" => "Read your orders",
            "users.deals.read" => "Read your deals",
            _ => "Use this scope",
        };
        Screen {
            exchange: "WhiteBIT",
            host: match self.environment {
                EU => "whitebit.eu".into(),
                _ => "whitebit.com".into(),
            },
            style: "whitebit",
            user: user.name,
            uid: user.uid,
            otp: user.two_factor.then_some(user.otp),
            purpose: if makes_key {
                "wants to create an API key in your account"
            } else if reads_only {
                "wants to read your account"
            } else {
                "wants access to your account"
            },
            grants: scopes
                .into_iter()
                .map(|scope| {
                    let text = sentence(&scope);
                    (scope, text)
                })
                .collect(),
            legend: "What the key may do",
            groups: if makes_key { permissions::offered() } else { Vec::new() },
            withdrawal_confirmed: false,
            wants_a_tick: false,
        }
    }

    /// One page stands for approval, permissions and second factor. Whether the key exists at the
    /// callback or only later (D6) is the knob `key_timing`.
    fn conclude(&mut self, asking: &Asking, choice: Choice, context: &mut Context<'_>) -> Response {
        let knobs = context.knobs.clone();
        let state = asking.state.as_deref();
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        let code;
        let api_key;
        match (choice, knobs.decline_mode) {
            (Choice::Approve(permissions), _) => {
                let makes_key = asking.challenge.is_some();
                let scopes = granted_scopes(makes_key, context);
                code = context.mint.alphanumeric("whitebit code", 40);
                api_key = if makes_key && scopes.iter().any(|scope| scope == "apikeys.create") {
                    let delay = match knobs.key_timing {
                        KeyTiming::Before => 0,
                        KeyTiming::After => knobs.key_delay_ms,
                    };
                    self.place_key(&asking.client_id, permissions, delay, context).announced.clone()
                } else {
                    None
                };
                let grant = Grant {
                    uid: person(context).uid,
                    client_id: asking.client_id.clone(),
                    scopes,
                    challenge: asking.challenge.clone(),
                    redirect_uri: asking.redirect_uri.clone(),
                };
                self.codes.issue(code.clone(), grant, context.now_ms, knobs.code_ttl_s);
                pairs.push(("code", &code));
                let name = match knobs.callback_api_key_name {
                    KeyParameter::ApiKey => "apiKey",
                    KeyParameter::SnakeApiKey => "api_key",
                    KeyParameter::PublicKey => "publicKey",
                };
                pairs.extend(api_key.as_deref().map(|key| (name, key)));
            }
            (Choice::Decline, DeclineMode::Error) => pairs.push(("error", "access_denied")),
            (Choice::Decline, DeclineMode::Empty) => {}
            (Choice::Decline, DeclineMode::None) => {
                let screen = self.screen(asking, context);
                let text = "You declined. Nothing was shared. You can close this window.";
                return pages::message(200, context, &screen, "Declined", text);
            }
            (Choice::Close, _) => {
                let screen = self.screen(asking, context);
                let text = "Nothing was shared. You can close this window.";
                return pages::message(200, context, &screen, "Window closed", text);
            }
        }
        pairs.extend(state.map(|state| ("state", state)));
        let slash = knobs.redirect_trailing_slash;
        Response::redirect(302, &callback_url(&asking.redirect_uri, slash, &pairs))
    }
}
