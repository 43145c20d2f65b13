//! The consent screen's course: opened by authorize, answered by a form post or at once by a knob.

use super::Context;
use crate::http::{Call, Response, encode_pairs};
use crate::knobs::Decision;
use crate::pages::{self, Mistake, Part};
use std::collections::VecDeque;

/// An authorize request that passed its checks.
#[derive(Clone, Debug, Default)]
pub struct Asking {
    pub client_id: String,
    pub client_name: String,
    pub redirect_uri: String,
    pub state: Option<String>,
    pub challenge: Option<String>,
    /// Scopes that the request names; WhiteBIT's names none (facts/whitebit.md, 3).
    pub scopes: Vec<String>,
    /// Whether it asks for a token instead of a code (facts/bybit.md, 3.2).
    pub wants_token: bool,
    /// Whether the code is shown on the venue's own page, to be copied (facts/bybit.md, 3.3).
    pub shows_code: bool,
}

/// What the user made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    Approve(Vec<String>),
    Decline,
    Close,
}

/// The requests that wait for an answer, and the last ones that have theirs.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    open: VecDeque<(String, Asking)>,
    concluded: VecDeque<Conclusion>,
}

#[derive(Clone, Debug)]
struct Conclusion {
    session: String,
    action: String,
    response: Response,
}

/// So many requests wait at most, the oldest forgotten first: nobody tells when a window was closed.
const OPEN: usize = 10_000;
/// So many conclusions are kept, oldest dropped first.
const CONCLUSIONS: usize = 64;

/// A permission the user may tick.
pub struct Group {
    pub id: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub ticked: bool,
    /// Ticking it adds a warning and asks for a second tick (facts/whitebit.md, 3.1).
    pub withdrawal: bool,
}

/// What a venue's consent page says.
pub struct Screen {
    pub exchange: &'static str,
    pub host: String,
    pub style: &'static str,
    pub uid: u64,
    /// The two-factor code to ask for; a user without two-factor authentication has none.
    pub otp: Option<String>,
    pub purpose: &'static str,
    /// What the partner will be able to do, one sentence each.
    pub grants: Vec<(String, &'static str)>,
    /// What the groups are called together.
    pub legend: &'static str,
    pub groups: Vec<Group>,
    /// Whether the second tick that withdrawal asks for is there.
    pub withdrawal_confirmed: bool,
    /// Whether approving nothing is a mistake.
    pub wants_a_tick: bool,
}

/// A venue's part in the course.
pub(crate) trait Consents {
    fn desk(&mut self) -> &mut Desk;
    fn decision(&self, context: &Context<'_>) -> Decision;
    /// Why this user can't be asked at all: a heading and a sentence.
    fn gate(&self, asking: &Asking, context: &Context<'_>) -> Option<(&'static str, &'static str)>;
    fn screen(&self, asking: &Asking, context: &Context<'_>) -> Screen;
    fn conclude(&mut self, asking: &Asking, choice: Choice, context: &mut Context<'_>) -> Response;

    /// Sends the browser to the page, or answers for the user.
    fn begin(&mut self, asking: Asking, context: &mut Context<'_>) -> Response {
        let choice = match self.decision(context) {
            Decision::Ask => {
                let session = context.mint.alphanumeric("session", 32);
                let query = encode_pairs([("session", session.as_str())]);
                self.desk().open(session, asking);
                return Response::redirect(302, &format!("{}/consent?{query}", context.prefix));
            }
            Decision::Approve => Choice::Approve(
                self.screen(&asking, context)
                    .groups
                    .iter()
                    .filter(|group| !group.withdrawal)
                    .map(|group| group.id.to_owned())
                    .collect(),
            ),
            Decision::Decline => Choice::Decline,
            Decision::Close => Choice::Close,
        };
        if let Some((heading, text)) = self.gate(&asking, context) {
            let screen = self.screen(&asking, context);
            return pages::blocked(context.prefix, &asking, &screen, heading, text);
        }
        self.conclude(&asking, choice, context)
    }

    /// GET shows the page, POST answers it. The same POST again gets the same reply: of two clicks,
    /// browsers follow the second.
    fn consent(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        let fields = match call.method() {
            "GET" => call.query_pairs(),
            "POST" if call.has_form_body() => call.form_pairs(),
            _ => return pages::not_understood(405, context.prefix, "This page is read or answered by form."),
        };
        let field = |name: &str| fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str());
        let (session, action) = (field("session"), field("action"));
        if let Some(conclusion) = self.desk().conclusion(session) {
            return if call.method() == "POST" && conclusion.action == action {
                conclusion.response.clone()
            } else {
                pages::not_open(context.prefix, "It was answered already. You can close this window.")
            };
        }
        let Some(asking) = self.desk().asking(session).cloned() else {
            let text = "It was answered already, or it never was. To try again, start at the partner.";
            return pages::not_open(context.prefix, text);
        };
        let mut screen = self.screen(&asking, context);
        // The request stays open: who fixes the account's state may reload.
        if let Some((heading, text)) = self.gate(&asking, context) {
            return pages::blocked(context.prefix, &asking, &screen, heading, text);
        }
        if call.method() == "GET" {
            return pages::consent(200, context.prefix, session, &asking, &screen, &[]);
        }
        let choice = match action {
            "decline" => Choice::Decline,
            "close" => Choice::Close,
            "approve" => {
                let mistakes = self::mistakes(&fields, &mut screen);
                if !mistakes.is_empty() {
                    return pages::consent(422, context.prefix, session, &asking, &screen, &mistakes);
                }
                let ticked = screen.groups.iter().filter(|group| group.ticked);
                Choice::Approve(ticked.map(|group| group.id.to_owned()).collect())
            }
            _ => {
                let text = "The field action must be approve, decline or close.";
                return pages::not_understood(400, context.prefix, text);
            }
        };
        let response = self.conclude(&asking, choice, context);
        self.desk().close(session, action, &response);
        response
    }
}

/// Carries the ticks over to the screen and says what keeps the form from being accepted.
fn mistakes(fields: &[(String, String)], screen: &mut Screen) -> Vec<Mistake> {
    let sent =
        |name: &str| fields.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>();
    let ticks = sent("permissions");
    for group in &mut screen.groups {
        group.ticked = ticks.contains(&group.id);
    }
    let withdrawal = screen.groups.iter().any(|g| g.withdrawal && g.ticked);
    // Without its permission it says nothing, and must not be there when that is ticked later.
    screen.withdrawal_confirmed = withdrawal && !sent("confirm_withdrawal").is_empty();
    let mut mistakes = Vec::new();
    let mut wrong = |part, text| mistakes.push(Mistake { part, text });
    if ticks.iter().any(|tick| !screen.groups.iter().any(|group| group.id == *tick)) {
        wrong(Part::Permissions, "A permission that is not offered here was sent.");
    } else if screen.wants_a_tick && ticks.is_empty() {
        wrong(Part::Permissions, "Tick a permission, or decline.");
    }
    if withdrawal && !screen.withdrawal_confirmed {
        wrong(Part::Withdrawal, "Confirm that the partner may withdraw your funds, or untick the permission.");
    }
    if let Some(expected) = &screen.otp {
        let otp = sent("otp").first().map_or("", |text| text.trim());
        if otp.is_empty() {
            wrong(Part::Otp, "Enter your two-factor code.");
        } else if otp != expected {
            wrong(Part::Otp, "This two-factor code is wrong. Try again.");
        }
    }
    mistakes
}

impl Desk {
    pub fn count(&self) -> usize {
        self.open.len()
    }

    fn open(&mut self, session: String, asking: Asking) {
        if self.open.len() == OPEN {
            self.open.pop_front();
        }
        self.open.push_back((session, asking));
    }

    fn asking(&self, session: &str) -> Option<&Asking> {
        self.open.iter().rev().find(|(of, _)| of == session).map(|(_, asking)| asking)
    }

    fn conclusion(&self, session: &str) -> Option<&Conclusion> {
        self.concluded.iter().find(|conclusion| conclusion.session == session)
    }

    fn close(&mut self, session: &str, action: &str, response: &Response) {
        self.open.retain(|(of, _)| of != session);
        if self.concluded.len() == CONCLUSIONS {
            self.concluded.pop_front();
        }
        self.concluded.push_back(Conclusion {
            session: session.to_owned(),
            action: action.to_owned(),
            response: response.clone(),
        });
    }
}
