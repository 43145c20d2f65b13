//! What a consent page asks and says, and what can be wrong with its form.

use crate::exchange::consent::Consent;

/// An authorize request that passed its checks.
#[derive(Clone, Debug, Default)]
pub struct Asking {
    /// Who asks.
    pub client_id: String,
    /// Its name on the page.
    pub client_name: String,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// Goes back with the answer.
    pub state: Option<String>,
    /// The PKCE challenge.
    pub challenge: Option<String>,
    /// Scopes that the request names; none where the registration fixes them.
    pub scopes: Vec<String>,
    /// Whether it asks for a token instead of a code.
    pub wants_token: bool,
    /// Whether the code is shown on the exchange's own page, to be copied.
    pub shows_code: bool,
}

/// A permission the user may tick.
#[derive(Clone, Debug)]
pub struct Group {
    /// The form's value.
    pub id: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// What it means.
    pub hint: &'static str,
    /// Whether it is ticked.
    pub ticked: bool,
    /// Ticking it adds a warning and asks for a second tick.
    pub withdrawal: bool,
}

/// What an exchange's consent page says.
#[derive(Clone, Debug)]
pub struct Screen {
    /// The exchange, as people write it.
    pub exchange: &'static str,
    /// The host that the page stands for.
    pub host: String,
    /// The exchange's name, which its look goes by.
    pub style: &'static str,
    /// The user's name.
    pub user: String,
    /// The user's id.
    pub uid: u64,
    /// The two-factor code to ask for; a user without two-factor authentication has none.
    pub otp: Option<String>,
    /// What the partner wants, as a predicate: "wants to ...".
    pub purpose: &'static str,
    /// What the partner will be able to do, one sentence each.
    pub grants: Vec<(String, &'static str)>,
    /// What the groups are called together.
    pub legend: &'static str,
    /// What the user may tick.
    pub groups: Vec<Group>,
    /// Whether the second tick that withdrawal asks for is there.
    pub withdrawal_confirmed: bool,
    /// Whether approving nothing is a mistake.
    pub wants_a_tick: bool,
}

impl Screen {
    /// The form as a user fills it in whose answer is known: what is left out is as the page has it.
    pub(crate) fn filled_in(&self, consent: &Consent) -> Vec<(String, String)> {
        let ticked: Vec<String> = match &consent.permissions {
            Some(permissions) => permissions.clone(),
            None => self.groups.iter().filter(|group| group.ticked).map(|group| group.id.to_owned()).collect(),
        };
        let otp = consent.otp.clone().or_else(|| self.otp.clone()).unwrap_or_default();
        let mut fields: Vec<(String, String)> = ticked.into_iter().map(|id| ("permissions".into(), id)).collect();
        fields.push(("confirm_withdrawal".into(), "yes".into()));
        fields.push(("otp".into(), otp));
        fields
    }
}

/// A part of the consent form that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Permissions,
    Withdrawal,
    Otp,
}

/// What keeps a consent form from being accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mistake {
    pub part: Part,
    pub text: &'static str,
}

impl Mistake {
    /// The id of the control to mend it at; a page without permissions has none for these.
    pub fn control(self, screen: &Screen) -> Option<String> {
        match self.part {
            Part::Permissions => screen.groups.first().map(|group| format!("permission-{}", group.id)),
            Part::Withdrawal => Some("confirm_withdrawal".into()),
            Part::Otp => Some("otp".into()),
        }
    }
}

/// Carries the ticks over to the screen and says what keeps the form from being accepted.
pub(crate) fn mistakes(fields: &[(String, String)], screen: &mut Screen) -> Vec<Mistake> {
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
