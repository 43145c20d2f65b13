//! The user at the exchange's consent page, by its plain form.

use venuekey_sandbox::{Reply, Request, Sandbox};

/// What stands before every path in this world; the sandbox sees what follows.
pub const BASE: &str = "http://127.0.0.1:1";

/// A GET of a page.
pub fn get(sandbox: &mut Sandbox, url: &str, now_ms: u64) -> Page {
    let request = Request { method: "GET".into(), target: target(url), ..Request::default() };
    Page::of(sandbox.handle(&request, now_ms).reply)
}

/// A POST of the consent form.
pub fn answer(sandbox: &mut Sandbox, consent_url: &str, action: &str, otp: &str, now_ms: u64) -> Page {
    let (path, query) = consent_url.split_once('?').unwrap_or((consent_url, ""));
    // A broker's page wants its one permission ticked; on the others a user may leave everything as it is.
    let offers = matches!(get(sandbox, consent_url, now_ms), Page::Shown(body) if body.contains("value=\"openapi\""));
    let ticks = if offers { "&permissions=openapi" } else { "" };
    let body = format!("{query}&action={action}&otp={otp}{ticks}");
    let headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let request = Request { method: "POST".into(), target: target(path), headers, body: body.into_bytes() };
    Page::of(sandbox.handle(&request, now_ms).reply)
}

/// A page shown, or where the browser was sent on to.
pub enum Page {
    Shown(String),
    Redirect(String),
}

impl Page {
    fn of(reply: Reply) -> Page {
        let Reply::Response { headers, body, .. } = reply else { return Page::Shown(String::new()) };
        match headers.into_iter().find(|(name, _)| name == "location") {
            Some((_, location)) => Page::Redirect(location),
            None => Page::Shown(String::from_utf8_lossy(&body).into_owned()),
        }
    }
}

/// Path and query below the sandbox.
pub fn target(url: &str) -> String {
    url.strip_prefix(BASE).unwrap_or(url).to_owned()
}

pub const NONE: &str = "no such parameter";

/// A query parameter of a URL, as it stands there.
pub fn parameter(url: &str, name: &str) -> String {
    let found = url.split(['?', '&', '#']).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or(NONE).to_owned()
}
