//! The HTML: templates under `pages/`, filled with escaped values. No script anywhere.

use super::screen::{Asking, Mistake, Part, Screen};
use crate::base::http::{Response, encode_pairs};
use crate::base::template::fill;
use crate::exchange::context::Context;
use crate::exchange::profile::Profile;
use crate::exchange::record::Finding;

const LAYOUT: &str = include_str!("../../pages/layout.html");
const CONSENT: &str = include_str!("../../pages/consent.html");
const PERMISSIONS: &str = include_str!("../../pages/permissions.html");
const OPTION: &str = include_str!("../../pages/option.html");
const WITHDRAWAL: &str = include_str!("../../pages/withdrawal.html");
const MESSAGE: &str = include_str!("../../pages/message.html");
const BLOCKED: &str = include_str!("../../pages/blocked.html");
const REFUSAL: &str = include_str!("../../pages/refusal.html");
const OTP: &str = include_str!("../../pages/otp.html");
const CODE: &str = include_str!("../../pages/code.html");
const FIREWALL: &str = include_str!("../../pages/firewall.html");
const STYLE: &str = include_str!("../../pages/consent.css");

/// How a control says that it is wrong; empty when it is not.
#[derive(Default)]
struct Mark {
    error: String,
    described: String,
    invalid: &'static str,
}

impl Mark {
    /// Mistakes come in the order of the page: the first one takes the focus.
    fn of(part: Part, mistakes: &[Mistake]) -> Mark {
        let Some(place) = mistakes.iter().position(|mistake| mistake.part == part) else {
            return Mark::default();
        };
        let id = match part {
            Part::Permissions => "permissions-error",
            Part::Withdrawal => "withdrawal-error",
            Part::Otp => "otp-error",
        };
        let values = [("id", id), ("text", mistakes[place].text)];
        Mark {
            error: fill("<p class=\"error\" id=\"{{id}}\">{{text}}</p>\n", &values),
            described: format!(" {id}"),
            invalid: if place == 0 { " aria-invalid=\"true\" autofocus" } else { " aria-invalid=\"true\"" },
        }
    }
}

/// The consent page with its form.
pub(crate) fn consent<K>(
    status: u16,
    context: &Context<'_, K>,
    session: &str,
    asking: &Asking,
    screen: &Screen,
    mistakes: &[Mistake],
) -> Response {
    let grants: String = screen
        .grants
        .iter()
        .map(|(scope, text)| {
            let values = [("scope", scope.as_str()), ("text", text)];
            fill("<li>{{text}} <code>{{scope}}</code></li>\n", &values)
        })
        .collect();
    let body = fill(
        CONSENT,
        &[
            ("exchange", screen.exchange),
            ("host", &screen.host),
            ("partner", &asking.client_name),
            ("purpose", screen.purpose),
            ("name", &screen.user),
            ("uid", &screen.uid.to_string()),
            ("user", &context.user.map(|uid| uid.to_string()).unwrap_or_default()),
            ("others", &others(context, session)),
            ("summary", &summary(screen, mistakes)),
            ("prefix", context.prefix),
            ("session", session),
            ("grants", &grants),
            ("permissions", &fieldset(screen, mistakes)),
            ("otp", &otp(screen, mistakes)),
            ("after", &after(asking)),
        ],
    );
    let failed = if mistakes.is_empty() { "" } else { "Error: " };
    let title = format!("{failed}{} {}", asking.client_name, screen.purpose);
    // Browsers hold a form's redirect to form-action as well, so the partner's origin is named.
    let target = if asking.shows_code { String::new() } else { form_target(&asking.redirect_uri) };
    page(status, context.prefix, screen.style, &title, &body, &target)
}

/// Links to the same question, put to the exchange's other users.
fn others<K>(context: &Context<'_, K>, session: &str) -> String {
    if context.users.is_empty() {
        return String::new();
    }
    let link = |uid: Option<u64>, name: &str| {
        let uid = uid.map(|uid| uid.to_string()).unwrap_or_default();
        let query =
            encode_pairs([("session", session), ("user", &uid)].into_iter().filter(|(_, value)| !value.is_empty()));
        let values = [("prefix", context.prefix), ("query", &query), ("name", name)];
        fill("<li><a href=\"{{prefix}}/consent?{{query}}\">{{name}}</a></li>\n", &values)
    };
    let demo = context.user.map(|_| link(None, "Demo user"));
    let registered = context.users.iter().filter(|user| Some(user.uid) != context.user);
    let registered = registered.map(|user| link(Some(user.uid), &format!("{}, id {}", user.name, user.uid)));
    let links: String = demo.into_iter().chain(registered).collect();
    format!("<details class=\"others\">\n<summary>Switch user</summary>\n<ul>\n{links}</ul>\n</details>\n")
}

fn otp(screen: &Screen, mistakes: &[Mistake]) -> String {
    let Some(otp) = &screen.otp else {
        return String::new();
    };
    let mark = Mark::of(Part::Otp, mistakes);
    let values =
        [("otp", otp.as_str()), ("error", &mark.error), ("described", &mark.described), ("invalid", mark.invalid)];
    fill(OTP, &values)
}

/// What an approval leads to.
fn after(asking: &Asking) -> String {
    if asking.shows_code {
        return "<p class=\"hint\">If you approve, the next page shows a code for you to copy.</p>".into();
    }
    let text = "<p class=\"hint\">If you approve, you go back to <strong>{{origin}}</strong>.</p>";
    fill(text, &[("origin", &origin(&asking.redirect_uri))])
}

fn fieldset(screen: &Screen, mistakes: &[Mistake]) -> String {
    if screen.groups.is_empty() {
        return String::new();
    }
    let mut permissions = Mark::of(Part::Permissions, mistakes);
    let error = std::mem::take(&mut permissions.error);
    let checked = |ticked: bool| if ticked { " checked" } else { "" };
    let mut options = String::new();
    for group in &screen.groups {
        // The first box stands for all of them, so what follows is unmarked.
        let mark = std::mem::take(&mut permissions);
        options += &fill(
            OPTION,
            &[
                ("id", group.id),
                ("label", group.label),
                ("hint", group.hint),
                ("described", &mark.described),
                ("invalid", mark.invalid),
                ("checked", checked(group.ticked)),
            ],
        );
        if group.withdrawal {
            let mark = Mark::of(Part::Withdrawal, mistakes);
            options += &fill(
                WITHDRAWAL,
                &[
                    ("error", mark.error.as_str()),
                    ("described", &mark.described),
                    ("invalid", mark.invalid),
                    ("checked", checked(screen.withdrawal_confirmed)),
                ],
            );
        }
    }
    fill(PERMISSIONS, &[("legend", screen.legend), ("error", &error), ("options", &options)])
}

fn summary(screen: &Screen, mistakes: &[Mistake]) -> String {
    if mistakes.is_empty() {
        return String::new();
    }
    let items: String = mistakes
        .iter()
        .map(|mistake| match mistake.control(screen) {
            Some(id) => fill("<li><a href=\"#{{id}}\">{{text}}</a></li>", &[("id", &id), ("text", mistake.text)]),
            None => fill("<li>{{text}}</li>", &[("text", mistake.text)]),
        })
        .collect();
    format!("<div class=\"summary\" role=\"alert\"><h2>Not accepted yet</h2><ul>{items}</ul></div>")
}

/// A final page of an exchange: no form, no redirect.
pub fn message<K>(status: u16, context: &Context<'_, K>, screen: &Screen, heading: &str, text: &str) -> Response {
    let body =
        fill(MESSAGE, &[("exchange", screen.exchange), ("host", &screen.host), ("heading", heading), ("text", text)]);
    page(status, context.prefix, screen.style, heading, &body, "")
}

/// A code for the user to copy into a program that no browser can reach.
pub fn code<K>(context: &Context<'_, K>, screen: &Screen, code: &str) -> Response {
    let body = fill(CODE, &[("exchange", screen.exchange), ("host", &screen.host), ("code", code)]);
    page(200, context.prefix, screen.style, "Copy this code", &body, "")
}

/// Why this user cannot be asked. The request stays open, and the partner hears nothing of it.
pub(crate) fn blocked<K>(
    context: &Context<'_, K>,
    asking: &Asking,
    screen: &Screen,
    heading: &str,
    text: &str,
) -> Response {
    let body = fill(
        BLOCKED,
        &[
            ("exchange", screen.exchange),
            ("host", &screen.host),
            ("heading", heading),
            ("partner", &asking.client_name),
            ("purpose", screen.purpose),
            ("text", text),
        ],
    );
    page(200, context.prefix, screen.style, heading, &body, "")
}

/// A call at the consent page that belongs to no open request.
pub(crate) fn not_open<K>(context: &Context<'_, K>, text: &str) -> Response {
    plain(404, context, "This request is no longer open", text)
}

/// A call at the consent page that its form never makes.
pub fn not_understood<K>(status: u16, context: &Context<'_, K>, text: &str) -> Response {
    plain(status, context, UNDOCUMENTED, text)
}

fn plain<K>(status: u16, context: &Context<'_, K>, heading: &str, text: &str) -> Response {
    let body = fill("<h1>{{heading}}</h1>\n<p>{{text}}</p>", &[("heading", heading), ("text", text)]);
    page(status, context.prefix, context.venue, heading, &body, "")
}

const UNDOCUMENTED: &str = "This request is not as documented";

/// An authorize request that is not as documented.
pub fn refusal<K>(context: &Context<'_, K>, findings: &[Finding]) -> Response {
    let items: String = findings
        .iter()
        .map(|finding| {
            let values = [("field", finding.field.as_str()), ("detail", &finding.detail)];
            fill("<li><code>{{field}}</code>: {{detail}}</li>\n", &values)
        })
        .collect();
    let body = fill(REFUSAL, &[("heading", UNDOCUMENTED), ("findings", &items)]);
    page(400, context.prefix, context.venue, UNDOCUMENTED, &body, "")
}

/// HTML where JSON is expected, as a web application firewall answers.
pub fn firewall(detail: &str) -> Response {
    let body = fill(FIREWALL, &[("detail", detail)]);
    Response::typed(403, "text/html; charset=utf-8", body.into_bytes())
}

/// The style sheet of every exchange's pages.
pub(crate) fn style(profiles: &[Profile]) -> Response {
    let (mut light, mut dark) = (String::new(), String::new());
    for Profile { name, accent, .. } in profiles {
        let Some(accent) = accent else { continue };
        let rule = |(accent, on_accent): (&str, &str), indent: &str| {
            format!(
                "\n{indent}body.{name} {{\n{indent}  --accent: {accent};\n{indent}  --on-accent: {on_accent};\n{indent}}}"
            )
        };
        light += &format!("{}\n", rule(accent.light, ""));
        dark += &rule(accent.dark, "  ");
    }
    let style = fill(STYLE, &[("accents", &light), ("dark_accents", &dark)]);
    Response::typed(200, "text/css; charset=utf-8", style.into()).with_header("x-content-type-options", "nosniff")
}

pub(crate) fn page(status: u16, prefix: &str, style: &str, title: &str, body: &str, form_target: &str) -> Response {
    let title = format!("{title} (sandbox)");
    let html = fill(LAYOUT, &[("prefix", prefix), ("style", style), ("title", &title), ("body", body)]);
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self' {form_target}; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    Response::typed(status, "text/html; charset=utf-8", html.into_bytes())
        .with_header("content-security-policy", &policy)
        .with_header("referrer-policy", "no-referrer")
        .with_header("x-content-type-options", "nosniff")
        .no_store()
}

/// A web address's scheme and host with port, as text; of any other address the scheme.
fn origin(uri: &str) -> String {
    match web_host(uri) {
        Some((scheme, host)) => format!("{scheme}://{host}"),
        None => uri.split_once(':').map(|(scheme, _)| format!("{scheme}:")).unwrap_or_default(),
    }
}

/// The same as a policy names it. A host that no policy can name, IPv6 among them, is covered by its
/// scheme; an address without a proper scheme by nothing.
fn form_target(uri: &str) -> String {
    let host_byte = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if let Some((scheme, host)) = web_host(uri) {
        let (name, port) = host.split_once(':').unwrap_or((host, ""));
        if !name.is_empty()
            && name.bytes().all(host_byte)
            && !host.ends_with(':')
            && port.bytes().all(|b| b.is_ascii_digit())
        {
            return format!("{scheme}://{host}");
        }
    }
    match uri.split_once(':') {
        Some((scheme, _)) if scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) => {
            format!("{scheme}:")
        }
        _ => String::new(),
    }
}

/// Scheme and host, the host as browsers find it: after user and password, before path or query.
fn web_host(uri: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = uri.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme))?;
    let authority = rest.split(['/', '\\', '?', '#']).next()?;
    Some((scheme, authority.rsplit('@').next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_names_hosts_and_schemes_only() {
        for (uri, text, target) in [
            ("http://127.0.0.1:8000/cb?x=1", "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("https://my-app_1.example", "https://my-app_1.example", "https://my-app_1.example"),
            ("app.example:/cb", "app.example:", "app.example:"),
            ("https://bank.example@app.example/cb", "https://app.example", "https://app.example"),
            ("https://app.example\\@bank.example/", "https://app.example", "https://app.example"),
            ("http://[::1]:8000/cb", "http://[::1]:8000", "http:"),
            ("http://x;script-src *", "http://x;script-src *", "http:"),
            ("http://x<script>/", "http://x<script>", "http:"),
            ("http://*:80/", "http://*:80", "http:"),
            ("http://x:/", "http://x:", "http:"),
            ("http://x:80:90/", "http://x:80:90", "http:"),
            ("http:///cb", "http://", "http:"),
            ("a; b:c", "a; b:", ""),
            ("nothing", "", ""),
        ] {
            assert_eq!((origin(uri).as_str(), form_target(uri).as_str()), (text, target), "{uri}");
        }
    }
}
