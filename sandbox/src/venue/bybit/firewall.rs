//! The web application firewall before the OAuth API (4, B10).

use super::knobs::{Context, UserAgent};
use crate::base::http::{Call, Response};
use crate::exchange::record::Finding;
use crate::parts::pages;

/// Refuses a request that a web application firewall would drop (4, B10): without a User-Agent of
/// its own, or without a browser's. The API endpoints only; a browser brings its own.
pub fn user_agent(call: &Call<'_>, context: &mut Context<'_>) -> Option<Response> {
    let agent = call.header("user-agent").unwrap_or("").trim();
    let detail = match context.knobs.user_agent {
        UserAgent::Any => return None,
        _ if agent.is_empty() => "Bybit needs a User-Agent; the request has none.",
        UserAgent::Own if is_library_default(agent) => {
            "Bybit may drop a library's default User-Agent; send one of your own."
        }
        // What every browser's begins with.
        UserAgent::Browser if !agent.starts_with("Mozilla/5.0 (") => "The User-Agent must be a browser's.",
        UserAgent::Own | UserAgent::Browser => return None,
    };
    context.violate(&[Finding::new("user_agent", "user-agent", detail)]);
    Some(pages::firewall(detail))
}

/// Whether an HTTP library sends this User-Agent unless told otherwise.
fn is_library_default(agent: &str) -> bool {
    const LIBRARIES: [&str; 21] = [
        "aiohttp",
        "apache-httpclient",
        "axios",
        "bun",
        "curl",
        "dalvik",
        "dart",
        "deno",
        "go-http-client",
        "got",
        "hyper",
        "java",
        "java-http-client",
        "ktor",
        "libwww-perl",
        "node",
        "node-fetch",
        "okhttp",
        "python",
        "undici",
        "wget",
    ];
    let agent = agent.to_ascii_lowercase();
    let product = agent.split(['/', ' ']).next().unwrap_or("");
    LIBRARIES.contains(&product)
        || product.starts_with("python-")
        // What URLSession composes of the app's name and its own.
        || agent.contains(" cfnetwork/")
}
