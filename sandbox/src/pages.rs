//! The HTML: templates under `pages/`, filled with escaped values. No script anywhere.

use crate::http::Response;
use crate::record::Finding;
use crate::venue::consent::{Asking, Group, Screen};

const LAYOUT: &str = include_str!("../pages/layout.html");
const CONSENT: &str = include_str!("../pages/consent.html");
const PERMISSIONS: &str = include_str!("../pages/permissions.html");
const OPTION: &str = include_str!("../pages/option.html");
const WITHDRAWAL: &str = include_str!("../pages/withdrawal.html");
const MESSAGE: &str = include_str!("../pages/message.html");
const REFUSAL: &str = include_str!("../pages/refusal.html");
const FIREWALL: &str = include_str!("../pages/firewall.html");
const STYLE: &str = include_str!("../pages/consent.css");

/// What keeps a consent form from being accepted, by the field it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    Permissions(&'static str),
    Withdrawal(&'static str),
    Otp(&'static str),
}

impl Mistake {
    fn anchor_and_text(self) -> (&'static str, &'static str) {
        match self {
            Mistake::Permissions(text) => ("permissions-error", text),
            Mistake::Withdrawal(text) => ("confirm_withdrawal", text),
            Mistake::Otp(text) => ("otp", text),
        }
    }
}

/// The consent page with its form.
pub(crate) fn consent(
    status: u16,
    prefix: &str,
    session: &str,
    asking: &Asking,
    screen: &Screen,
    mistakes: &[Mistake],
) -> Response {
    let of = |pick: fn(Mistake) -> Option<&'static str>| mistakes.iter().copied().find_map(pick);
    let otp = of(|m| if let Mistake::Otp(text) = m { Some(text) } else { None });
    let withdrawal = of(|m| if let Mistake::Withdrawal(text) = m { Some(text) } else { None });
    let permissions = of(|m| if let Mistake::Permissions(text) = m { Some(text) } else { None });
    let grants: String = screen
        .grants
        .iter()
        .map(|(scope, text)| {
            let values = [("scope", scope.as_str()), ("text", text)];
            fill("<li>{{text}} <code>{{scope}}</code></li>\n", &values)
        })
        .collect();
    let origin = origin(&asking.redirect_uri);
    let body = fill(
        CONSENT,
        &[
            ("exchange", screen.exchange),
            ("host", &screen.host),
            ("partner", &asking.client_name),
            ("purpose", screen.purpose),
            ("uid", &screen.uid.to_string()),
            ("summary", &summary(mistakes)),
            ("prefix", prefix),
            ("session", session),
            ("grants", &grants),
            ("permissions", &fieldset(&screen.groups, permissions, withdrawal)),
            ("otp", &screen.otp),
            ("otp_error", &error("otp-error", otp)),
            ("otp_described", if otp.is_some() { " otp-error" } else { "" }),
            ("otp_invalid", invalid(otp)),
            ("redirect_origin", &origin),
        ],
    );
    let failed = if mistakes.is_empty() { "" } else { "Error: " };
    let title = format!("{failed}{} {}", asking.client_name, screen.purpose);
    // Browsers hold a form's redirect to form-action as well, so the partner's origin is named.
    page(status, prefix, screen.style, &title, &body, &origin)
}

fn fieldset(groups: &[Group], mistake: Option<&'static str>, withdrawal: Option<&'static str>) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let mut options = String::new();
    for group in groups {
        let checked = if group.ticked { " checked" } else { "" };
        options +=
            &fill(OPTION, &[("id", group.id), ("label", group.label), ("hint", group.hint), ("checked", checked)]);
        if group.withdrawal {
            let described = if withdrawal.is_some() { " withdrawal-error" } else { "" };
            options += &fill(
                WITHDRAWAL,
                &[
                    ("error", error("withdrawal-error", withdrawal).as_str()),
                    ("described", described),
                    ("invalid", invalid(withdrawal)),
                ],
            );
        }
    }
    let described = if mistake.is_some() { " aria-describedby=\"permissions-error\"" } else { "" };
    fill(
        PERMISSIONS,
        &[("described", described), ("error", &error("permissions-error", mistake)), ("options", &options)],
    )
}

fn invalid(mistake: Option<&'static str>) -> &'static str {
    match mistake {
        Some(_) => " aria-invalid=\"true\"",
        None => "",
    }
}

fn error(id: &str, text: Option<&'static str>) -> String {
    text.map(|text| {
        let values = [("id", id), ("text", text)];
        fill("<p class=\"error\" id=\"{{id}}\">{{text}}</p>", &values)
    })
    .unwrap_or_default()
}

fn summary(mistakes: &[Mistake]) -> String {
    if mistakes.is_empty() {
        return String::new();
    }
    let items: String = mistakes
        .iter()
        .map(|mistake| {
            let (anchor, text) = mistake.anchor_and_text();
            let values = [("anchor", anchor), ("text", text)];
            fill("<li><a href=\"#{{anchor}}\">{{text}}</a></li>", &values)
        })
        .collect();
    format!("<div class=\"summary\" role=\"alert\"><h2>Not accepted yet</h2><ul>{items}</ul></div>")
}

/// A final page of a venue: no form, no redirect.
pub(crate) fn message(status: u16, prefix: &str, screen: &Screen, heading: &str, text: &str) -> Response {
    let body =
        fill(MESSAGE, &[("exchange", screen.exchange), ("host", &screen.host), ("heading", heading), ("text", text)]);
    page(status, prefix, screen.style, heading, &body, "")
}

/// A page about a request that belongs to no open consent.
pub(crate) fn plain(status: u16, prefix: &str, text: &str) -> Response {
    let body = fill("<h1>Nothing to consent to</h1><p>{{text}}</p>", &[("text", text)]);
    page(status, prefix, "plain", "Nothing to consent to", &body, "")
}

/// An authorize request that is not as documented.
pub(crate) fn refusal(prefix: &str, findings: &[Finding]) -> Response {
    let items: String = findings
        .iter()
        .map(|finding| {
            let values = [("field", finding.field.as_str()), ("detail", &finding.detail)];
            fill("<li><code>{{field}}</code>: {{detail}}</li>\n", &values)
        })
        .collect();
    let body = fill(REFUSAL, &[("findings", &items)]);
    page(400, prefix, "plain", "Request not as documented", &body, "")
}

/// HTML where JSON is expected, as a web application firewall answers.
pub(crate) fn firewall(detail: &str) -> Response {
    let body = fill(FIREWALL, &[("detail", detail)]);
    Response::typed(403, "text/html; charset=utf-8", body.into_bytes())
}

pub(crate) fn style() -> Response {
    Response::typed(200, "text/css; charset=utf-8", STYLE.into()).with_header("x-content-type-options", "nosniff")
}

fn page(status: u16, prefix: &str, style: &str, title: &str, body: &str, form_target: &str) -> Response {
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

/// `scheme://authority` of a web address, `scheme:` of any other; nothing that could end a header's
/// directive.
fn origin(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once(':') else {
        return String::new();
    };
    let origin = match rest.strip_prefix("//") {
        Some(rest) if scheme == "http" || scheme == "https" => {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
            format!("{scheme}://{authority}")
        }
        _ => format!("{scheme}:"),
    };
    let plain = |b: u8| b.is_ascii_graphic() && !b";,'\"".contains(&b);
    if origin.bytes().all(plain) { origin } else { String::new() }
}

/// Puts values into a template in one pass: `{{name}}` escaped, `{{{name}}}` as it is.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let value = |name: &str| values.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| *value);
    let mut out = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, tag)) = rest.split_once("{{") {
        out.push_str(before);
        let raw = tag.strip_prefix('{').and_then(|tag| tag.split_once("}}}"));
        match (raw, tag.split_once("}}")) {
            (Some((name, after)), _) => {
                out.push_str(value(name));
                rest = after;
            }
            (None, Some((name, after))) => {
                escape(value(name), &mut out);
                rest = after;
            }
            // Never in these templates: a tag without an end is dropped.
            (None, None) => rest = tag,
        }
    }
    out.push_str(rest);
    out
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_and_never_expanded_again() {
        let values = [("a", "<b> & \"{{b}}\""), ("b", "no")];
        assert_eq!(fill("{{a}}|{{{a}}}|{{unknown}}", &values), "&lt;b&gt; &amp; &quot;{{b}}&quot;|<b> & \"{{b}}\"|");
    }

    #[test]
    fn origins_cannot_end_a_directive() {
        assert_eq!(origin("http://127.0.0.1:8000/cb?x=1"), "http://127.0.0.1:8000");
        assert_eq!(origin("app.example:/cb"), "app.example:");
        assert_eq!(origin("http://x;script-src *"), "");
    }
}
