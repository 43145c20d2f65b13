//! The consent screen's course: opened by authorize, answered by a form post or at once by a knob.

use super::pages;
use super::readings::Decision;
use super::screen::{self, Asking, Screen};
use crate::base::http::{Call, Response, encode_pairs};
use crate::exchange::consent::{self, Consent};
use crate::exchange::context::Context;
use std::collections::VecDeque;

/// What the user made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Approves, with these permissions ticked.
    Approve(Vec<String>),
    /// Declines.
    Decline,
    /// Closes the window.
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

/// An exchange's part in the course.
pub trait Consents {
    /// The exchange's switches.
    type Knobs;

    /// Where its requests wait.
    fn desk(&mut self) -> &mut Desk;

    /// What the demo user does when asked.
    fn decision(&self, context: &Context<'_, Self::Knobs>) -> Decision;

    /// Why this user can't be asked at all: a heading and a sentence.
    fn gate(&self, asking: &Asking, context: &Context<'_, Self::Knobs>) -> Option<(&'static str, &'static str)>;

    /// What the page says.
    fn screen(&self, asking: &Asking, context: &Context<'_, Self::Knobs>) -> Screen;

    /// Does what the user chose and leads the browser on.
    fn conclude(&mut self, asking: &Asking, choice: Choice, context: &mut Context<'_, Self::Knobs>) -> Response;

    /// Sends the browser to the page, or answers for the user.
    fn begin(&mut self, asking: Asking, context: &mut Context<'_, Self::Knobs>) -> Response {
        if let Some(consenting) = context.consent.as_mut() {
            consenting.is_asked = true;
            let consent = consenting.consent.clone();
            return self.answer(&asking, &consent, context);
        }
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
            return pages::blocked(context, &asking, &screen, heading, text);
        }
        self.conclude(&asking, choice, context)
    }

    /// Answers with what the user is known to do.
    fn answer(&mut self, asking: &Asking, consent: &Consent, context: &mut Context<'_, Self::Knobs>) -> Response {
        let mut screen = self.screen(asking, context);
        if let Some((heading, text)) = self.gate(asking, context) {
            context.refuse_consent(format!("{heading}. {text}"));
            return pages::blocked(context, asking, &screen, heading, text);
        }
        let choice = match consent.decision {
            consent::Decision::Decline => Choice::Decline,
            consent::Decision::Close => Choice::Close,
            consent::Decision::Approve => {
                let mistakes = screen::mistakes(&screen.filled_in(consent), &mut screen);
                if !mistakes.is_empty() {
                    let texts: Vec<&str> = mistakes.iter().map(|mistake| mistake.text).collect();
                    context.refuse_consent(texts.join(" "));
                    return pages::consent(422, context, "", asking, &screen, &mistakes);
                }
                let ticked = screen.groups.iter().filter(|group| group.ticked);
                Choice::Approve(ticked.map(|group| group.id.to_owned()).collect())
            }
        };
        self.conclude(asking, choice, context)
    }

    /// GET shows the page, POST answers it. The same POST again gets the same reply: of two clicks,
    /// browsers follow the second.
    fn consent(&mut self, call: &Call<'_>, context: &mut Context<'_, Self::Knobs>) -> Response {
        let fields = match call.method() {
            "GET" => call.query_pairs(),
            "POST" if call.has_form_body() => call.form_pairs(),
            _ => return pages::not_understood(405, context, "This page is read or answered by form."),
        };
        let field = |name: &str| fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str());
        let (session, action, user) = (field("session"), field("action"), field("user"));
        if !user.is_empty() {
            match context.users.iter().find(|known| known.uid.to_string() == user) {
                Some(known) => context.user = Some(known.uid),
                None => return pages::not_understood(400, context, "There is no such user."),
            }
        }
        if let Some(conclusion) = self.desk().conclusion(session) {
            return if call.method() == "POST" && conclusion.action == action {
                conclusion.response.clone()
            } else {
                pages::not_open(context, "It was answered already. You can close this window.")
            };
        }
        let Some(asking) = self.desk().asking(session).cloned() else {
            let text = "It was answered already, or it never was. To try again, start at the partner.";
            return pages::not_open(context, text);
        };
        let mut screen = self.screen(&asking, context);
        // The request stays open: who fixes the account's state may reload.
        if let Some((heading, text)) = self.gate(&asking, context) {
            return pages::blocked(context, &asking, &screen, heading, text);
        }
        if call.method() == "GET" {
            return pages::consent(200, context, session, &asking, &screen, &[]);
        }
        let choice = match action {
            "decline" => Choice::Decline,
            "close" => Choice::Close,
            "approve" => {
                let mistakes = screen::mistakes(&fields, &mut screen);
                if !mistakes.is_empty() {
                    return pages::consent(422, context, session, &asking, &screen, &mistakes);
                }
                let ticked = screen.groups.iter().filter(|group| group.ticked);
                Choice::Approve(ticked.map(|group| group.id.to_owned()).collect())
            }
            _ => {
                let text = "The field action must be approve, decline or close.";
                return pages::not_understood(400, context, text);
            }
        };
        let response = self.conclude(&asking, choice, context);
        self.desk().close(session, action, &response);
        response
    }
}

impl Desk {
    /// How many wait.
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
