//! What V5 tells of an account (section 13): the wallet, and histories with spans, cursors and limits.

use super::history::{History, List, Row};
use super::host::Host;
use super::knobs::Context;
use super::replies::PERMISSION_DENIED;
use super::signer::Signer;
use super::v5_replies::{envelope, refused, too_many, with_limits};
use crate::base::calendar::DAY_MS;
use crate::base::http::Response;
use crate::exchange::record::Finding;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

const PARAMETER_ERROR: u32 = 10_001;
const WALLET: &str = "/v5/account/wallet-balance";
const MINUTE_MS: u64 = 60_000;
const SECOND_MS: u64 = 1000;
/// How far the lists reach that say so.
const TWO_YEARS_MS: u64 = 730 * DAY_MS;

/// A list's page.
struct Page {
    path: &'static str,
    list: List,
    /// What the rows are called.
    name: &'static str,
    /// Requests of a user in so many milliseconds.
    limit: (u64, u64),
    most_rows: u64,
    default_rows: u64,
    /// The longest span, and what an omitted one is.
    span_ms: (u64, u64),
    /// Whether the longest span itself is too long ("less than").
    is_less: bool,
    /// Whether times are looked at in whole seconds.
    in_seconds: bool,
    reaches_ms: Option<u64>,
    /// Beside spans, `limit` and `cursor`.
    parameters: &'static [&'static str],
}

const WEEK_MS: u64 = 7 * DAY_MS;
const MONTH_MS: u64 = 30 * DAY_MS;

const PAGES: [Page; 6] = [
    Page {
        path: "/v5/asset/deposit/query-record",
        list: List::Deposits,
        name: "rows",
        limit: (100, MINUTE_MS),
        most_rows: 50,
        default_rows: 50,
        span_ms: (MONTH_MS, MONTH_MS),
        is_less: true,
        in_seconds: true,
        reaches_ms: None,
        parameters: &["id", "txID", "coin"],
    },
    Page {
        path: "/v5/asset/withdraw/query-record",
        list: List::Withdrawals,
        name: "rows",
        limit: (300, MINUTE_MS),
        most_rows: 50,
        default_rows: 50,
        span_ms: (MONTH_MS, MONTH_MS),
        is_less: true,
        in_seconds: false,
        reaches_ms: None,
        parameters: &["withdrawID", "txID", "coin", "withdrawType"],
    },
    Page {
        path: "/v5/asset/transfer/query-inter-transfer-list",
        list: List::Transfers,
        name: "list",
        limit: (60, MINUTE_MS),
        most_rows: 50,
        default_rows: 20,
        span_ms: (WEEK_MS, WEEK_MS),
        is_less: false,
        in_seconds: true,
        reaches_ms: None,
        parameters: &["transferId", "coin", "status"],
    },
    Page {
        path: "/v5/order/history",
        list: List::Orders,
        name: "list",
        limit: (50, SECOND_MS),
        most_rows: 50,
        default_rows: 20,
        span_ms: (WEEK_MS, WEEK_MS),
        is_less: false,
        in_seconds: false,
        reaches_ms: Some(TWO_YEARS_MS),
        parameters: &[
            "category",
            "symbol",
            "baseCoin",
            "settleCoin",
            "orderId",
            "orderLinkId",
            "orderFilter",
            "orderStatus",
        ],
    },
    Page {
        path: "/v5/execution/list",
        list: List::Executions,
        name: "list",
        limit: (50, SECOND_MS),
        most_rows: 100,
        default_rows: 50,
        span_ms: (WEEK_MS, WEEK_MS),
        is_less: false,
        in_seconds: false,
        reaches_ms: Some(TWO_YEARS_MS),
        parameters: &["category", "symbol", "orderId", "orderLinkId", "baseCoin", "settleCoin", "execType"],
    },
    Page {
        path: "/v5/account/transaction-log",
        list: List::Log,
        name: "list",
        limit: (25, SECOND_MS),
        most_rows: 50,
        default_rows: 20,
        span_ms: (WEEK_MS, DAY_MS),
        is_less: false,
        in_seconds: false,
        reaches_ms: Some(TWO_YEARS_MS),
        parameters: &["accountType", "category", "currency", "baseCoin", "type", "transSubType"],
    },
];

pub fn is_listed(path: &str) -> bool {
    path == WALLET || PAGES.iter().any(|page| page.path == path)
}

type Parameters = Map<String, Value>;

fn word<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    parameters.get(name).and_then(Value::as_str)
}

impl Host {
    pub(super) fn read(
        &mut self,
        path: &str,
        signer: &Signer,
        parameters: &Parameters,
        context: &mut Context<'_>,
    ) -> Response {
        let page = PAGES.iter().find(|page| page.path == path);
        let (limit, span_ms) = page.map_or((50, SECOND_MS), |page| page.limit);
        let name = format!("{path} {}", signer.uid);
        let room = self.limits.count(&name, limit, context.knobs.limit_divisor, span_ms, context.now_ms);
        if room.left.is_none() {
            return too_many(room, context);
        }
        let answered = match page {
            None => wallet(parameters, context),
            // 13.4: the master's key only.
            Some(page) if page.list == List::Withdrawals && signer.parent_uid.is_some() => {
                return refused(200, PERMISSION_DENIED, "Permission denied.", context);
            }
            Some(page) => {
                let rows = self.histories.of(signer.uid, || History::new(signer.uid, context)).rows(page.list);
                listed(page, rows, parameters, context)
            }
        };
        match answered {
            Ok(result) => with_limits(Response::json(200, &envelope(0, "OK", result, context.now_ms)), room),
            Err(finding) => {
                let text = finding.detail.clone();
                context.violate(&[finding]);
                refused(200, PARAMETER_ERROR, &text, context)
            }
        }
    }
}

fn wrong(field: &str, text: &str) -> Finding {
    Finding::new("parameter", field, format!("params error: {field} {text}"))
}

fn known(parameters: &Parameters, names: &[&[&str]]) -> Result<(), Finding> {
    match parameters.keys().find(|name| !names.iter().any(|names| names.contains(&name.as_str()))) {
        Some(name) => Err(Finding::new("unknown_field", name, format!("No page lists the parameter {name}."))),
        None => Ok(()),
    }
}

fn is_upper(text: &str) -> bool {
    !text.is_empty() && !text.bytes().any(|b| b.is_ascii_lowercase())
}

/// 13.2.
fn wallet(parameters: &Parameters, context: &Context<'_>) -> Result<Value, Finding> {
    known(parameters, &[&["accountType", "coin"]])?;
    if word(parameters, "accountType") != Some("UNIFIED") {
        return Err(wrong("accountType", "must be UNIFIED"));
    }
    let wanted: Option<Vec<&str>> = word(parameters, "coin").map(|coins| coins.split(',').collect());
    if wanted.iter().flatten().any(|coin| !is_upper(coin)) {
        return Err(wrong("coin", "must be upper-case"));
    }
    let held: &[(&str, &str, &str)] =
        if context.knobs.user_has_funds { &[("BTC", "0.6", "0.05"), ("USDT", "1000.50", "0")] } else { &[] };
    let coins: Vec<Value> = held
        .iter()
        .filter(|(coin, ..)| wanted.as_ref().is_none_or(|wanted| wanted.contains(coin)))
        .map(|(coin, balance, locked)| {
            json!({
                "coin": coin, "equity": balance, "usdValue": "1000", "walletBalance": balance, "locked": locked,
                "spotHedgingQty": "0", "borrowAmount": "0.0", "accruedInterest": "0", "totalOrderIM": "", "totalPositionIM": "",
                "totalPositionMM": "", "unrealisedPnl": "0", "cumRealisedPnl": "-1.5", "bonus": "0", "marginCollateral": true,
                "collateralSwitch": true, "spotBorrow": "0", "availableToWithdraw": "", "availableToBorrow": "",
            })
        })
        .collect();
    Ok(json!({"list": [{
        "accountType": "UNIFIED", "accountIMRate": "0", "accountMMRate": "0", "totalEquity": "3.31216591",
        "totalWalletBalance": "3.00326056", "totalMarginBalance": "3.00326056", "totalAvailableBalance": "3.00326056",
        "totalPerpUPL": "0", "totalInitialMargin": "0", "totalMaintenanceMargin": "0", "accountLTV": "0", "coin": coins,
    }]}))
}

/// A page of a list, newest first, from where the cursor leads (13.1).
fn listed(page: &Page, rows: &[Row], parameters: &Parameters, context: &Context<'_>) -> Result<Value, Finding> {
    known(parameters, &[page.parameters, &["startTime", "endTime", "limit", "cursor"]])?;
    let number = |name: &str| match word(parameters, name) {
        None => Ok(None),
        Some(text) => text.parse::<u64>().map(Some).map_err(|_| wrong(name, "must be an integer")),
    };
    let categories = ["spot", "linear", "inverse", "option"];
    let category = word(parameters, "category");
    let needs_category = matches!(page.list, List::Orders | List::Executions);
    if category.is_some_and(|category| !categories.contains(&category)) || needs_category && category.is_none() {
        return Err(wrong("category", "must be spot, linear, inverse or option"));
    }
    for name in ["coin", "currency", "symbol", "baseCoin", "settleCoin"] {
        if word(parameters, name).is_some_and(|text| !is_upper(text)) {
            return Err(wrong(name, "must be upper-case"));
        }
    }
    if page.list == List::Log && word(parameters, "accountType").is_some_and(|kind| kind != "UNIFIED") {
        return Err(wrong("accountType", "must be UNIFIED"));
    }
    let count = number("limit")?.unwrap_or(page.default_rows);
    if !(1..=page.most_rows).contains(&count) {
        return Err(wrong("limit", &format!("must be 1 to {}", page.most_rows)));
    }
    let (start, end) = span(page, number("startTime")?, number("endTime")?, context.now_ms)?;
    let unit = if page.in_seconds { SECOND_MS } else { 1 };
    let withdraw_type = number("withdrawType")?.unwrap_or(0);
    let fits = |row: &&Row| {
        let same = |name: &str, own: &str| word(parameters, name).is_none_or(|text| text == own);
        let is_shown = match page.list {
            List::Withdrawals => withdraw_type == 2 || row.body["withdrawType"] == json!(withdraw_type),
            List::Orders => is_kept(row, context.now_ms),
            _ => true,
        };
        is_shown
            && (start / unit..=end / unit).contains(&(row.at_ms / unit))
            && same("coin", row.coin)
            && same("currency", row.coin)
            && same("symbol", row.symbol)
            && (page.list == List::Log || same("category", row.category))
            && (page.list != List::Log || category.is_none() || row.body["category"] == json!(category))
            && ["status", "orderStatus", "execType", "type"].iter().all(|name| same(name, row.word))
    };
    let behind = word(parameters, "cursor").map(|cursor| position(page, cursor)).transpose()?;
    let mut found = rows.iter().rev().filter(fits).filter(|row| behind.is_none_or(|last| (row.at_ms, row.seq) < last));
    let size = usize::try_from(count).unwrap_or(usize::MAX);
    let shown: Vec<&Row> = found.by_ref().take(size).collect();
    let is_last = found.next().is_none();
    let last = shown.last().filter(|_| !is_last || context.knobs.cursor_at_end);
    let cursor = last.map_or(String::new(), |row| cursor(page, row));
    let bodies: Vec<Value> = shown.iter().map(|row| body(page, row, context)).collect();
    let mut result = json!({page.name: bodies, "nextPageCursor": cursor});
    if needs_category {
        result["category"] = json!(category);
    }
    Ok(result)
}

fn body(page: &Page, row: &Row, context: &Context<'_>) -> Value {
    let mut body = row.body.clone();
    if page.list == List::Deposits && row.word == "processing" && !context.knobs.deposit_times {
        body["successAt"] = json!("");
    }
    if let Some(fields) = body.as_object_mut().filter(|_| page.list == List::Deposits && !context.knobs.deposit_ids) {
        fields.remove("id");
    }
    body
}

/// Orders without a fill are forgotten: cancelled ones after a day, the others after a week (13.6).
fn is_kept(row: &Row, now_ms: u64) -> bool {
    let age_ms = now_ms.saturating_sub(row.at_ms);
    match row.word {
        "Filled" | "PartiallyFilledCanceled" => true,
        "Cancelled" | "Rejected" | "Deactivated" => age_ms <= DAY_MS,
        _ => age_ms <= WEEK_MS,
    }
}

fn span(page: &Page, start: Option<u64>, end: Option<u64>, now_ms: u64) -> Result<(u64, u64), Finding> {
    let (longest_ms, default_ms) = page.span_ms;
    let (start, end) = match (start, end) {
        (None, None) => (now_ms.saturating_sub(default_ms), now_ms),
        (Some(start), None) => (start, start.saturating_add(default_ms)),
        (None, Some(end)) => (end.saturating_sub(default_ms), end),
        (Some(start), Some(end)) => {
            let too_long = if page.is_less {
                end.saturating_sub(start) >= longest_ms
            } else {
                end.saturating_sub(start) > longest_ms
            };
            if start > end || too_long {
                return Err(wrong("startTime", "and endTime are too far apart, or in the wrong order"));
            }
            (start, end)
        }
    };
    if page.reaches_ms.is_some_and(|reach| start < now_ms.saturating_sub(reach)) {
        return Err(wrong("startTime", "is earlier than 2 years ago"));
    }
    Ok((start, end))
}

/// The lists of trading have percent escapes in their cursors, the others base64 (13.1).
fn cursor(page: &Page, row: &Row) -> String {
    match page.name {
        "rows" => STANDARD.encode(format!("{{\"at\":{},\"seq\":{}}}", row.at_ms, row.seq)),
        _ => format!("{}%3A{}", row.at_ms, row.seq),
    }
}

fn position(page: &Page, cursor: &str) -> Result<(u64, u64), Finding> {
    let numbers = |text: &str, between: &str| {
        let (at, seq) = text.split_once(between)?;
        Some((at.parse().ok()?, seq.parse().ok()?))
    };
    let found = match page.name {
        "rows" => STANDARD
            .decode(cursor)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| numbers(text.strip_prefix("{\"at\":")?.strip_suffix('}')?, ",\"seq\":")),
        _ => numbers(cursor, "%3A"),
    };
    found.ok_or_else(|| wrong("cursor", "is none of ours"))
}
