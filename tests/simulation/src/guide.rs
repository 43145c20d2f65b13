//! How a schedule with an itinerary makes its wishes come true: with the sandbox's own knobs and faults, with
//! what users and networks do, and with time.

use venuekey::parts::*;
use venuekey_sandbox::Request;
use venuekey_sandbox::exchange::action::UserAction;
use venuekey_sandbox::exchange::fault::{ANY, Fault, FaultOrder};
use venuekey_sandbox::parts::readings::DeclineMode;
use venuekey_sandbox::venue::bybit::knobs::AiShape;
use venuekey_sandbox::venue::whitebit::knobs::KeyTiming;

use crate::browser::parameter;
use crate::chaos::pick;
use crate::entry::Party;
use crate::explore::{Clock, Edge, Stride};
use crate::knobs::Knobs;
use crate::label::{CHECK_AFTER_DELETE, CHECK_OLD_KEY, Position, event};
use crate::worker::Worker;
use crate::world::World;

impl World {
    /// One worker goes on, the way the itinerary wishes; now and then anything else happens.
    pub fn guided_turn(&mut self) {
        if self.rng.u8(0..120) == 0 {
            return self.turn();
        }
        match &self.workers[0] {
            Worker::Idle => self.take_up(),
            Worker::Sleeps { until_ms, next } => {
                let (until_ms, next) = (*until_ms, next.clone());
                let wish = self.wish(&Position::of(&next).label());
                match wish {
                    Some(wish) if wish.edge.event == event::TOO_EARLY => {
                        if wish.clock == Clock::SetBack {
                            self.set_back(&next);
                        }
                        self.workers[0] = Worker::Idle;
                        return self.resume(0, &next);
                    }
                    Some(wish) => self.turn_clock(wish, &next),
                    None => {}
                }
                self.pass_until(until_ms);
                self.work(0);
            }
            Worker::Saved(Step::Save { next }) => {
                let next = next.clone();
                if let Some(wish) = self.wish(&Position::of(&next).label()) {
                    self.turn_clock(wish, &next);
                }
                self.work(0);
            }
            _ => self.work(0),
        }
    }

    pub fn wish(&mut self, place: &str) -> Option<&'static Stride> {
        if self.calm {
            return None;
        }
        self.itinerary.as_mut()?.wish(place, &mut self.rng)
    }

    /// The wish has come true: from here on, chance.
    pub fn arrived(&mut self, edge: &Edge) {
        if self.itinerary.as_mut().is_some_and(|itinerary| itinerary.take(edge)) {
            self.itinerary = None;
        }
    }

    /// The stored flow, by a worker that has none.
    fn take_up(&mut self) {
        if self.is_unclaimed() {
            self.claim(0);
            return;
        }
        let flow = self.stored();
        let wish = self.wish(&Position::of(&flow).label());
        match flow.status() {
            FlowStatus::AwaitingCallback { .. } if self.has_old_url => self.pick_up(0),
            FlowStatus::AwaitingCallback { expires_at_ms } => self.browse_for(wish, expires_at_ms),
            FlowStatus::Failed if self.way_on.is_some() && self.recoveries.len() < 8 => {
                if let Some(wish) = wish {
                    self.turn_clock(wish, &flow);
                }
                self.recover(0);
            }
            FlowStatus::AwaitingChoice => self.choose(0, wish.map(|wish| wish.edge.event.as_str())),
            FlowStatus::Ready => {
                if let Some(wish) = wish {
                    self.turn_clock(wish, &flow);
                }
                self.pick_up(0);
            }
            // Nothing is left to do: other turns may still find something.
            FlowStatus::Done | FlowStatus::Failed => self.itinerary = None,
            _ => self.pick_up(0),
        }
    }

    fn browse_for(&mut self, wish: Option<&Stride>, expires_at_ms: u64) {
        let Some(happening) = wish.map(|wish| wish.edge.event.as_str()) else { return self.browse() };
        if happening == event::DEADLINE {
            self.pass_until(expires_at_ms);
            return self.pick_up(0);
        }
        let Some(callback) = self.callback.clone() else {
            let declined = match happening {
                event::ACCESS_DENIED => Some(DeclineMode::Error),
                event::NEITHER => Some(DeclineMode::Empty),
                _ => None,
            };
            if let Some(mode) = declined {
                self.turn_knobs(|knobs| {
                    knobs.whitebit.decline_mode = mode;
                    knobs.bybit.cancel_mode = mode;
                });
            }
            return self.visit(if declined.is_some() { "decline" } else { "approve" }, "123456");
        };
        let code = format!("code={}", parameter(&callback, "code"));
        let url = match happening {
            // RFC 6749, 4.1.2.1: no venue documents an error of its own, so the sandbox sends none.
            event::VENUE_ERROR => callback.replace(&code, "error=server_error"),
            event::OTHER_ERROR => callback.replace(&code, "error=invalid_request"),
            event::PASTED => parameter(&callback, "code"),
            _ => callback,
        };
        if happening == event::TOO_LATE {
            self.pass_until(expires_at_ms);
        }
        self.come_back(0, &url);
    }

    /// Brings about the reply that is wished for, by what exchange, user or network would do.
    pub fn grant(&mut self, Stride { edge: wish, .. }: &Stride, position: &Position, request: &mut Request) {
        let call = position.call();
        let whitebit = self.graph.venue == Venue::WHITEBIT;
        let is_bearer = request.headers.iter().any(|(name, _)| name == "authorization");
        match wish.event.as_str() {
            "429" => self.fault(Fault::RateLimit),
            "5xx" => self.fault(Fault::ServerError),
            "403 page" | "4xx page" => self.fault(Fault::Html403),
            "423" => self.fault_at("secret", Fault::Lock),
            "over 1 MiB" => self.fault(Fault::Oversized),
            "another code" | "401, another code" => self.fault(Fault::OkWithError),
            "unreadable" => {
                // The first two spoil what was said: an answer to what has happened already would show through.
                let kinds = [Fault::TruncatedJson, Fault::EmptyBody, Fault::OkWithError];
                let kinds = match whitebit {
                    true if position.has_doubts() || call == "delete_key" => &kinds[2..],
                    true => &kinds[..],
                    false => &kinds[..2],
                };
                let kind = pick(&mut self.rng, kinds);
                self.fault(kind);
            }
            event::NO_REPLY => {
                let kind = pick(&mut self.rng, &[Fault::DropReply, Fault::CloseBefore]);
                self.fault(kind);
            }
            // The venue has dropped the token, the code or the client's secret.
            "401 or 403" | "401" | "code 401" | "code 10001" if is_bearer => {
                let code = if wish.event == "code 401" { 401 } else { 10_001 };
                self.turn_knobs(|knobs| knobs.bybit.invalid_token_code = code);
                forget_bearer(request);
            }
            "code 33004" if self.rng.bool() => {
                let endpoints = [("read_uid", "uid"), ("fetch_api_key", "openapi")];
                let found = endpoints.iter().find(|(of, _)| *of == call);
                let endpoint = found.map_or("ai_accounts", |(_, endpoint)| *endpoint);
                self.fault_at(endpoint, Fault::TokenExpired);
            }
            "code 33004" => {
                let life_s = Knobs::of(&self.sandbox).bybit.access_ttl_s;
                self.sandbox.advance_clock(life_s * 1000);
            }
            "code 20039" => self.turn_knobs(|knobs| knobs.bybit.user_two_factor = false),
            "200, without its key" => {
                // The exchange answers with the list (facts/bybit.md, B13), once it has done what was asked.
                if call == "create_subaccount" {
                    self.sandbox.handle(request, self.now_ms);
                }
                self.turn_knobs(|knobs| {
                    knobs.bybit.ai_list_keys = false;
                    knobs.bybit.ai_shape = AiShape::Accounts;
                });
                leave_out_query(request);
            }
            "200, not one new account" if self.rng.bool() => leave_out_query(request),
            "200, not one new account" => {
                // Somebody else makes one at the same time, and the exchange lists both.
                self.turn_knobs(|knobs| knobs.bybit.ai_shape = AiShape::AlwaysList);
                self.sandbox.handle(request, self.now_ms);
                self.elsewhere.extend(self.sandbox.requests().back().map(|record| record.seq));
            }
            "403" => self.turn_knobs(|knobs| {
                knobs.whitebit.ip_allowlisted = false;
                knobs.whitebit.allowlist_denied_status = 403;
            }),
            "400" => forget(request, "token"),
            "code 10001" if call == "exchange_code" => forget(request, "code"),
            "code 10001" | "code 10004" => {
                let code = if wish.event == "code 10004" { 10_004 } else { 10_001 };
                self.turn_knobs(|knobs| knobs.bybit.invalid_refresh_code = code);
                forget(request, "refresh_token");
            }
            "code 10003" if self.graph.party == Party::Public => {
                // Its id is fixed, so the venue must have forgotten it; a client that is unknown has a secret at best.
                forget(request, "client_id");
                request.body.extend(b"&client_secret=a-secret");
            }
            "401" | "code 10003" => forget(request, "client_secret"),
            "409" => {
                // Somebody else reads the secret first.
                self.was_robbed = true;
                self.sandbox.handle(request, self.now_ms);
            }
            "404" if call == "fetch_secret" => self.user_acts(UserAction::DeleteKey),
            "404" => {
                self.turn_knobs(|knobs| knobs.whitebit.info_extended_statuses = true);
                self.user_acts(UserAction::InactivityDelete);
            }
            "403 or 404" => self.spoil_deletion(position),
            "200, disabled key" => {
                if call == position.stage() {
                    self.connect_elsewhere();
                }
                self.user_acts(UserAction::InactivityDisable);
            }
            "200, no key" => self.user_acts(UserAction::DeleteKey),
            "200, another key" => {
                self.connect_elsewhere();
                if wish.to.starts_with("failed key_disabled") {
                    self.user_acts(UserAction::InactivityDisable);
                }
            }
            "200" if call == "exchange_code" && wish.to.starts_with("send refresh_tokens") => {
                let life_s = self.rng.u64(5..30);
                self.turn_knobs(|knobs| {
                    knobs.whitebit.access_ttl_s = Some(life_s);
                    knobs.bybit.access_ttl_s = life_s;
                });
            }
            _ => {}
        }
    }

    /// The user connects once more, in another window. The exchange lets nobody through who has a key.
    fn connect_elsewhere(&mut self) {
        self.turn_knobs(|knobs| knobs.whitebit.key_timing = KeyTiming::Before);
        let callback = self.callback.take();
        self.visit("approve", "123456");
        self.callback = callback;
    }

    /// A deletion is refused, so that the check after it finds what is wished for.
    fn spoil_deletion(&mut self, position: &Position) {
        let check = if position.is_before_consent() { CHECK_OLD_KEY } else { CHECK_AFTER_DELETE };
        let wants = |what| self.itinerary.as_ref().is_some_and(|itinerary| itinerary.wants(check, what));
        if wants("200, active key") {
            // The grant lacks the scope, from the start.
        } else if wants("404") {
            self.turn_knobs(|knobs| knobs.whitebit.info_extended_statuses = true);
            self.user_acts(UserAction::InactivityDelete);
        } else if wants("200, no key") || wants("200, another key") {
            self.user_acts(UserAction::DeleteKey);
        } else {
            let action = pick(&mut self.rng, &[UserAction::InactivityDisable, UserAction::DeleteKey]);
            self.user_acts(action);
        }
    }

    /// The clock does what it did on the way.
    pub fn turn_clock(&mut self, wish: &Stride, flow: &Flow) {
        match wish.clock {
            Clock::Late => {
                if let Some(tokens) = flow.tokens() {
                    let early_ms = self.rng.u64(0..5_000);
                    self.pass_until(tokens.expires_at_ms().saturating_sub(early_ms));
                }
            }
            Clock::SetBack => self.set_back(flow),
            Clock::Steady => {}
        }
    }

    /// Sets the hosts' clocks back far enough for the tokens to last.
    fn set_back(&mut self, flow: &Flow) {
        let Some(tokens) = flow.tokens() else { return };
        let late_ms = (self.host_ms() + 120_000).saturating_sub(tokens.expires_at_ms());
        self.skew_ms = self.skew_ms.saturating_sub_unsigned(late_ms);
    }

    /// Time passes until the hosts' clocks show so much.
    fn pass_until(&mut self, host_ms: u64) {
        self.now_ms += host_ms.saturating_sub(self.host_ms());
    }

    fn fault(&mut self, fault: Fault) {
        self.fault_at(ANY, fault);
    }

    fn fault_at(&mut self, endpoint: &str, fault: Fault) {
        let mut order = FaultOrder::new(endpoint, fault, 1);
        order.status = pick(&mut self.rng, &[500, 502, 503, 504]);
        order.after_effect = self.rng.u8(0..4) == 0;
        self.sandbox.queue_fault(order).expect("a sound fault");
    }
}

/// The venue knows this token no longer.
fn forget_bearer(request: &mut Request) {
    for (_, value) in request.headers.iter_mut().filter(|(name, _)| name == "authorization") {
        *value = "Bearer a-token-that-was-dropped".into();
    }
}

/// The exchange does not see what stands after the question mark.
fn leave_out_query(request: &mut Request) {
    request.target.truncate(request.target.find('?').unwrap_or(request.target.len()));
}

/// The venue knows this form field's value no longer.
fn forget(request: &mut Request, field: &str) {
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let pairs = body.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if name == field => format!("{name}=a-value-that-was-dropped"),
        _ => pair.to_owned(),
    });
    request.body = pairs.collect::<Vec<String>>().join("&").into_bytes();
}
