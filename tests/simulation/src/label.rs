//! Names for what is public of a flow: where it stands, and what happened to it.
//!
//! Explorer and schedules use the same functions, so that their edges can be compared.

use serde_json::Value;
use venuekey::parts::{Flow, HttpResponse, MAX_BODY_BYTES, Venue};

/// Where a flow stands that has not begun.
pub const START: &str = "start";

/// What the itinerary asks of a deletion's check.
pub const CHECK_AFTER_DELETE: &str = "send check_key, for delete_key";
/// The same of a reissue's first deletion.
pub const CHECK_OLD_KEY: &str = "send check_key, for delete_key (old key)";

/// What happened to a flow, apart from replies (see [`reply`]).
pub mod event {
    pub const BEGIN: &str = "begin";
    pub const HAND_OFF: &str = "accept_hand_off";
    pub const CODE: &str = "callback: code";
    pub const TOKEN: &str = "callback: token";
    pub const PASTED: &str = "pasted code";
    pub const ACCESS_DENIED: &str = "callback: access_denied";
    pub const VENUE_ERROR: &str = "callback: server_error";
    pub const OTHER_ERROR: &str = "callback: another error";
    pub const NEITHER: &str = "callback: neither code nor error";
    pub const TOO_LATE: &str = "callback: too late";
    pub const DEADLINE: &str = "deadline";
    pub const RESUME: &str = "resume";
    pub const NO_REPLY: &str = "no reply";
    pub const NOT_SENT: &str = "not sent";
    pub const WAIT_OVER: &str = "wait over";
    pub const TOO_EARLY: &str = "too early";
    pub const CHOOSE: &str = "choose: an account";
    pub const CREATE: &str = "choose: create";
    pub const RECOVER: &str = "recover";
}

/// The part of a flow's snapshot that says where it stands.
pub struct Position(Value);

impl Position {
    pub fn of(flow: &Flow) -> Self {
        let mut snapshot: Value = serde_json::from_str(flow.snapshot().expose()).expect("a snapshot is JSON");
        Self(snapshot["flow"].take())
    }

    pub fn state(&self) -> &str {
        self.text("/state/state")
    }

    /// A text in the snapshot, empty where there is none.
    pub fn text(&self, pointer: &str) -> &str {
        self.at(pointer).as_str().unwrap_or_default()
    }

    pub fn number(&self, pointer: &str) -> u64 {
        self.at(pointer).as_u64().unwrap_or_default()
    }

    pub fn at(&self, pointer: &str) -> &Value {
        self.0.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// The purpose of the request in hand.
    pub fn call(&self) -> &str {
        self.text("/state/work/call")
    }

    /// What is to be reached by it: another request's purpose, where this one only helps.
    pub fn stage(&self) -> &str {
        self.text("/state/work/stage")
    }

    /// Whether a reply that may have held the once-only secret was lost.
    pub fn has_doubts(&self) -> bool {
        self.number("/state/work/doubts") > 0
    }

    /// Whether a creation that got no readable reply may have made one of the accounts.
    pub fn is_creation_in_doubt(&self) -> bool {
        self.at("/state/work/context/creation_in_doubt") == &Value::Bool(true)
    }

    /// Whether what is done now makes room for a consent that follows.
    pub fn is_before_consent(&self) -> bool {
        !self.at("/state/work/context/next_consent").is_null()
    }

    /// The node of the diagram.
    pub fn label(&self) -> String {
        let (call, stage) = (self.call(), self.stage());
        // A reissue may delete twice: the old key, and the new one if its secret is lost.
        let old = if self.is_before_consent() { " (old key)" } else { "" };
        match self.state() {
            "in_flight" if call == "fetch_secret" && self.has_doubts() => format!("send {call}, asked before"),
            "in_flight" if call == stage => format!("send {call}{old}"),
            "in_flight" => format!("send {call}, for {stage}{old}"),
            "ready" => format!("ready, then {stage}{old}"),
            "awaiting_choice" if self.is_creation_in_doubt() => "awaiting_choice, creation in doubt".to_owned(),
            "waiting" => format!("wait {}, then {stage}{old}", self.text("/state/reason")),
            "done" => format!("done {}", self.text("/state/result/outcome")),
            "failed" => {
                let recovery = self.text("/state/recovery");
                let way_on = if recovery.is_empty() { String::new() } else { format!(" (recover: {recovery})") };
                format!("failed {}{way_on}", self.text("/state/error/code"))
            }
            other => other.to_owned(),
        }
    }
}

/// What a reply to the request in flight says, in the fact sheets' words.
pub fn reply(venue: Venue, position: &Position, response: &HttpResponse) -> String {
    if response.body().len() > MAX_BODY_BYTES {
        return "over 1 MiB".into();
    }
    let json: Option<Value> = serde_json::from_slice(response.body()).ok();
    let json = json.filter(|json| json.is_object());
    match (venue, response.status(), &json) {
        (_, 429, _) => "429".into(),
        (_, 500.., _) => "5xx".into(),
        (_, 403, None) => "403 page".into(),
        (_, 400.., None) if !response.body().trim_ascii().is_empty() => "4xx page".into(),
        // Without a body, only these have a meaning there.
        (Venue::WHITEBIT, 400.., None) if !matches!(response.status(), 401 | 404 | 409 | 410 | 423) => {
            "4xx page".into()
        }
        (Venue::BYBIT, status, Some(json)) => bybit(position, status, json),
        (Venue::BYBIT, _, None) => UNREADABLE.into(),
        (_, status, json) => whitebit(position, status, json.as_ref()),
    }
}

const UNREADABLE: &str = "unreadable";

/// facts/whitebit.md, 4, 5 and 7: the status tells, and under 200 the payload.
fn whitebit(position: &Position, status: u16, json: Option<&Value>) -> String {
    let call = position.call();
    let Some(json) = json else {
        // Where one status has one meaning the body adds nothing.
        return match (call, status) {
            ("exchange_code" | "refresh_tokens", 401) | (_, 409 | 423) => status.to_string(),
            ("delete_key", 404) => "403 or 404".into(),
            ("check_key" | "fetch_secret", 401) => "401 or 403".into(),
            (_, 401 | 404) => status.to_string(),
            _ => UNREADABLE.into(),
        };
    };
    match (call, status) {
        ("check_key" | "fetch_secret", 401 | 403) => return "401 or 403".into(),
        ("delete_key", 403 | 404) => return "403 or 404".into(),
        (_, 300..) => return status.to_string(),
        _ => {}
    }
    let data = &json["data"];
    let has = |name: &str| data[name].as_str().is_some_and(|text| !text.is_empty());
    let fine = "200".to_owned();
    match call {
        "exchange_code" | "refresh_tokens" if has("access_token") => fine,
        "fetch_secret" if has("apiSecret") => fine,
        "delete_key" if data["message"].is_null() => fine,
        "check_key" => match (data["exists"].as_bool(), data["isEnabled"].as_bool()) {
            (Some(true), Some(_)) if is_another(position, data) => "200, another key".into(),
            (Some(true), Some(true)) => "200, active key".into(),
            (Some(true), Some(false)) => "200, disabled key".into(),
            (Some(false), Some(false)) => "200, no key".into(),
            (Some(false), Some(true)) => "200, contradiction".into(),
            _ => UNREADABLE.into(),
        },
        _ => UNREADABLE.into(),
    }
}

/// While a key is being deleted, info may already tell of its successor.
fn is_another(position: &Position, data: &Value) -> bool {
    position.stage() == "delete_key"
        && data["externalId"].as_str() != Some(position.text("/state/work/context/external_id"))
}

/// facts/bybit.md, 4 to 7: the code in the body tells; the status only where no sheet explains the code.
fn bybit(position: &Position, status: u16, json: &Value) -> String {
    let call = position.call();
    let code = ["retCode", "ret_code"].iter().map(|name| &json[*name]).find(|code| !code.is_null());
    let code = code.map(|code| code.as_str().map_or_else(|| code.to_string(), str::to_owned));
    let named: &[&str] = match call {
        "exchange_code" => &["10001", "10003"],
        "refresh_tokens" => &["10001", "10003", "10004"],
        "list_subaccounts" | "fetch_subaccount_key" | "create_subaccount" => &["10001", "401", "20039", "33004"],
        _ => &["10001", "401", "33004"],
    };
    let result = if json["result"].is_null() { json } else { &json["result"] };
    match code.as_deref() {
        Some(code) if named.contains(&code) => format!("code {code}"),
        Some("0") | None => {
            let payload = match call {
                "list_subaccounts" => return "200".into(),
                "fetch_subaccount_key" | "create_subaccount" => return subaccount(position, result).into(),
                "exchange_code" | "refresh_tokens" => ["access_token"].as_slice(),
                "fetch_api_key" => &["api_key", "api_secret"],
                // No source shows the field of uid_bearer (6.1): the code alone is a success.
                _ if code.is_some() => &[],
                _ => &["uid"],
            };
            if payload.iter().all(|name| !result[*name].is_null()) { "200".into() } else { UNREADABLE.into() }
        }
        Some(_) if status == 401 && !matches!(call, "exchange_code" | "refresh_tokens") => "401, another code".into(),
        Some(_) => "another code".into(),
    }
}

/// facts/bybit.md, 6.3: the account that was asked for, alone or in a list, with its key or without.
fn subaccount(position: &Position, result: &Value) -> &'static str {
    let list = [&result["accounts"], &result["aiAccounts"], result].into_iter().find_map(Value::as_array);
    let single = std::slice::from_ref(result);
    let id = |account: &Value| {
        let id = [&account["sub_member_id"], &account["subAccountId"]].into_iter().find(|id| !id.is_null());
        id.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned))
    };
    let has_key = |account: &Value| {
        [["api_key", "api_secret"], ["apiKey", "apiSecret"]]
            .iter()
            .any(|names| names.iter().all(|name| account[*name].is_string()))
    };
    let known = position.at("/state/work/context/subaccounts");
    let is_known =
        |account: &&Value| known.as_array().into_iter().flatten().any(|k| k["id"].as_str() == id(account).as_deref());
    let mut meant = list.map_or(single, Vec::as_slice).iter().filter(|account| match position.call() {
        "create_subaccount" => !is_known(account),
        _ => id(account).as_deref() == Some(position.text("/state/work/context/sub_member_id")),
    });
    match (meant.next(), meant.next()) {
        (Some(account), None) if has_key(account) => "200",
        (Some(_), None) => "200, without its key",
        _ if position.call() == "create_subaccount" => "200, not one new account",
        _ => "200, without its key",
    }
}
