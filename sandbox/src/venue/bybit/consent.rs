//! The consent screen, and the callback that ends it (sections 3.1 to 3.3).

use super::agent;
use super::host::{BROKER_SCOPE, CODE_PAGE, Host};
use super::knobs::{BybitKnobs, CallbackParams, Context, TokenResponse, person};
use crate::base::http::{Response, callback_url, fragment_url};
use crate::parts::consent::{Choice, Consents, Desk};
use crate::parts::grants::Grant;
use crate::parts::pages;
use crate::parts::readings::{Decision, DeclineMode};
use crate::parts::screen::{Asking, Group, Screen};

impl Consents for Host {
    type Knobs = BybitKnobs;

    fn desk(&mut self) -> &mut Desk {
        &mut self.desk
    }

    fn decision(&self, context: &Context<'_>) -> Decision {
        context.knobs.user_decision
    }

    /// No gate is documented for the page. The two that exist elsewhere (20039 in 6.3, 20096 in 9) end
    /// a broker's flow on Bybit's page, without a redirect (3.3 a); the agent hears of 20039 later.
    fn gate(&self, asking: &Asking, context: &Context<'_>) -> Option<(&'static str, &'static str)> {
        let user = person(context);
        if !user.two_factor && asking.client_id != agent::CLIENT_ID {
            Some((
                "Two-factor authentication is off",
                "Bind two-factor authentication in your account's settings, then start again.",
            ))
        } else if !user.kyc {
            Some((
                "Your identity is not verified",
                "Complete the identity verification (KYC) in your account, then start again.",
            ))
        } else {
            None
        }
    }

    fn screen(&self, asking: &Asking, context: &Context<'_>) -> Screen {
        let user = person(context);
        let agent = asking.client_id == agent::CLIENT_ID;
        let sentence = |scope: &str| match scope {
            BROKER_SCOPE => "Learn your user id and receive an API key of your account",
            agent::SCOPE => "Create up to five sub-accounts and receive an API key of each; no withdrawals",
            _ => "Use this scope",
        };
        Screen {
            exchange: "Bybit",
            host: self.authorize_host().into(),
            style: "bybit",
            user: user.name,
            uid: user.uid,
            otp: user.two_factor.then_some(user.otp),
            purpose: if agent {
                "wants to use sub-accounts of your account"
            } else {
                "wants to connect to your account"
            },
            grants: asking.scopes.iter().map(|scope| (scope.clone(), sentence(scope))).collect(),
            legend: "Permissions",
            groups: if agent { Vec::new() } else { vec![api_access()] },
            withdrawal_confirmed: false,
            wants_a_tick: !agent,
        }
    }

    fn conclude(&mut self, asking: &Asking, choice: Choice, context: &mut Context<'_>) -> Response {
        let knobs = context.knobs;
        let mut pairs = match (choice, knobs.cancel_mode) {
            (Choice::Approve(_), _) => self.approved(asking, context),
            (Choice::Decline, DeclineMode::Error) => vec![("error", "access_denied".into())],
            (Choice::Decline, DeclineMode::Empty) => Vec::new(),
            (Choice::Decline, DeclineMode::None) => {
                let screen = self.screen(asking, context);
                let text = "You cancelled. Nothing was shared. You can close this window.";
                return pages::message(200, context, &screen, "Cancelled", text);
            }
            (Choice::Close, _) => {
                let screen = self.screen(asking, context);
                let text = "Nothing was shared. You can close this window.";
                return pages::message(200, context, &screen, "Window closed", text);
            }
        };
        pairs.extend(asking.state.clone().map(|state| ("state", state)));
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        // The headless address is Bybit's own page (3.3), which is this host's here.
        let own_page = format!("{}{CODE_PAGE}", context.prefix);
        let uri = if asking.shows_code { &own_page } else { &asking.redirect_uri };
        let location = match knobs.token_response {
            TokenResponse::Fragment if asking.wants_token => fragment_url(uri, knobs.redirect_trailing_slash, &pairs),
            _ => callback_url(uri, knobs.redirect_trailing_slash, &pairs),
        };
        Response::redirect(knobs.redirect_status, &location)
    }
}

fn api_access() -> Group {
    Group {
        id: BROKER_SCOPE,
        label: "API access",
        hint: "An API key that the partner's servers use for you.",
        ticked: true,
        withdrawal: false,
    }
}

impl Host {
    /// What an approved callback carries besides the state.
    fn approved(&mut self, asking: &Asking, context: &mut Context<'_>) -> Vec<(&'static str, String)> {
        let knobs = context.knobs;
        let grant = Grant {
            uid: person(context).uid,
            client_id: asking.client_id.clone(),
            scopes: asking.scopes.clone(),
            challenge: asking.challenge.clone(),
            redirect_uri: asking.redirect_uri.clone(),
        };
        if asking.wants_token && knobs.token_response != TokenResponse::Refused {
            // Names and place are inference, and so is that no refresh token comes (3.2).
            let token = self.issue_pair(grant, false, context).access;
            return vec![
                ("access_token", token),
                ("token_type", "bearer".into()),
                ("expires_in", knobs.access_ttl_s.to_string()),
            ];
        }
        let code = context.mint.alphanumeric("bybit code", 32);
        self.codes.issue(code.clone(), grant, context.now_ms, knobs.code_ttl_s);
        // 3.1, B3.
        match knobs.callback_params {
            CallbackParams::Guidance => {
                vec![("response_type", "code".into()), ("code", code), ("scope", asking.scopes.join(", "))]
            }
            CallbackParams::Article => vec![("client_id", asking.client_id.clone()), ("code", code)],
        }
    }
}
