//! The parts of the admin page.

use super::form;
use super::state::{capitalised, object, plain};
use crate::base::template::fill;
use crate::engine::hosts::Hosts;
use crate::engine::sandbox::Sandbox;
use crate::exchange::action::UserAction;
use crate::exchange::fault::Fault;
use crate::exchange::knob::{Knob, KnobKind};
use serde::Serialize;
use serde_json::{Value, json};

const KNOB: &str = include_str!("../../pages/console-knob.html");

/// The clock's steps: what the button says, and seconds.
const STEPS: [(&str, u64); 4] = [("1 minute", 60), ("1 hour", 3600), ("1 day", 86_400), ("14 days", 1_209_600)];

/// A button for each action that this venue knows, tried on a sandbox of its own.
pub(super) fn actions(sandbox: &Sandbox) -> String {
    let mut trial = sandbox.afresh();
    let mut html = String::new();
    for host in &sandbox.hosts.all {
        let path = host.prefix.trim_start_matches('/');
        let id = path.replace('/', "-");
        let mut buttons = String::new();
        for action in form::names_of::<UserAction>() {
            let Ok(known) = serde_json::from_value(json!(action)) else { continue };
            if trial.user_acts(host.venue, host.name, known, None, 0).is_ok() {
                let label = capitalised(action);
                let values = [("id", id.as_str()), ("action", action), ("label", &label)];
                buttons += &fill(
                    "<button id=\"{{id}}-{{action}}\" name=\"action\" value=\"{{action}}\">{{label}}</button>\n",
                    &values,
                );
            }
        }
        html += &fill(
            "<form method=\"post\" action=\"/_sandbox/form/post/user/{{place}}/action\">\n<fieldset>\n\
             <legend>{{title}}</legend>\n<div class=\"row\">\n{{{buttons}}}</div>\n</fieldset>\n</form>\n",
            &[("place", path), ("title", &place(&sandbox.hosts, host.venue, host.name)), ("buttons", &buttons)],
        );
    }
    html
}

pub(super) fn faults(sandbox: &Sandbox) -> String {
    let mut html = String::new();
    for order in sandbox.open_faults() {
        let venue = order.venue.as_ref().map(|venue| format!(" of {venue}")).unwrap_or_default();
        let more = match order.fault {
            Fault::Delay => format!(", {} ms late", order.ms),
            Fault::DribbleHead | Fault::DribbleBody => format!(", {} ms apart", order.ms),
            Fault::ClockAhead | Fault::ClockBehind => format!(", {} ms", order.ms),
            Fault::ServerError | Fault::Reply if order.after_effect => {
                format!(", {} after the effect", order.status)
            }
            Fault::ServerError | Fault::Reply => format!(", {} before any effect", order.status),
            _ => String::new(),
        };
        let text = format!("at {}{venue}, {} to come{more}", order.endpoint, order.count);
        html += &fill("<li><code>{{fault}}</code> {{text}}</li>\n", &[("fault", &name(&order.fault)), ("text", &text)]);
    }
    if html.is_empty() {
        return "<p class=\"soft\">None is queued.</p>".into();
    }
    format!(
        "<ol class=\"queue\">\n{html}</ol>\n<form method=\"post\" action=\"/_sandbox/form/delete/faults\">\
         <button id=\"forget-faults\">Forget them</button></form>"
    )
}

pub(super) fn accounts(sandbox: &Sandbox, now_ms: u64) -> String {
    let state = sandbox.state(now_ms, false);
    let now = sandbox.clock(now_ms);
    let mut html = String::new();
    for host in &sandbox.hosts.all {
        let Some(fields) = state.pointer(&host.prefix).and_then(Value::as_object) else { continue };
        html += &fill(
            "<section class=\"account\" aria-label=\"{{title}}\">\n<h3>{{title}}</h3>\n{{{fields}}}</section>\n",
            &[("title", &place(&sandbox.hosts, host.venue, host.name)), ("fields", &object(fields, now))],
        );
    }
    let users = state["users"].as_object().into_iter().flatten();
    let users = users
        .map(|(venue, user)| format!("<li><strong>{}</strong>: {}</li>\n", title(&sandbox.hosts, venue), plain(user)));
    format!("<ul class=\"users\">\n{}</ul>\n<div class=\"accounts\">\n{html}</div>", users.collect::<String>())
}

pub(super) fn knobs(sandbox: &Sandbox) -> String {
    let (now, start) = (to_json(&sandbox.knobs()), to_json(&sandbox.config.knobs));
    let mut html = String::new();
    for profile in sandbox.hosts.profiles.iter().filter(|profile| !profile.knobs.is_empty()) {
        let (now, start) = (&now[profile.name], &start[profile.name]);
        let changed = profile.knobs.iter().filter(|k| now[k.name] != start[k.name]).count();
        let field = |knob: &Knob| knob_field(profile.name, knob, &now[knob.name], &start[knob.name]);
        let mut groups: Vec<&str> = Vec::new();
        for knob in &profile.knobs {
            if !groups.contains(&knob.group) {
                groups.push(knob.group);
            }
        }
        // Who the user is comes first: it is what tests turn most.
        groups.sort_by_key(|group| *group != "The user");
        let group = |group: &&str| {
            let fields: String = profile.knobs.iter().filter(|knob| knob.group == *group).map(field).collect();
            fill(
                "<h3>{{group}}</h3>\n<div class=\"knobs\">\n{{{fields}}}</div>\n",
                &[("group", group), ("fields", &fields)],
            )
        };
        let groups: String = groups.iter().map(group).collect();
        let changed = if changed == 0 { String::new() } else { format!(", {changed} changed") };
        html += &fill(
            "<details id=\"knobs-{{group}}\"{{open}}>\n<summary>{{title}}: {{count}} knobs{{changed}}</summary>\n\
             <form method=\"post\" action=\"/_sandbox/form/patch/knobs\" autocomplete=\"off\">\n\
             {{{groups}}}\
             <div class=\"row save\"><button class=\"primary\" id=\"save-{{group}}\">Save {{title}}’s knobs</button>\
             </div>\n</form>\n</details>\n",
            &[
                ("group", profile.name),
                ("open", if changed.is_empty() { "" } else { " open" }),
                ("title", profile.title),
                ("count", &profile.knobs.len().to_string()),
                ("changed", &changed),
                ("groups", &groups),
            ],
        );
    }
    html
}

/// What serde calls a value.
pub(super) fn name(value: &impl Serialize) -> String {
    plain(&to_json(value))
}

pub(super) fn to_json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// An exchange's name as people write it.
fn title<'a>(hosts: &'a Hosts, venue: &str) -> &'a str {
    hosts.profiles.iter().find(|profile| profile.name == venue).map_or("", |profile| profile.title)
}

fn place(hosts: &Hosts, venue: &str, environment: &str) -> String {
    format!("{} {environment}", title(hosts, venue))
}

pub(super) fn place_of(hosts: &Hosts, venue: Option<&str>, environment: Option<&str>) -> String {
    let place = venue.zip(environment).map(|(venue, environment)| place(hosts, venue, environment));
    place.unwrap_or_else(|| "no exchange".into())
}

pub(super) fn options(names: &[&str]) -> String {
    names.iter().map(|name| fill("<option>{{name}}</option>\n", &[("name", name)])).collect()
}

/// The same, each with what it means to who sends the request.
pub(super) fn fault_options(names: &[&str]) -> String {
    let option = |name: &&str| {
        let meaning = match *name {
            "drop_reply" => ": done, but no reply comes",
            "close_before" => ": not done, and no reply comes",
            "delay" => ": done, but the reply is late",
            "lock" => ": 423, endpoint secret only",
            "rate_limit" => ": 429",
            "token_expired" => ": the access token is refused",
            "server_error" => ": a 5xx status",
            "truncated_json" => ": done, but the reply ends halfway",
            "html_403" => ": a firewall's page",
            "html_401" => ": a proxy's page",
            "reply" => ": a status, headers and body of yours",
            "ok_with_error" => ": 200 with an error in it",
            "oversized" => ": done, with a reply over 1 MiB",
            "empty_body" => ": done, but the reply has no body",
            "gzip" | "deflate" => ": done, with the reply encoded, asked for or not",
            "gzip_twice" => ": done, with the reply encoded twice",
            "dribble_head" => ": done, but the head comes line by line",
            "dribble_body" => ": done, but the body comes byte by byte",
            "clock_ahead" => ": served as if it were later",
            "clock_behind" => ": served as if it were earlier",
            _ => "",
        };
        fill("<option value=\"{{name}}\">{{name}}{{meaning}}</option>\n", &[("name", name), ("meaning", meaning)])
    };
    names.iter().map(option).collect()
}

pub(super) fn steps() -> String {
    let button = |(label, s): &(&str, u64)| {
        let values = [("ms", &*(s * 1000).to_string()), ("label", label)];
        fill("<button id=\"advance-{{ms}}\" name=\"ms\" value=\"{{ms}}\">+ {{label}}</button>\n", &values)
    };
    STEPS.iter().map(button).collect()
}

pub(super) fn hold(is_held: bool) -> String {
    let (value, label) = if is_held { ("false", "Let it run") } else { ("true", "Hold it still") };
    let values = [("value", value), ("label", label)];
    fill("<button id=\"hold\" name=\"held\" value=\"{{value}}\">{{label}}</button>\n", &values)
}

fn knob_field(group: &str, knob: &Knob, now: &Value, start: &Value) -> String {
    let path = format!("{group}.{}", knob.name);
    let id = format!("knob-{group}-{}", knob.name);
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let values = [("id", id.as_str()), ("path", &path), ("value", &text(now))];
    const SWITCH: [(&str, &str); 2] = [("true", ""), ("false", "")];
    let choices: &[(&str, &str)] = match &knob.kind {
        KnobKind::Switch => &SWITCH,
        KnobKind::Choice(choices) => choices,
        KnobKind::Number(_) | KnobKind::Text => &[],
    };
    let control = if knob.kind == KnobKind::Switch && now.is_boolean() {
        // A box that is not ticked is not sent: the hidden field stands for it.
        let checked = if *now == json!(true) { " checked" } else { "" };
        fill("<input type=\"hidden\" name=\"{{path}}\" value=\"false\">", &values)
            + &fill("<input type=\"checkbox\" id=\"{{id}}\" name=\"{{path}}\" value=\"true\"", &values)
            + &format!("{checked} aria-describedby=\"{id}-help\">")
    } else if !choices.is_empty() {
        let mut options = String::new();
        if now.is_null() || start.is_null() {
            options += "<option value=\"\">not set</option>";
        }
        for (value, meaning) in choices {
            let selected = if *value == text(now) { " selected" } else { "" };
            let meaning = if meaning.is_empty() { String::new() } else { format!(": {}", meaning.replace('`', "")) };
            let parts = [("value", *value), ("selected", selected), ("meaning", &meaning)];
            options += &fill("<option value=\"{{value}}\"{{selected}}>{{value}}{{meaning}}</option>", &parts);
        }
        fill("<select id=\"{{id}}\" name=\"{{path}}\" aria-describedby=\"{{id}}-help\">", &values)
            + &options
            + "</select>"
    } else {
        let kind = if now.is_string() { "" } else { " inputmode=\"numeric\"" };
        fill("<input type=\"text\" id=\"{{id}}\" name=\"{{path}}\" value=\"{{value}}\"", &values)
            + &format!("{kind} aria-describedby=\"{id}-help\">")
    };
    let changed = if now == start {
        String::new()
    } else {
        format!("changed, {} at the start", if start.is_null() { "not set".into() } else { text(start) })
    };
    let parts =
        [("id", id.as_str()), ("name", knob.name), ("control", &control), ("help", knob.help), ("changed", &changed)];
    fill(KNOB, &parts)
}
