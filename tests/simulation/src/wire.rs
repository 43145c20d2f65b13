//! Between the flow and the exchange: requests, replies, and the user's browser.

use venuekey::*;
use venuekey_sandbox::venue::UserAction;
use venuekey_sandbox::{Reply, Request};

use crate::browser::{self, Page};
use crate::chaos::pick;
use crate::label::{self, Position, event};
use crate::world::World;

impl World {
    /// The browser goes to the exchange, or comes back: once, twice, late, or with another's state.
    pub fn browse(&mut self) {
        if self.callback.is_none() {
            let action = pick(&mut self.rng, &["approve", "approve", "approve", "approve", "decline", "close"]);
            let otp = if self.rng.u8(0..5) == 0 { "000000" } else { "123456" };
            return self.visit(action, otp);
        }
        let Some(callback) = self.callback.clone() else { return };
        let foreign = self.rng.u8(0..5) == 0;
        let url = if foreign { callback.replace("state=", "state=x") } else { callback };
        let index = self.rng.usize(0..self.workers.len());
        let accepted = self.come_back(index, &url);
        assert!(!foreign || !accepted, "a foreign state was accepted");
    }

    /// The consent page, and where it sends the browser.
    pub fn visit(&mut self, action: &str, otp: &str) {
        let Page::Redirect(consent) = browser::get(&mut self.sandbox, &self.authorize_url, self.now_ms) else { return };
        if let Page::Redirect(callback) = browser::answer(&mut self.sandbox, &consent, action, otp, self.now_ms) {
            self.planted.push(parameter(&callback, "code"));
            self.callback = Some(callback);
        }
    }

    /// The host gets a callback for the stored flow; whether the flow takes it.
    pub fn come_back(&mut self, index: usize, url: &str) -> bool {
        let (flow, host_ms) = (self.stored(), self.host_ms());
        let happened = match (flow.status(), parameter(url, "error").as_str()) {
            (FlowStatus::AwaitingCallback { expires_at_ms }, _) if host_ms >= expires_at_ms => event::TOO_LATE,
            (_, "access_denied") => event::ACCESS_DENIED,
            (_, "server_error") => event::VENUE_ERROR,
            (_, NONE) if parameter(url, "code") == NONE => event::NEITHER,
            (_, NONE) => event::CODE,
            _ => event::OTHER_ERROR,
        };
        match flow.receive_callback(url, host_ms) {
            Ok(step) => {
                self.hold(index, &flow, happened, step);
                true
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
                self.print(&error);
                false
            }
        }
    }

    /// Sends, and says what came of it; on the way anything may be lost.
    pub fn send(&mut self, request: &HttpRequest, flow: &Flow) -> (Option<HttpResponse>, String) {
        self.print(request);
        let headers = request.headers().iter().map(|h| (h.name().to_owned(), h.value().expose().to_owned())).collect();
        let mut request = Request {
            method: request.method().as_str().into(),
            target: browser::target(request.url()),
            headers,
            body: request.body().unwrap_or_default().to_vec(),
        };
        let position = Position::of(flow);
        let wish = self.wish(&position.label());
        if let Some(wish) = wish {
            self.grant(wish, &position, &mut request);
        }
        let answer = self.sandbox.handle(&request, self.now_ms);
        self.now_ms += self.rng.u64(1..900);
        let lost = |event: &str| (None, event.to_owned());
        if answer.delay_ms > 15_000 {
            return lost(event::NO_REPLY);
        }
        self.now_ms += answer.delay_ms;
        let (status, headers, body) = match answer.reply {
            Reply::Response { status, headers, body } => (status, headers, body),
            // Some HTTP clients hand over what came before the end, some raise.
            Reply::Truncated { status, headers, body } if self.rng.bool() || wish.is_some() => (status, headers, body),
            Reply::Truncated { .. } | Reply::CloseWithoutByte => return lost(event::NO_REPLY),
        };
        let response = HttpResponse::new(status, body);
        let response = headers.into_iter().fold(response, |response, (name, value)| response.with_header(name, value));
        let happened = label::reply(self.graph.venue, &position, &response);
        let refused = ["429", "403 page", "another code"].contains(&happened.as_str()) || happened.starts_with("code ");
        if refused {
            self.refused.extend(self.sandbox.requests().back().map(|record| record.seq));
        }
        if !self.calm && self.itinerary.is_none() && self.rng.u8(0..25) == 0 {
            return lost(event::NO_REPLY);
        }
        if let Some(wish) = wish {
            self.turn_clock(wish, flow);
        }
        (Some(response), happened)
    }

    /// Some actions make no sense at some venue; the sandbox says so.
    pub fn user_acts(&mut self, action: UserAction) {
        let (venue, environment) = self.place();
        let _ = self.sandbox.user_acts(venue, environment, action, self.now_ms);
    }
}

const NONE: &str = "no such parameter";

/// A query parameter of a URL, as it stands there.
pub fn parameter(url: &str, name: &str) -> String {
    let found = url.split(['?', '&']).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or(NONE).to_owned()
}
