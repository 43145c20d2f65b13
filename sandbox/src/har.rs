//! What was recorded, as an HTTP Archive (HAR 1.2): browsers' tools and others read it.

use crate::base::calendar;
use crate::base::http::encode_pairs;
use crate::engine::sandbox::Sandbox;
use crate::exchange::mask;
use crate::exchange::record::{Record, Recorded, content_type, header_list};
use serde_json::{Value, json};

/// The archive. `origin` stands before each path, such as `http://127.0.0.1:8700`; secrets are masked unless `with_values`.
pub(crate) fn archive(sandbox: &Sandbox, origin: &str, with_values: bool) -> Value {
    let entries: Vec<Value> = sandbox.requests().iter().map(|record| entry(record, origin, with_values)).collect();
    json!({"log": {
        "version": "1.2",
        "creator": {"name": "venuekey-sandbox", "version": env!("CARGO_PKG_VERSION")},
        "entries": entries,
    }})
}

fn entry(record: &Record, origin: &str, with_values: bool) -> Value {
    let host = record.venue.zip(record.environment).map(|(venue, environment)| format!("/{venue}/{environment}"));
    let shown = |(name, value): &(String, String)| {
        (name.clone(), if with_values { value.clone() } else { mask::value(name, value).to_owned() })
    };
    let query: Vec<(String, String)> = record.query.iter().map(shown).collect();
    let mut url = format!("{origin}{}{}", host.unwrap_or_default(), record.path);
    if !query.is_empty() {
        url += "?";
        url += &encode_pairs(query.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    }
    let query: Vec<Value> = query.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let mut request = json!({
        "method": record.method, "url": url, "httpVersion": "HTTP/1.1", "cookies": [], "queryString": query,
        "headers": header_list(&record.headers, with_values), "headersSize": -1, "bodySize": record.body_bytes,
    });
    if record.body_bytes > 0 {
        let text = record.body_text(with_values).unwrap_or_default();
        request["postData"] = json!({"mimeType": content_type(&record.headers).unwrap_or_default(), "text": text});
    }
    json!({
        "startedDateTime": calendar::rfc_3339(record.at_ms), "time": 0, "request": request,
        "response": response(record.response.as_ref(), with_values),
        "cache": {}, "timings": {"send": 0, "wait": 0, "receive": 0},
        "_seq": record.seq, "_endpoint": record.endpoint, "_fault": record.fault,
    })
}

/// One that never came has the status 0, as browsers write it.
fn response(response: Option<&Recorded>, with_values: bool) -> Value {
    let Some(response) = response else {
        return json!({
            "status": 0, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [], "headers": [], "redirectURL": "",
            "headersSize": -1, "bodySize": -1, "content": {"size": 0, "mimeType": "x-unknown"},
        });
    };
    let headers = header_list(&response.headers, with_values);
    let location = headers.iter().find(|header| header["name"] == "location").map(|header| header["value"].clone());
    let mut content = json!({
        "size": response.body_bytes, "mimeType": content_type(&response.headers).unwrap_or("x-unknown"),
    });
    if let Some(text) = response.body_text(with_values) {
        content["text"] = text.into();
    }
    json!({
        "status": response.status, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [], "headers": headers,
        "redirectURL": location.unwrap_or_else(|| "".into()), "headersSize": -1, "bodySize": response.body_bytes,
        "content": content,
    })
}
