//! What the browser, or the user's clipboard, brings back.

use super::hand_off;
use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::secret::Secret;
use crate::base::time;
use crate::flow::Flow;
use crate::flow::state::{StageState, State};
use crate::flow::step::Step;
use crate::flow::transition::Transition;
use crate::model::outcome::Outcome;
use crate::venue::contract::{FlowContext, StageKind, TokenReply, of_kind};
use crate::venue::profile::Redirect;
use crate::wire::callback::{Callback, Expected, read_callback};

/// The longest code that is taken from a clipboard, in bytes; real ones stay far below.
const MAX_PASTED_BYTES: usize = 2048;

impl Flow {
    /// The browser came back to the redirect URI: pass the whole URL, or its path and query.
    ///
    /// An accepted callback is a [`Step::Save`]: once its flow is stored, the web request can end, and any worker
    /// continues with [`Flow::resume`].
    ///
    /// # Errors
    /// `callback_invalid`, `state_mismatch` and others of their kind if the callback is not this flow's: the flow stays
    /// usable. `callback_already_received` if it has had one: the browser has loaded the page again, so show where the
    /// flow stands. `callback_timeout` if its time had run out; `wrong_state` if a reissue has not asked for one yet.
    pub fn receive_callback(&self, url: &str, now_ms: u64) -> Result<Step, VenuekeyError> {
        time::check(now_ms)?;
        let State::AwaitingCallback { oauth_state, response_type, .. } = &self.data.state else {
            return Err(self.no_callback());
        };
        let callback = read_callback(
            url,
            &Expected {
                redirect_url: &self.settings.redirect_url,
                state: oauth_state,
                client_id: &self.settings.identity.client_id,
                client_id_parameter: self.settings.profile.client_id_parameter,
                is_issuer: &|iss| self.settings.is_issuer(iss),
                response_type: *response_type,
                key_parameters: self.settings.profile.callback_key_parameters,
                site_parameter: self.settings.profile.callback_site_parameter,
                sites: self.settings.identity.sites,
            },
        )?;
        self.accept(callback, now_ms)
    }

    /// The code that the user copied from the venue's page, for Bybit's public client with the redirect URI that shows
    /// it (facts/bybit.md, 2 and 3.3). The verifier takes the place of `state`, which is not part of it. White space
    /// around the code does not matter, and the page's whole address is read as a callback.
    ///
    /// An accepted code is a [`Step::Save`], as an accepted callback is.
    ///
    /// # Errors
    /// `callback_invalid` for text that is no code: the flow stays usable. `callback_already_received` if it has had
    /// one; for an address, as [`Flow::receive_callback`]. `not_supported` for every other client.
    pub fn receive_pasted_code(&self, pasted: &str, now_ms: u64) -> Result<Step, VenuekeyError> {
        time::check(now_ms)?;
        let venue = self.settings.profile.venue;
        if self.settings.redirect != Redirect::Paste {
            let hint = "only a client whose redirect URI is the venue's own code page accepts a pasted code";
            return Err(VenuekeyError::new(ErrorCode::NotSupported).with_venue(venue).with_hint(hint));
        }
        let pasted = pasted.trim();
        if pasted.contains("://") {
            return self.receive_callback(pasted, now_ms);
        }
        if !matches!(self.data.state, State::AwaitingCallback { .. }) {
            return Err(self.no_callback());
        }
        let code = Secret::new(pasted);
        if !code.is_header_safe(MAX_PASTED_BYTES) {
            let hint = "a code is a single word; ask the user to copy it again";
            return Err(VenuekeyError::new(ErrorCode::CallbackInvalid).with_hint(hint));
        }
        self.accept(Callback::Code { code, candidate_public_key: None, site: None }, now_ms)
    }

    /// Why a flow that does not wait for its callback takes none.
    fn no_callback(&self) -> VenuekeyError {
        match &self.data.state {
            // A sweep has ended it meanwhile: nothing was received.
            State::Failed { error, .. } if error.code() == ErrorCode::CallbackTimeout => error.clone(),
            state if state.work().is_some_and(|work| work.context.next_consent.is_some()) => {
                self.wrong_state("receive_callback")
            }
            _ => VenuekeyError::new(ErrorCode::CallbackAlreadyReceived)
                .with_hint("the page was probably reloaded: show where the flow stands"),
        }
    }

    /// What an accepted callback leads to. It ends the waiting, whatever it says.
    fn accept(&self, callback: Callback, now_ms: u64) -> Result<Step, VenuekeyError> {
        let State::AwaitingCallback { code_verifier, expires_at_ms, key_request, .. } = &self.data.state else {
            return Err(self.no_callback());
        };
        let engine = self.engine(now_ms)?;
        let end = |error| Transition::End { error, recovery: None, work: None };
        let next = if now_ms >= *expires_at_ms {
            end(engine.error(ErrorCode::CallbackTimeout, None, "it came after the flow had expired; start again"))
        } else {
            match callback {
                Callback::Code { code, candidate_public_key, site } => {
                    let (code_verifier, key_request) = (code_verifier.clone(), key_request.clone());
                    let context = FlowContext {
                        code: Some(code),
                        code_verifier,
                        candidate_public_key,
                        site,
                        key_request,
                        ..FlowContext::default()
                    };
                    if self.settings.profile.hands_off {
                        let hand_off = hand_off::write(&self.settings, context, now_ms);
                        Transition::Finish(Outcome::HandOff { hand_off })
                    } else {
                        match of_kind(engine.stages, StageKind::Exchange) {
                            Some(exchange) => Transition::Ready(StageState::new(exchange, context)),
                            None => end(engine.error(ErrorCode::NotSupported, None, "")),
                        }
                    }
                }
                Callback::Token { access_token, expires_in_s } => {
                    let reply = TokenReply {
                        access_token,
                        refresh_token: None,
                        expires_in_s,
                        refresh_expires_in_s: None,
                        scope: Vec::new(),
                    };
                    let mut context = FlowContext { key_request: key_request.clone(), ..FlowContext::default() };
                    // The stage after the exchange, which this token makes needless.
                    let stage = engine.stages.iter().copied().find(|stage| stage.is_authorized());
                    match stage {
                        Some(stage) if engine.accept_tokens(&mut context, reply) => {
                            Transition::Ready(StageState::new(stage, context))
                        }
                        _ => end(engine.error(ErrorCode::AuthorizationFailed, None, "its token cannot be used")),
                    }
                }
                Callback::Error { error, description } => {
                    // RFC 6749, 4.1.2.1. No venue documents an error redirect, so any other text ends the same way.
                    let code = match error.as_str() {
                        "access_denied" => ErrorCode::AccessDenied,
                        "temporarily_unavailable" | "server_error" => ErrorCode::VenueUnavailable,
                        _ => ErrorCode::AuthorizationFailed,
                    };
                    end(engine.error(code, None, "").with_reply(None, Some(error), description))
                }
                Callback::Nothing => {
                    end(engine.error(ErrorCode::AccessDenied, None, "the callback carried neither code nor error"))
                }
            }
        };
        Ok(self.apply(next, now_ms)?.with_news())
    }
}
