//! A sandbox at hand: requests in one line, answers as JSON, a clock that only tests move.
#![allow(dead_code)]

pub mod read;
pub mod sign;

use serde_json::{Value, json};
use venuekey_sandbox::{Answer, Client, Config, Reply, Request, Sandbox};

pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub const WHITEBIT: &str = "/whitebit/global";
pub const WHITEBIT_EU: &str = "/whitebit/eu";
pub const BYBIT: &str = "/bybit/mainnet";
pub const WHITEBIT_CALLBACK: &str = "http://127.0.0.1:8000/callback/whitebit";
pub const BYBIT_CALLBACK: &str = "http://127.0.0.1:8000/callback/bybit";
pub const AGENT_CALLBACK: &str = "http://127.0.0.1:9876/callback";
pub const HEADLESS: &str = "https://www.bybit.com/oauth/callback";
pub const FORM: &str = "application/x-www-form-urlencoded";

pub struct Bench {
    pub sandbox: Sandbox,
    pub now_ms: u64,
}

/// A response that arrived whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Got {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Got {
    pub fn of(answer: Answer) -> Got {
        match answer.reply {
            Reply::Response { status, headers, body } => Got { status, headers, body },
            other => panic!("no whole response: {other:?}"),
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("no redirect: {} {}", self.status, self.text()))
    }

    /// A parameter of the redirect's query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.location().split_once('?')?;
        form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
    }
}

pub fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let headers = headers.iter().map(|(n, v)| (n.to_string(), v.to_string()));
    Request { method: method.into(), target: target.into(), headers: headers.collect(), body: body.into() }
}

/// A second partner at each venue.
pub fn with_other_client() -> Bench {
    let other = Client {
        client_id: "other".into(),
        client_secret: "other-secret".into(),
        name: "Other".into(),
        redirect_uris: vec!["https://other.example/cb".into()],
    };
    let mut config = Config::default();
    config.clients_mut("whitebit").push(other.clone());
    config.clients_mut("bybit").push(other);
    Bench::of(config)
}

impl Bench {
    /// With knobs patched in, as an admin would.
    pub fn new(knobs: Value) -> Bench {
        let mut bench = Bench::of(Config::default());
        bench.knobs(knobs);
        bench
    }

    pub fn of(config: Config) -> Bench {
        Bench { sandbox: Sandbox::new(config).expect("a sound configuration"), now_ms: 1_700_000_000_000 }
    }

    pub fn answer(&mut self, request: &Request) -> Answer {
        self.sandbox.handle(request, self.now_ms)
    }

    pub fn call(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Got {
        Got::of(self.answer(&request(method, target, headers, body)))
    }

    pub fn get(&mut self, target: &str) -> Got {
        self.call("GET", target, &[], "")
    }

    pub fn post(&mut self, target: &str, pairs: &[(&str, &str)]) -> Got {
        let headers = [("Content-Type", FORM), ("User-Agent", "partner/1.0")];
        self.call("POST", target, &headers, &form(pairs))
    }

    pub fn bearer(&mut self, method: &str, target: &str, token: &str) -> Got {
        let value = format!("Bearer {token}");
        let headers = [("Authorization", value.as_str()), ("User-Agent", "partner/1.0")];
        self.call(method, target, &headers, "")
    }

    pub fn admin(&mut self, method: &str, path: &str, body: Value) -> Got {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("content-type", "application/json")];
        self.call(method, &format!("/_sandbox/{path}"), &headers, &body)
    }

    pub fn knobs(&mut self, patch: Value) {
        let got = self.admin("PATCH", "knobs", patch);
        assert_eq!(got.status, 200, "{}", got.text());
    }

    pub fn fault(&mut self, endpoint: &str, fault: &str) {
        let got = self.admin("POST", "faults", json!({"endpoint": endpoint, "fault": fault}));
        assert_eq!(got.status, 200, "{}", got.text());
    }

    pub fn act(&mut self, place: &str, action: &str) -> Got {
        self.admin("POST", &format!("user/{place}/action"), json!({"action": action}))
    }

    /// The rules violated so far.
    pub fn rules(&self) -> Vec<&'static str> {
        self.sandbox.violations().iter().map(|v| v.rule).collect()
    }

    pub fn later(&mut self, ms: u64) {
        self.now_ms += ms;
    }

    pub fn whitebit_login(&mut self, prefix: &str) -> Got {
        let query = form(&[
            ("clientId", "demo-whitebit"),
            ("redirect_uri", WHITEBIT_CALLBACK),
            ("state", "s t&1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        self.get(&format!("{prefix}/auth/login?{query}"))
    }

    /// A code, by the user who approves at once.
    pub fn whitebit_code(&mut self, prefix: &str) -> String {
        self.knobs(json!({"whitebit": {"user_decision": "approve"}}));
        let got = self.whitebit_login(prefix);
        got.parameter("code").expect("code")
    }

    pub fn whitebit_token(&mut self, prefix: &str, code: &str) -> Got {
        self.post(
            &format!("{prefix}/oauth2/token"),
            &[
                ("client_id", "demo-whitebit"),
                ("client_secret", "demo-whitebit-secret"),
                ("code", code),
                ("code_verifier", VERIFIER),
            ],
        )
    }

    pub fn whitebit_refresh(&mut self, token: &str) -> Got {
        self.post(
            "/whitebit/global/oauth2/refresh_token",
            &[("client_id", "demo-whitebit"), ("client_secret", "demo-whitebit-secret"), ("token", token)],
        )
    }

    /// Access and refresh token.
    pub fn whitebit_tokens(&mut self) -> (String, String) {
        let code = self.whitebit_code(WHITEBIT);
        let data = self.whitebit_token(WHITEBIT, &code).json()["data"].clone();
        let text = |name: &str| data[name].as_str().unwrap_or("").to_owned();
        (text("access_token"), text("refresh_token"))
    }

    pub fn whitebit_info(&mut self, token: &str) -> Got {
        self.bearer("GET", "/whitebit/global/oauth2/api-key/info", token)
    }

    /// Access token and the id of a key that exists.
    pub fn whitebit_key(&mut self) -> (String, String) {
        self.knobs(json!({"whitebit": {"key_timing": "before"}}));
        let (token, _) = self.whitebit_tokens();
        let info = self.whitebit_info(&token).json();
        let id = info["data"]["externalId"].as_str().expect("externalId");
        (token, id.to_owned())
    }

    pub fn whitebit_secret(&mut self, token: &str, id: &str) -> Got {
        let target = format!("/whitebit/global/oauth2/api-key/{id}/secret");
        self.bearer("GET", &target, token)
    }

    pub fn whitebit_delete(&mut self, token: &str, id: &str) -> Got {
        let target = format!("/whitebit/global/oauth2/api-key/{id}");
        self.bearer("DELETE", &target, token)
    }

    pub fn bybit_login_at(&mut self, path: &str, redirect_uri: &str) -> Got {
        let query = form(&[
            ("client_id", "demo-bybit"),
            ("response_type", "code"),
            ("scope", "openapi"),
            ("redirect_uri", redirect_uri),
            ("state", "s t&1"),
        ]);
        self.get(&format!("{path}?{query}"))
    }

    pub fn bybit_login(&mut self) -> Got {
        self.bybit_login_at("/bybit/mainnet/en/oauth", BYBIT_CALLBACK)
    }

    pub fn bybit_code(&mut self) -> String {
        self.knobs(json!({"bybit": {"user_decision": "approve"}}));
        self.bybit_login().parameter("code").expect("code")
    }

    pub fn bybit_token(&mut self, code: &str) -> Got {
        self.post(
            "/bybit/mainnet/oauth/v1/public/access_token",
            &[("client_id", "demo-bybit"), ("client_secret", "demo-bybit-secret"), ("code", code)],
        )
    }

    pub fn bybit_tokens(&mut self) -> (String, String) {
        let code = self.bybit_code();
        let body = self.bybit_token(&code).json();
        let text = |name: &str| body[name].as_str().unwrap_or("").to_owned();
        (text("access_token"), text("refresh_token"))
    }

    pub fn bybit_refresh(&mut self, token: &str) -> Got {
        self.post(
            "/bybit/mainnet/oauth/v1/public/refresh_token",
            &[("client_id", "demo-bybit"), ("client_secret", "demo-bybit-secret"), ("refresh_token", token)],
        )
    }

    pub fn bybit_uid(&mut self, token: &str) -> Got {
        self.bearer("GET", "/bybit/mainnet/oauth/v1/resource/restrict/uid_bearer", token)
    }

    pub fn bybit_openapi(&mut self, token: &str) -> Got {
        self.bearer("GET", "/bybit/mainnet/oauth/v1/resource/restrict/openapi", token)
    }
}

/// Bybit's AI agent, on mainnet.
impl Bench {
    pub fn agent_login(&mut self, redirect_uri: &str) -> Got {
        let query = form(&agent_query(redirect_uri));
        self.get(&format!("{BYBIT}/oauth?{query}"))
    }

    pub fn agent_code(&mut self) -> String {
        self.knobs(json!({"bybit": {"user_decision": "approve"}}));
        self.agent_login(AGENT_CALLBACK).parameter("code").expect("code")
    }

    pub fn agent_token(&mut self, code: &str, verifier: &str) -> Got {
        let fields = [("client_id", "ai-agent"), ("code", code), ("code_verifier", verifier)];
        self.post("/bybit/mainnet/oauth/v1/public/access_token", &fields)
    }

    pub fn agent_tokens(&mut self) -> (String, String) {
        let code = self.agent_code();
        let body = self.agent_token(&code, VERIFIER).json();
        let text = |name: &str| body[name].as_str().unwrap_or("").to_owned();
        (text("access_token"), text("refresh_token"))
    }

    pub fn agent_refresh(&mut self, token: &str) -> Got {
        let fields = [("client_id", "ai-agent"), ("refresh_token", token)];
        self.post("/bybit/mainnet/oauth/v1/public/refresh_token", &fields)
    }

    /// `query` begins with its question mark, or is empty.
    pub fn ai_accounts(&mut self, token: &str, query: &str) -> Got {
        self.bearer("GET", &format!("/bybit/mainnet/oauth/v1/resource/restrict/ai_accounts{query}"), token)
    }
}

/// What the agent's authorize request carries.
pub fn agent_query(redirect_uri: &str) -> Vec<(&'static str, &str)> {
    vec![
        ("client_id", "ai-agent"),
        ("response_type", "code"),
        ("scope", "ai-account"),
        ("redirect_uri", redirect_uri),
        ("state", "s t&1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

/// The session of a redirect to the consent page.
pub fn session(got: &Got) -> String {
    got.parameter("session").expect("session")
}
