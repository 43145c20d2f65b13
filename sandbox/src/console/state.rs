//! JSON for a person: times as times, lists as cards, masked values as such. It knows no field by name.

use crate::base::template::fill;
use crate::exchange::record::MASK;
use serde_json::{Map, Value, json};
use std::time::{Duration, UNIX_EPOCH};

/// The first millisecond of the year 10000, which no date format here can write.
const END_OF_TIME_MS: u64 = 253_402_300_800_000;

/// `Sun, 22 Nov 2026 14:03:22 UTC`.
pub(crate) fn date(ms: u64) -> String {
    if ms >= END_OF_TIME_MS {
        return "after the year 9999".into();
    }
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(ms)).replace("GMT", "UTC")
}

/// `14:03:22`.
pub(crate) fn time(ms: u64) -> String {
    // "Sun, 22 Nov 2026 " comes before it, always as long.
    date(ms).get(17..25).map_or_else(|| date(ms), str::to_owned)
}

/// `2 d 3 h`: the two largest units.
pub(crate) fn span(ms: u64) -> String {
    let s = ms / 1000;
    let units = [("d", s / 86_400), ("h", s / 3600 % 24), ("min", s / 60 % 60), ("s", s % 60)];
    let first = units.iter().position(|(_, n)| *n > 0).unwrap_or(3);
    let shown = units.iter().skip(first).take(2).filter(|(_, n)| *n > 0);
    let text: Vec<String> = shown.map(|(unit, n)| format!("{n} {unit}")).collect();
    if text.is_empty() { "0 s".into() } else { text.join(" ") }
}

/// `in 5 min` or `5 min ago`.
fn relative(ms: u64, now_ms: u64) -> String {
    if ms >= now_ms { format!("in {}", span(ms - now_ms)) } else { format!("{} ago", span(now_ms - ms)) }
}

/// `redirect_status` as words.
pub(crate) fn words(name: &str) -> String {
    name.replace('_', " ")
}

pub(crate) fn capitalised(name: &str) -> String {
    let words = words(name);
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The single values of an object as a list of terms, then each list of objects as cards.
pub(crate) fn object(object: &Map<String, Value>, now_ms: u64) -> String {
    if object.values().all(|value| [json!(0), json!([])].contains(value)) {
        return "<p class=\"soft\">Nothing yet.</p>\n".into();
    }
    let is_list = |value: &Value| value.as_array().is_some_and(|list| list.iter().any(Value::is_object));
    let mut html = String::new();
    let terms: String = object.iter().filter(|(_, v)| !is_list(v)).map(|(n, v)| term(n, v, now_ms)).collect();
    if !terms.is_empty() {
        html += &format!("<dl class=\"facts\">\n{terms}</dl>\n");
    }
    for (name, list) in object.iter().filter(|(_, v)| is_list(v)) {
        for (place, item) in list.as_array().into_iter().flatten().enumerate() {
            let Some(fields) = item.as_object() else { continue };
            let title = format!("{} {}", capitalised(name.strip_suffix('s').unwrap_or(name)), place + 1);
            let fields: String = fields.iter().map(|(n, v)| term(n, v, now_ms)).collect();
            html += &fill(
                "<div class=\"card\">\n<h4>{{title}}</h4>\n<dl class=\"facts\">\n{{{fields}}}</dl>\n</div>\n",
                &[("title", &title), ("fields", &fields)],
            );
        }
    }
    html
}

fn term(name: &str, value: &Value, now_ms: u64) -> String {
    let (name, text) = match (name.strip_suffix("_ms"), value.as_u64()) {
        (Some(moment), Some(ms)) => (moment, format!("{} ({})", relative(ms, now_ms), time(ms))),
        _ => (name, plain(value)),
    };
    let class = match value {
        Value::Bool(true) => "yes",
        Value::Bool(false) => "no",
        Value::String(text) if text == MASK => "masked",
        _ => "value",
    };
    fill(
        "<div><dt>{{name}}</dt><dd class=\"{{class}}\">{{text}}</dd></div>\n",
        &[("name", &words(name)), ("class", class), ("text", &text)],
    )
}

/// One value in one line.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.into(),
        Value::String(text) if text == MASK => "masked".into(),
        Value::String(text) => text.clone(),
        Value::Array(list) if list.is_empty() => "none".into(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            fields.iter().map(|(n, v)| format!("{} {}", words(n), plain(v))).collect::<Vec<_>>().join(", ")
        }
        Value::Number(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_read_as_such() {
        assert_eq!(date(1_700_000_000_000), "Tue, 14 Nov 2023 22:13:20 UTC");
        assert_eq!(time(1_700_000_000_000), "22:13:20");
        assert_eq!(date(u64::MAX), "after the year 9999");
        assert_eq!(time(u64::MAX), date(u64::MAX));
        let spans = [999, 61_000, 3_600_000, 90_061_000].map(span);
        assert_eq!(spans, ["0 s", "1 min 1 s", "1 h", "1 d 1 h"]);
        assert_eq!((relative(5_000, 0), relative(0, 5_000)), ("in 5 s".into(), "5 s ago".into()));
    }

    #[test]
    fn fields_nobody_knows_are_shown_and_escaped() {
        let state = json!({"open_things": 2, "oddities": [{"<b>": "***", "ends_ms": 9_000, "of": {"a": [1, 2]}}]});
        let html = object(state.as_object().unwrap(), 4_000);
        for part in ["open things", "Odditie 1", "&lt;b&gt;", ">masked<", "in 5 s", "a 1, 2"] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(!html.contains("***"));
    }
}
