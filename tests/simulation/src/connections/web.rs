//! The user at the venue and at the app, and what the app does with a connection.

use venuekey::parts::*;
use venuekey_sandbox::{Reply, Request};

use super::World;
use super::store::{Saved, Trouble};
use super::types::{Click, Doing, Task};
use crate::browser::{self, NONE, Page, parameter};
use crate::chaos::pick;
use crate::connection::as_sent;

impl Click {
    pub fn apply(&self, to: &Connection, now_ms: u64) -> Result<Connection, VenuekeyError> {
        match self {
            Self::Callback(url) => to.receive_callback(url, now_ms),
            Self::Pasted(code) => to.receive_pasted_code(code, now_ms),
            Self::Choose(id) => to.choose(id, now_ms),
            Self::Recover => to.recover(now_ms),
            Self::Reconnect(options, entropy) => to.reconnect((**options).clone(), entropy, now_ms),
            Self::Cancel => to.cancel_attempt(now_ms),
            Self::Disconnect(intent) => to.disconnect(*intent, now_ms),
            Self::HandedOff(hand_off) => to.handed_off(hand_off, now_ms),
            Self::TokenRefused(generation) => to.token_refused(*generation, now_ms),
            Self::KeyRefused(error) => to.key_refused(error, now_ms),
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Callback(_) => "callback",
            Self::Pasted(_) => "pasted code",
            Self::Choose(_) => "choose",
            Self::Recover => "recover",
            Self::Reconnect(..) => "reconnect",
            Self::Cancel => "cancel_attempt",
            Self::Disconnect(intent) => intent.as_str(),
            Self::HandedOff(_) => "handed_off",
            Self::TokenRefused(_) => "token_refused",
            Self::KeyRefused(_) => "key_refused",
        }
    }

    /// What it may be refused with.
    fn may_meet(&self, error: &VenuekeyError) -> bool {
        match self {
            Self::Callback(_) | Self::Pasted(_) => {
                let code = error.code();
                error.kind() == ErrorKind::Rejected
                    || matches!(code, ErrorCode::WrongState | ErrorCode::CallbackTimeout)
            }
            Self::Choose(_) => matches!(error.code(), ErrorCode::WrongState | ErrorCode::InvalidArgument),
            Self::Recover | Self::Reconnect(..) => error.code() == ErrorCode::WrongState,
            Self::Cancel | Self::Disconnect(_) | Self::HandedOff(_) | Self::TokenRefused(_) | Self::KeyRefused(_) => {
                false
            }
        }
    }
}

impl World {
    fn idle(&mut self) -> Option<usize> {
        let index = self.rng.usize(0..self.hosts.len());
        matches!(self.hosts[index].doing, Doing::Idle).then_some(index)
    }

    fn any_row(&mut self) -> String {
        let ids: Vec<&String> = self.rows.keys().collect();
        ids[self.rng.usize(0..ids.len())].clone()
    }

    /// The user acts: does what the page asks for, or something else.
    pub fn browse(&mut self) {
        let Some(index) = self.idle() else { return };
        let id = self.any_row();
        let Some(stored) = self.stored(&id, self.host_ms(index)) else { return };
        let click =
            if self.rng.u8(0..100) < self.chances.moods { self.mood(&stored) } else { self.next_click(&stored) };
        if let Some(click) = click {
            self.click(index, &id, click);
        }
    }

    /// What a user does who wants to be connected.
    pub fn next_click(&mut self, stored: &Connection) -> Option<Click> {
        if let Some(hand_off) = stored.hand_off().filter(|_| self.calm || self.rng.bool()) {
            self.life(stored.id()).sent_off.push(hand_off.clone());
            return Some(Click::HandedOff(Box::new(hand_off)));
        }
        if let Some(url) = stored.authorize_url() {
            let id = stored.id().to_owned();
            if self.life(&id).visited != url.expose() {
                let action = if self.calm {
                    "approve"
                } else {
                    pick(
                        &mut self.rng,
                        &["approve", "approve", "approve", "approve", "approve", "approve", "decline", "close"],
                    )
                };
                self.visit(&id, url.expose(), action);
                return None;
            }
            return self.life(&id).callback.clone().map(|callback| self.come_back(callback));
        }
        if let Some(choices) = stored.choices() {
            let mut ids: Vec<String> = choices.subaccounts.into_iter().map(|account| account.id).collect();
            ids.extend(choices.may_create.then(|| CREATE_SUBACCOUNT.to_owned()));
            return Some(Click::Choose(ids[self.rng.usize(0..ids.len())].clone()));
        }
        if stored.recovery().is_some() && self.rng.u8(0..3) > 0 {
            return Some(Click::Recover);
        }
        (stored.status() == ConnectionStatus::NeedsUser).then(|| self.reconnect())
    }

    fn come_back(&mut self, callback: String) -> Click {
        match parameter(&callback, "code") {
            code if self.pastes && code != NONE && self.rng.bool() => Click::Pasted(code),
            _ => Click::Callback(callback),
        }
    }

    pub fn reconnect(&mut self) -> Click {
        Click::Reconnect(Box::new(self.consent()), self.draw())
    }

    pub fn consent(&mut self) -> BeginOptions {
        BeginOptions {
            callback_timeout_s: if self.calm { 1800 } else { self.rng.u32(60..1800) },
            on_secret_lost: pick(&mut self.rng, &[LostSecretPolicy::Report, LostSecretPolicy::DeleteAndReport]),
            ..BeginOptions::default()
        }
    }

    /// The rest of what users do: click twice, come back late, give up.
    fn mood(&mut self, stored: &Connection) -> Option<Click> {
        let life = self.life(stored.id());
        let all: Vec<String> = life.old_callbacks.iter().chain(&life.callback).cloned().collect();
        let last = (!all.is_empty()).then(|| all[self.rng.usize(0..all.len())].clone());
        Some(match self.rng.u8(0..14) {
            0..3 => self.come_back(last?),
            3 => Click::Callback(last?.replace("state=", "state=x")),
            4 => Click::Choose(pick(&mut self.rng, &["200001", CREATE_SUBACCOUNT, "999999"]).to_owned()),
            5 => Click::Recover,
            6..8 => self.reconnect(),
            8 => Click::Disconnect(Intent::Disconnect),
            9 => Click::Disconnect(Intent::DisconnectAndDeleteKey),
            10 => Click::Disconnect(Intent::Forget),
            11 => Click::Cancel,
            // The backend's confirmation comes late, or once more.
            12 => Click::HandedOff(Box::new(self.life(stored.id()).sent_off.first()?.clone())),
            _ => {
                self.begin_another();
                return None;
            }
        })
    }

    /// The consent page, and where it sends the browser.
    pub fn visit(&mut self, id: &str, url: &str, action: &str) {
        let life = self.life(id);
        url.clone_into(&mut life.visited);
        life.old_callbacks.extend(life.callback.take());
        self.planted.push(parameter(url, "state"));
        let Page::Redirect(consent) = browser::get(&mut self.sandbox, url, self.now_ms) else { return };
        let Page::Redirect(callback) = browser::answer(&mut self.sandbox, &consent, action, "123456", self.now_ms)
        else {
            return;
        };
        self.planted.push(parameter(&callback, "code"));
        self.life(id).callback = Some(callback);
    }

    /// A web request begins: it loads, and applies what came in.
    pub fn click(&mut self, index: usize, id: &str, click: Click) {
        self.apply_click(index, id, click, 0);
    }

    fn apply_click(&mut self, index: usize, id: &str, click: Click, tries: u8) {
        if self.store.down_until_ms > self.now_ms {
            return;
        }
        let host_ms = self.host_ms(index);
        let Some(stored) = self.stored(id, host_ms) else { return };
        match click.apply(&stored, host_ms) {
            Err(error) => {
                self.print(&error);
                assert!(click.may_meet(&error), "a click was refused: {error} in {stored:?}");
            }
            Ok(next) if next.revision() == stored.revision() => {}
            Ok(next) => {
                // A page that is loaded again, a button that is pressed twice.
                let again = click.apply(&next, host_ms);
                let is_same = match &again {
                    Ok(again) => again.revision() == next.revision(),
                    // What came too late is told so as often as it comes.
                    Err(error) => error.code() == ErrorCode::CallbackTimeout,
                };
                assert!(is_same, "the second of two clicks did something: {again:?} after {next:?}");
                let row = id.to_owned();
                self.hosts[index].doing = Doing::Clicks { row, click, next: Box::new(next), tries };
            }
        }
    }

    /// The web request saves, and where another was faster, does it again a few times.
    pub fn save_click(&mut self, index: usize, id: &str, click: Click, next: &Connection, tries: u8) {
        let trouble = self.trouble();
        match self.save(id, next, None, trouble) {
            Saved::Lost if tries < 4 => self.apply_click(index, id, click, tries + 1),
            // 503: the user tries again, or does not.
            Saved::Unknown if self.rng.bool() => self.apply_click(index, id, click, tries),
            Saved::Won | Saved::Lost | Saved::Unknown => {}
        }
    }

    /// A request of the app's wants to go out.
    pub fn open_session(&mut self) {
        let Some(index) = self.idle() else { return };
        let id = self.any_row();
        self.want_access(index, &id, None, 0);
    }

    pub fn want_access(&mut self, index: usize, id: &str, refused: Option<u64>, times: u8) {
        let host_ms = self.host_ms(index);
        let Some(stored) = self.stored(id, host_ms) else { return };
        let access = stored.access(host_ms).expect("a time");
        self.print(&access);
        let patience_ms = self.rng.u64(0..30_000);
        let holder = format!("request-{index}");
        let driver = ConnectionDriver::for_access(stored, &holder, refused, patience_ms, host_ms).expect("a driver");
        self.begin(index, driver, Task { row: id.to_owned(), session: Some(times), brought: None, looked_ms: 0 });
    }

    /// The request goes out, and what it meets is told.
    pub fn use_access(&mut self, index: usize, connection: &Connection, access: &Access, times: u8) {
        let id = connection.id().to_owned();
        match access {
            Access::Tokens { tokens, generation } => {
                let Some((status, body)) = self.read(tokens) else { return };
                let is_refused = matches!(status, 401 | 403) || body.contains("33004") || body.contains("access token");
                self.note(if is_refused { "tokens were refused" } else { "tokens were used" });
                if is_refused && times < 2 {
                    // What was refused before the calm came, by a pair that is lost or another worker's, counts once.
                    let times = if self.calm { times + 1 } else { 1 };
                    self.want_access(index, &id, Some(*generation), times);
                }
                assert!(!(is_refused && self.calm && times > 1), "what access gives is refused and refused again");
            }
            // No number without the store.
            Access::Key { .. } if self.store.down_until_ms > self.now_ms => {}
            Access::Key { .. } => {
                let signer = connection.signer().expect("sound").expect("a key");
                let nonce_ms = self.nonce(connection);
                let request = signer.probe(nonce_ms).expect("a request");
                let Reply::Response { status, body, .. } = self.sandbox.handle(&as_sent(&request), self.now_ms).reply
                else {
                    return;
                };
                self.note("a key was used");
                if let Err(error) = signer.receive_probe(&HttpResponse::new(status, body)) {
                    self.click(index, &id, Click::KeyRefused(error));
                }
            }
            Access::Later { .. } | Access::NeedsUser { .. } => panic!("this is no access: {access:?}"),
        }
    }

    /// A GET with the access token, where it is answered.
    fn read(&mut self, tokens: &Tokens) -> Option<(u16, String)> {
        let bearer = format!("Bearer {}", tokens.access_token().expose());
        let headers = vec![("authorization".to_owned(), bearer), ("user-agent".to_owned(), "a partner".to_owned())];
        let request = Request { method: "GET".into(), target: self.case.read.into(), headers, ..Request::default() };
        match self.sandbox.handle(&request, self.now_ms).reply {
            Reply::Response { status, body, .. } => Some((status, String::from_utf8_lossy(&body).into_owned())),
            _ => None,
        }
    }

    /// The same user begins another connection, or the app finds the key in its old tables too.
    fn begin_another(&mut self) {
        if self.rows.len() >= 3 {
            return;
        }
        let (options, consent) = (ConnectOptions::new("user-1", "client-1"), self.consent());
        let (entropy, now_ms) = (self.draw(), self.now_ms);
        let first = self.any_row();
        let held = self.stored(&first, now_ms).and_then(|row| row.access(now_ms).ok());
        let begun = match held {
            Some(Access::Key { key }) if self.rng.bool() => {
                let (api_key, api_secret) = (key.api_key().clone(), key.api_secret().clone());
                let (external_id, uid) = (key.external_id().cloned(), key.uid().map(str::to_owned));
                let key = ImportedKey { api_key, api_secret, external_id, uid, passphrase: None, site: None };
                self.client.import_key(key, options, &entropy, now_ms).expect("a sound key")
            }
            _ => self.client.begin_connection(self.case.goal, options, consent, &entropy, now_ms).expect("supported"),
        };
        self.add(&begun);
    }

    pub fn add(&mut self, begun: &Connection) {
        let now_ms = self.now_ms;
        self.life(begun.id()).since_ms = now_ms;
        assert_eq!(self.save(begun.id(), begun, None, Trouble::None), Saved::Won);
    }
}
