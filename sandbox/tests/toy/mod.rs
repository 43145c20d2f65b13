//! An exchange that nobody has: a plain code grant, JSON at the token endpoint, HTTP Basic for the client, and one key
//! for each user. Live, it is read; in the demo, which a header tells apart, the app creates it as it likes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use venuekey_sandbox::exchange::Exchange;
use venuekey_sandbox::exchange::action::UserAction;
use venuekey_sandbox::exchange::client::ApiKey;
use venuekey_sandbox::exchange::context::Context;
use venuekey_sandbox::exchange::endpoint::{Endpoint, GET, Kind, POST, Route};
use venuekey_sandbox::exchange::fault::Fault;
use venuekey_sandbox::exchange::knob::{self, Knob, KnobKind, Setting};
use venuekey_sandbox::exchange::profile::Profile;
use venuekey_sandbox::exchange::record::{Finding, MASK};
use venuekey_sandbox::http::{Call, Response, callback_url};
use venuekey_sandbox::parts::consent::{Choice, Consents, Desk};
use venuekey_sandbox::parts::grants::{Codes, Grant, Pair, Pairs, after};
use venuekey_sandbox::parts::readings::Decision;
use venuekey_sandbox::parts::screen::{Asking, Screen};
use venuekey_sandbox::parts::{pages, strict};

const ENVIRONMENTS: [&str; 2] = ["live", "demo"];
const KEY: Endpoint = Endpoint::new("toy_key", Kind::Key);
const BALANCES: Endpoint = Endpoint::new("toy_balances", Kind::Read);
const DEMO: usize = 1;
const SCOPE: &str = "trade";
const USER: u64 = 7;
const ACCESS_S: u64 = 3600;

#[derive(Clone, Debug, Default)]
pub struct Toy {
    knobs: ToyKnobs,
    hosts: [Host; 2],
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ToyKnobs {
    code_ttl_s: u64,
    user_decision: Decision,
}

impl Default for ToyKnobs {
    fn default() -> ToyKnobs {
        ToyKnobs { code_ttl_s: 60, user_decision: Decision::Ask }
    }
}

/// One environment.
#[derive(Clone, Debug, Default)]
struct Host {
    desk: Desk,
    codes: Codes,
    pairs: Pairs,
    key: Option<Key>,
}

#[derive(Clone, Debug)]
struct Key {
    key: String,
    secret: String,
    /// What the app has asked for.
    asked: Map<String, Value>,
}

type ToyContext<'a> = Context<'a, ToyKnobs>;

fn refused(status: u16, error: &str) -> Response {
    Response::json(status, &json!({"error": error}))
}

fn undocumented(findings: &[Finding], context: &mut ToyContext<'_>) -> Response {
    context.violate(findings);
    refused(400, "invalid_request")
}

impl Exchange for Toy {
    fn profile(&self) -> Profile {
        Profile {
            name: "toy",
            title: "Toy",
            environments: &ENVIRONMENTS,
            endpoints: &[KEY, BALANCES],
            knobs: vec![
                Knob::new("code_ttl_s", "Lifetime of a code in seconds.", KnobKind::Number(u64::MAX), 60),
                Knob::new("user_decision", "What the user does when asked.", Decision::kind(), "ask"),
            ],
            accent: None,
        }
    }

    fn duplicate(&self) -> Box<dyn Exchange> {
        Box::new(self.clone())
    }

    fn route(&self, path: &str) -> Option<Route> {
        Some(match path {
            "/authorize" => Route::Endpoint(Endpoint::AUTHORIZE, GET),
            "/token" => Route::Endpoint(Endpoint::TOKEN, POST),
            "/key" => Route::Endpoint(KEY, &["GET", "POST", "DELETE"]),
            "/balances" => Route::Endpoint(BALANCES, POST),
            "/me" => Route::Endpoint(Endpoint::SIGNED, GET),
            _ => return None,
        })
    }

    fn serve(&mut self, endpoint: Endpoint, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        let host = &mut self.hosts[context.environment];
        let context = &mut context.with(&self.knobs);
        match endpoint {
            Endpoint::AUTHORIZE => host.authorize(call, context),
            Endpoint::TOKEN => host.token(call, context),
            Endpoint::SIGNED => host.me(call, context),
            _ => host.with_token(endpoint, call, context),
        }
    }

    fn page(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        self.hosts[context.environment].consent(call, &mut context.with(&self.knobs))
    }

    fn refusal(&self, fault: Fault, _: Endpoint, status: u16, _: &mut Context<'_>) -> Response {
        match fault {
            Fault::RateLimit => refused(429, "slow_down"),
            Fault::TokenExpired => refused(401, "invalid_token"),
            Fault::OkWithError => refused(200, "busy"),
            _ => refused(status, "busy"),
        }
    }

    fn wrong_method(&self, _: Endpoint, finding: &Finding, _: &mut Context<'_>) -> Response {
        refused(405, &finding.detail)
    }

    fn user(&self) -> Value {
        json!({"uid": USER, "decision": self.knobs.user_decision})
    }

    fn state(&self, environment: usize, now_ms: u64, with_values: bool) -> Value {
        let host = &self.hosts[environment];
        let keys = host.key.iter().map(|Key { key, secret, asked }| {
            let secret = if with_values { secret } else { MASK };
            let mut shown = json!({"api_key": key, "api_secret": secret});
            if !asked.is_empty() && with_values {
                shown["asked"] = json!(asked);
            }
            shown
        });
        json!({
            "open_consents": host.desk.count(), "open_codes": host.codes.open(now_ms),
            "tokens": host.pairs.state(now_ms, with_values), "keys": keys.collect::<Vec<Value>>(),
        })
    }

    fn plant(&mut self, environment: usize, key: &ApiKey) {
        let (key, secret) = (key.api_key.clone(), key.api_secret.clone());
        self.hosts[environment].key = Some(Key { key, secret, asked: Map::new() });
    }

    fn act(&mut self, action: UserAction, context: &mut Context<'_>) -> Result<Value, String> {
        let host = &mut self.hosts[context.environment];
        match action {
            UserAction::DeleteKey => Ok(json!({"keys": u8::from(host.key.take().is_some())})),
            _ => Err("A toy's user deletes the key, and that is all.".into()),
        }
    }

    fn knobs(&self) -> Value {
        json!(self.knobs)
    }

    fn take_knobs(&mut self, values: &Value) -> Result<(), String> {
        self.knobs = knob::read(values)?;
        Ok(())
    }
}

impl Host {
    fn authorize(&mut self, call: &Call<'_>, context: &mut ToyContext<'_>) -> Response {
        let (fields, mut findings) = strict::read_query(call, &["client_id", "redirect_uri", "state"], &[]);
        let client = context.client(fields.text("client_id"));
        let uri = client.and_then(|client| client.redirect_uris.iter().find(|uri| *uri == fields.text("redirect_uri")));
        if uri.is_none() {
            findings.push(Finding::new("redirect_uri", "redirect_uri", "No client has registered this address."));
        }
        match (client, uri) {
            (Some(client), Some(uri)) if findings.is_empty() => {
                let asking = Asking {
                    client_id: client.client_id.clone(),
                    client_name: client.name.clone(),
                    redirect_uri: uri.clone(),
                    state: fields.get("state").map(str::to_owned),
                    scopes: vec![SCOPE.into()],
                    ..Asking::default()
                };
                self.begin(asking, context)
            }
            _ => {
                context.violate(&findings);
                pages::refusal(context, &findings)
            }
        }
    }

    fn token(&mut self, call: &Call<'_>, context: &mut ToyContext<'_>) -> Response {
        let (fields, mut findings) = strict::read_json(call, &["grant_type", "code"], &[]);
        let (id, secret) = strict::basic(call).unwrap_or_else(|finding| {
            findings.push(finding);
            Default::default()
        });
        if !findings.is_empty() {
            return undocumented(&findings, context);
        }
        if context.authenticated(&id, &secret).is_none() {
            return refused(401, "invalid_client");
        }
        let code = fields.text("code");
        let Some(grant) = self.codes.look_up(code, &id, context.now_ms).cloned() else {
            return refused(400, "invalid_grant");
        };
        self.codes.spend(code);
        let pair = Pair {
            grant,
            access: context.mint.alphanumeric("toy access", 32),
            access_expires_ms: after(context.now_ms, ACCESS_S),
            refresh: None,
            refresh_expires_ms: 0,
            access_lives: true,
        };
        let body = json!({"access_token": pair.access, "expires_in": ACCESS_S});
        self.pairs.issue(pair, context.now_ms);
        Response::json(200, &body).no_store()
    }

    fn with_token(&mut self, endpoint: Endpoint, call: &Call<'_>, context: &mut ToyContext<'_>) -> Response {
        let token = match strict::bearer(call) {
            Ok(token) => token,
            Err(finding) => return undocumented(&[finding], context),
        };
        if self.pairs.by_access(token).is_none_or(|pair| context.now_ms >= pair.access_expires_ms) {
            return refused(401, "invalid_token");
        }
        let findings = of_another_world(call, context);
        if !findings.is_empty() {
            return undocumented(&findings, context);
        }
        match (endpoint, context.environment, call.method()) {
            (BALANCES, ..) => match strict::read_json(call, &[], &[]).1 {
                findings if findings.is_empty() => Response::json(200, &json!({"BTC": "0.5"})),
                findings => undocumented(&findings, context),
            },
            (_, DEMO, "POST") => self.create(call, context),
            (_, DEMO, "DELETE") => match self.key.take() {
                Some(_) => Response::json(200, &json!({})),
                None => refused(404, "no_key"),
            },
            (_, 0, "GET") => {
                let findings = strict::read_bare(call);
                if !findings.is_empty() {
                    return undocumented(&findings, context);
                }
                self.key.get_or_insert_with(|| Key::made(context, Map::new())).shown()
            }
            _ => undocumented(&[Finding::new("method", "method", "This world's key does not take it.")], context),
        }
    }

    /// There is room for one.
    fn create(&mut self, call: &Call<'_>, context: &mut ToyContext<'_>) -> Response {
        let optional = ["label", "permissions", "expires_at_ms"];
        let (fields, findings) = strict::read_json(call, &["passphrase"], &optional);
        if !findings.is_empty() {
            return undocumented(&findings, context);
        }
        if self.key.is_some() {
            return refused(409, "key_exists");
        }
        let given = |name: &str| Some((name.to_owned(), json!(fields.get(name)?)));
        let asked = ["passphrase"].iter().chain(&optional).filter_map(|name| given(name)).collect();
        self.key.insert(Key::made(context, asked)).shown()
    }

    /// A signed request: the secret itself stands for a signature.
    fn me(&self, call: &Call<'_>, context: &mut ToyContext<'_>) -> Response {
        let findings = of_another_world(call, context);
        if !findings.is_empty() {
            return undocumented(&findings, context);
        }
        let sent = |name: &str| call.header(name).unwrap_or_default();
        let is_theirs = |key: &&Key| {
            let passphrase = key.asked.get("passphrase").and_then(Value::as_str).unwrap_or_default();
            [sent("x-toy-key"), sent("x-toy-secret"), sent("x-toy-passphrase")] == [&*key.key, &*key.secret, passphrase]
        };
        match self.key.as_ref().filter(is_theirs) {
            Some(_) => Response::json(200, &json!({"uid": USER})),
            None => refused(401, "bad_signature"),
        }
    }
}

impl Key {
    fn made(context: &mut ToyContext<'_>, asked: Map<String, Value>) -> Key {
        let (key, secret) = (context.mint.alphanumeric("toy key", 16), context.mint.alphanumeric("toy secret", 32));
        Key { key, secret, asked }
    }

    fn shown(&self) -> Response {
        Response::json(200, &json!({"key": self.key, "secret": self.secret})).no_store()
    }
}

/// The demo's requests have a header that the others don't have.
fn of_another_world(call: &Call<'_>, context: &ToyContext<'_>) -> Vec<Finding> {
    let wanted = (context.environment == DEMO).then_some("1");
    let is_theirs = call.header("x-toy-demo") == wanted;
    let finding =
        || Finding::new("world", "x-toy-demo", "The demo has the header x-toy-demo: 1, and nothing else has.");
    (!is_theirs).then(finding).into_iter().collect()
}

impl Consents for Host {
    type Knobs = ToyKnobs;

    fn desk(&mut self) -> &mut Desk {
        &mut self.desk
    }

    fn decision(&self, context: &ToyContext<'_>) -> Decision {
        context.knobs.user_decision
    }

    fn gate(&self, _: &Asking, _: &ToyContext<'_>) -> Option<(&'static str, &'static str)> {
        None
    }

    fn screen(&self, asking: &Asking, _: &ToyContext<'_>) -> Screen {
        Screen {
            exchange: "Toy",
            host: "toy.example".into(),
            style: "toy",
            user: "Demo user".into(),
            uid: USER,
            otp: None,
            purpose: "wants to trade for you",
            grants: asking.scopes.iter().map(|scope| (scope.clone(), "Receive a key of your account")).collect(),
            legend: "",
            groups: Vec::new(),
            withdrawal_confirmed: false,
            wants_a_tick: false,
        }
    }

    fn conclude(&mut self, asking: &Asking, choice: Choice, context: &mut ToyContext<'_>) -> Response {
        let state = asking.state.as_deref().unwrap_or("");
        let (name, value) = match choice {
            Choice::Approve(_) => {
                let code = context.mint.alphanumeric("toy code", 24);
                let grant = Grant {
                    uid: USER,
                    client_id: asking.client_id.clone(),
                    scopes: asking.scopes.clone(),
                    challenge: None,
                    redirect_uri: asking.redirect_uri.clone(),
                };
                self.codes.issue(code.clone(), grant, context.now_ms, context.knobs.code_ttl_s);
                ("code", code)
            }
            Choice::Decline | Choice::Close => ("error", "access_denied".into()),
        };
        let pairs = [(name, value.as_str()), ("state", state)];
        Response::redirect(302, &callback_url(&asking.redirect_uri, false, &pairs))
    }
}
