//! The AI agent: Bybit's one public client, with PKCE and without a secret (section 2).

use super::host::{CODE_PAGE, Host};
use super::knobs::Context;
use crate::base::http::{Call, Response};
use crate::exchange::record::Finding;
use crate::parts::consent::Consents;
use crate::parts::pages;
use crate::parts::screen::Asking;
use crate::parts::strict::Fields;

/// Its fixed id.
pub const CLIENT_ID: &str = "ai-agent";
/// Its one scope.
pub const SCOPE: &str = "ai-account";

/// Whether these fields are the agent's.
pub fn sends(pairs: &[(String, String)]) -> bool {
    pairs.iter().any(|(name, value)| name == "client_id" && value == CLIENT_ID)
}

/// Who asks, and where the answer goes: to a port of the user's own machine, or to a page that shows
/// the code. That an unknown address becomes the first one (B2) is said of brokers, whose addresses
/// they register; of this client nothing is known, and it is refused.
pub fn asking(fields: &Fields, host: &Host) -> Result<Asking, Option<Finding>> {
    let uri = fields.get("redirect_uri").ok_or(None)?;
    let shows_code = uri == format!("https://{}{CODE_PAGE}", host.authorize_host());
    let loopback = (9876..=9886).any(|port| uri == format!("http://127.0.0.1:{port}/callback"));
    if !shows_code && !loopback {
        let text = "redirect_uri must be http://127.0.0.1:<9876..9886>/callback, or this host's /oauth/callback.";
        return Err(Some(Finding::new("redirect_uri", "redirect_uri", text)));
    }
    Ok(Asking {
        client_id: CLIENT_ID.into(),
        // What Bybit's page calls it is not documented.
        client_name: "AI agent".into(),
        redirect_uri: uri.to_owned(),
        shows_code,
        ..Asking::default()
    })
}

impl Host {
    /// Bybit's page at the end of the headless flow (3.3): the code, for the user to paste. It shows
    /// no value that this host has not issued.
    pub(super) fn code_page(&self, call: &Call<'_>, context: &Context<'_>) -> Response {
        let asking = Asking { client_id: CLIENT_ID.into(), ..Asking::default() };
        let screen = self.screen(&asking, context);
        if call.method() != "GET" {
            return pages::not_understood(405, context, "This page is only read.");
        }
        let pairs = call.query_pairs();
        let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
        let code = value("code").filter(|code| self.codes.look_up(code, CLIENT_ID, context.now_ms).is_some());
        match (code, value("code")) {
            (Some(code), _) => pages::code(context, &screen, code),
            (None, Some(_)) => {
                let text = "It was used already, or too much time has passed. Start again at your program.";
                pages::message(404, context, &screen, "This code does not work", text)
            }
            (None, None) => {
                let text = "There is no code. Nothing was shared. You can close this window.";
                pages::message(200, context, &screen, "Cancelled", text)
            }
        }
    }
}
