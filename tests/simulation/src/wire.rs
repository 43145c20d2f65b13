//! Between the flow and the exchange: requests, replies, and the user's browser.

use venuekey::parts::*;
use venuekey_sandbox::Reply;
use venuekey_sandbox::exchange::action::UserAction;
use venuekey_sandbox::exchange::record::Record;

use crate::browser::{self, NONE, Page, parameter};
use crate::chaos::pick;
use crate::connection::as_sent;
use crate::entry::{Entry, redirect_uri};
use crate::knobs::Knobs;
use crate::label::{self, Position, event};
use crate::pending::Pending;
use crate::world::World;

impl World {
    /// The user acts: goes to the exchange, comes back once, twice, late or with another's state, or chooses.
    pub fn browse(&mut self) {
        let index = self.rng.usize(0..self.workers.len());
        if let Pending::HandOff { .. } = self.pending {
            self.claim(index);
            return;
        }
        if self.has_old_url {
            // Nobody is sent anywhere before the old key is gone and the flow has been asked where to.
            if matches!(self.stored().status(), FlowStatus::AwaitingCallback { .. }) && !self.someone_works() {
                self.pick_up(index);
            }
            return;
        }
        match self.stored().status() {
            FlowStatus::AwaitingChoice if self.rng.u8(0..3) > 0 => return self.choose(index, None),
            FlowStatus::AwaitingChoice => {}
            // A click on a page that is still open.
            _ if !self.choices.is_empty() => {
                let error = self.stored().choose(CREATE_SUBACCOUNT, self.host_ms()).expect_err("it has moved on");
                assert_eq!(error.code(), ErrorCode::WrongState, "{error}");
            }
            _ => {}
        }
        let Some(callback) = self.callback.clone() else {
            let action = pick(&mut self.rng, &["approve", "approve", "approve", "approve", "decline", "close"]);
            let otp = if self.rng.u8(0..5) == 0 { "000000" } else { "123456" };
            return self.visit(action, otp);
        };
        let foreign = self.rng.u8(0..5) == 0;
        let pastes_code = self.entry == Entry::Pasted && self.rng.bool() && parameter(&callback, "code") != NONE;
        let text = match (foreign, pastes_code) {
            (true, _) => callback.replace("state=", "state=x"),
            (false, true) => parameter(&callback, "code"),
            (false, false) => callback,
        };
        let accepted = self.come_back(index, &text);
        assert!(!foreign || !accepted, "a foreign state was accepted");
    }

    /// The consent page, and where it sends the browser.
    pub fn visit(&mut self, action: &str, otp: &str) {
        let Page::Redirect(consent) = browser::get(&mut self.sandbox, &self.authorize_url, self.now_ms) else { return };
        let Page::Redirect(callback) = browser::answer(&mut self.sandbox, &consent, action, otp, self.now_ms) else {
            return;
        };
        self.planted.extend(["code", "access_token"].map(|name| parameter(&callback, name)));
        self.callback = Some(match callback.split_once("/oauth/callback") {
            // The venue's own page, which the sandbox serves in its place.
            Some((_, query)) if self.entry == Entry::Pasted => {
                let code = parameter(&callback, "code");
                let page = browser::get(&mut self.sandbox, &callback, self.now_ms);
                assert!(matches!(page, Page::Shown(body) if code == NONE || body.contains(&code)), "no code to copy");
                let (venue, party) = (self.graph.venue, self.graph.party);
                redirect_uri(venue, self.environment, party, Entry::Pasted) + query
            }
            _ => callback,
        });
    }

    /// The host gets a callback, or what the user has pasted; whether the flow takes it.
    pub fn come_back(&mut self, index: usize, text: &str) -> bool {
        let (flow, host_ms) = (self.awaiting(), self.host_ms());
        let happened = match (flow.status(), parameter(text, "error").as_str()) {
            (FlowStatus::AwaitingCallback { expires_at_ms }, _) if host_ms >= expires_at_ms => event::TOO_LATE,
            _ if !text.contains("://") => event::PASTED,
            (_, "access_denied") => event::ACCESS_DENIED,
            (_, "server_error") => event::VENUE_ERROR,
            (_, NONE) if parameter(text, "access_token") != NONE => event::TOKEN,
            (_, NONE) if parameter(text, "code") == NONE => event::NEITHER,
            (_, NONE) => event::CODE,
            _ => event::OTHER_ERROR,
        };
        let taken = match self.entry {
            Entry::Pasted => flow.receive_pasted_code(text, host_ms),
            _ => flow.receive_callback(text, host_ms),
        };
        match taken {
            Ok(step) => {
                self.hold(index, &flow, happened, step);
                true
            }
            Err(error) => {
                // A flow that a sweep has ended says that it had expired; anything else was not this flow's to take.
                let has_expired = error.code() == ErrorCode::CallbackTimeout && flow.status() == FlowStatus::Failed;
                assert!(has_expired || error.kind() == ErrorKind::Rejected, "{error}");
                self.print(&error);
                false
            }
        }
    }

    /// Sends, and says what came of it; on the way anything may be lost.
    pub fn send(&mut self, request: &HttpRequest, flow: &Flow) -> (Option<HttpResponse>, String) {
        self.print(request);
        let mut request = as_sent(request);
        let sent_before = self.last_seq();
        let position = Position::of(flow);
        let wish = self.wish(&position.label());
        if let Some(wish) = wish {
            self.grant(wish, &position, &mut request);
        }
        let lost = |event: &str| (None, event.to_owned());
        let is_down = !self.calm && self.itinerary.is_none() && self.rng.u8(0..40) == 0;
        if is_down || wish.is_some_and(|wish| wish.edge.event == event::NOT_SENT) {
            // No connection: nothing arrives anywhere.
            return lost(event::NOT_SENT);
        }
        let answer = self.sandbox.handle(&request, self.now_ms);
        self.note_creations(flow.revision(), sent_before);
        self.now_ms += self.rng.u64(1..900);
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
        let wants_401 = status == 200 && wish.is_some_and(|wish| wish.edge.event == "401, another code");
        // facts/bybit.md, 4: the status of errors is undocumented.
        let status = if wants_401 { 401 } else { status };
        let wants_another = status == 403 && wish.is_some_and(|wish| wish.edge.event == "4xx page");
        let status = if wants_another { 404 } else { status };
        let response = HttpResponse::new(status, body);
        let response = headers.into_iter().fold(response, |response, (name, value)| response.with_header(name, value));
        let happened = label::reply(self.graph.venue, &position, &response);
        let refused = ["429", "403 page", "4xx page"].contains(&happened.as_str())
            || happened.starts_with("code ")
            || happened.ends_with("another code");
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

    fn last_seq(&self) -> u64 {
        self.sandbox.requests().back().map_or(0, |record| record.seq)
    }

    /// Which of the user's choices the requests for a new account since `before` belong to.
    fn note_creations(&mut self, revision: u64, before: u64) {
        let choice = self.choices.range(..revision).next_back().filter(|(_, id)| *id == CREATE_SUBACCOUNT);
        let choice = choice.map(|(revision, _)| *revision);
        let creates = self.sandbox.requests().iter().filter(|record| record.seq > before && creates(record));
        let own = creates.filter(|record| !self.elsewhere.contains(&record.seq));
        self.creations.extend(own.map(|record| (choice, record.seq)));
    }

    /// What else may change at the exchange while a flow is under way.
    pub fn something_else_changes(&mut self) {
        if self.rng.bool() {
            let count = self.rng.u8(0..=5);
            self.turn_knobs(|knobs| knobs.bybit.user_sub_accounts = count);
        } else {
            // As long as it takes for an unused key to be switched off (facts/whitebit.md, D7).
            self.sandbox.advance_clock(14 * 86_400_000);
        }
    }

    /// Switches of the sandbox; accounts that give way to others are remembered.
    pub fn turn_knobs(&mut self, change: impl FnOnce(&mut Knobs)) {
        let mut knobs = Knobs::of(&self.sandbox);
        let count = knobs.bybit.user_sub_accounts;
        change(&mut knobs);
        if knobs.bybit.user_sub_accounts != count {
            let accounts = self.accounts();
            self.past_accounts.extend(accounts);
        }
        self.sandbox.set_knobs(knobs.into(), self.now_ms).expect("sound knobs");
    }

    /// Some actions make no sense at some venue; the sandbox says so.
    pub fn user_acts(&mut self, action: UserAction) {
        let (venue, environment) = (self.graph.venue.as_str(), self.environment.as_str());
        let _ = self.sandbox.user_acts(venue, environment, action, None, self.now_ms);
    }
}

pub fn creates(record: &Record) -> bool {
    record.query.iter().any(|(name, _)| name == "is_create")
}
