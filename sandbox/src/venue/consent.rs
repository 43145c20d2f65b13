//! The consent screen's course: opened by authorize, answered by a form post or at once by a knob.

use super::Context;
use crate::http::{Call, Response, encode_pairs};
use crate::knobs::Decision;
use crate::pages::{self, Mistake};
use std::collections::BTreeMap;

/// An authorize request that passed its checks.
#[derive(Clone, Debug)]
pub struct Asking {
    pub client_id: String,
    pub client_name: String,
    pub redirect_uri: String,
    pub state: Option<String>,
    pub challenge: Option<String>,
}

/// What the user made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    Approve(Vec<String>),
    Decline,
    Close,
}

/// The requests that wait for an answer, by session.
#[derive(Clone, Debug, Default)]
pub struct Desk(BTreeMap<String, Asking>);

/// A permission the user may tick.
pub struct Group {
    pub id: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub ticked: bool,
    /// Ticking it adds a warning and asks for a second tick (whitebit.md 3.1).
    pub withdrawal: bool,
}

/// What a venue's consent page says.
pub struct Screen {
    pub exchange: &'static str,
    pub host: String,
    pub style: &'static str,
    pub uid: u64,
    pub otp: String,
    pub purpose: &'static str,
    /// What the partner will be able to do, one sentence each.
    pub grants: Vec<(String, &'static str)>,
    pub groups: Vec<Group>,
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
                self.desk().0.insert(session, asking);
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
            return pages::message(200, context.prefix, &screen, heading, text);
        }
        self.conclude(&asking, choice, context)
    }

    /// GET shows the page, POST answers it.
    fn consent(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        let fields = match call.method() {
            "GET" => call.query_pairs(),
            "POST" if call.has_form_body() => call.form_pairs(),
            _ => return pages::plain(405, context.prefix, "This page is read or answered by form."),
        };
        let field = |name: &str| fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str());
        let session = field("session");
        let Some(asking) = self.desk().0.get(session).cloned() else {
            return pages::plain(
                404,
                context.prefix,
                "This request is not open. It was answered already, or it never was.",
            );
        };
        let mut screen = self.screen(&asking, context);
        // The request stays open: who fixes the account's state may reload.
        if let Some((heading, text)) = self.gate(&asking, context) {
            return pages::message(200, context.prefix, &screen, heading, text);
        }
        if call.method() == "GET" {
            return pages::consent(200, context.prefix, session, &asking, &screen, &[]);
        }
        let choice = match field("action") {
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
                return pages::plain(400, context.prefix, "The field action must be approve, decline or close.");
            }
        };
        self.desk().0.remove(session);
        self.conclude(&asking, choice, context)
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
    let mut mistakes = Vec::new();
    if ticks.iter().any(|tick| !screen.groups.iter().any(|group| group.id == *tick)) {
        mistakes.push(Mistake::Permissions("A permission that is not offered here was sent."));
    } else if screen.wants_a_tick && ticks.is_empty() {
        mistakes.push(Mistake::Permissions("Tick a permission, or decline."));
    }
    let withdrawal = screen.groups.iter().any(|g| g.withdrawal && g.ticked);
    if withdrawal && sent("confirm_withdrawal").is_empty() {
        mistakes
            .push(Mistake::Withdrawal("Confirm that the partner may withdraw your funds, or untick the permission."));
    }
    let otp = sent("otp").first().map_or("", |text| text.trim());
    if otp.is_empty() {
        mistakes.push(Mistake::Otp("Enter your two-factor code."));
    } else if otp != screen.otp {
        mistakes.push(Mistake::Otp("This two-factor code is wrong. Try again."));
    }
    mistakes
}

impl Desk {
    pub fn open(&self) -> usize {
        self.0.len()
    }
}
