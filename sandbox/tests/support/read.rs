//! WhiteBIT's account reads, with the token of a plain grant.

use super::{Bench, Got, WHITEBIT};
use serde_json::{Value, json};

/// The six paths, what each is called as an endpoint, and the private one that it stands for (facts/whitebit.md, 6).
pub const READS: [(&str, &str, &str); 6] = [
    ("transactions", "transactions", "/api/v4/main-account/history"),
    ("converts", "converts", "/api/v4/convert/history"),
    ("orders", "orders", "/api/v4/trade-account/order/history"),
    ("deals", "deals", "/api/v4/trade-account/executed-history"),
    ("balances/main", "main_balances", "/api/v4/main-account/balance"),
    ("balances/spot", "spot_balances", "/api/v4/trade-account/balance"),
];

impl Bench {
    /// The token endpoint's data after a plain grant that the user approves at once.
    pub fn plain_grant(&mut self, prefix: &str) -> Value {
        self.knobs(json!({"whitebit": {"user_decision": "approve"}}));
        let got = self.get(&format!("{prefix}/auth/login?clientId=demo-whitebit&state=s"));
        let code = got.parameter("code").expect("code");
        let fields = [("client_id", "demo-whitebit"), ("client_secret", "demo-whitebit-secret"), ("code", &*code)];
        self.post(&format!("{prefix}/oauth2/token"), &fields).json()["data"].clone()
    }

    /// Its access token alone.
    pub fn reader(&mut self, prefix: &str) -> String {
        self.plain_grant(prefix)["access_token"].as_str().expect("access token").to_owned()
    }

    pub fn read_raw(&mut self, prefix: &str, name: &str, headers: &[(&str, &str)], body: &str) -> Got {
        self.call("POST", &format!("{prefix}/api/v4/accounts/{name}"), headers, body)
    }

    pub fn read_at(&mut self, prefix: &str, token: &str, name: &str, parameters: Value) -> Got {
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        self.read_raw(prefix, name, &headers, &parameters.to_string())
    }

    pub fn read(&mut self, token: &str, name: &str, parameters: Value) -> Got {
        self.read_at(WHITEBIT, token, name, parameters)
    }
}
