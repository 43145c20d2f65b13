//! Replaying a case of `connections/`: what comes from the web, what workers do, and what a reply meets.

use super::*;

/// A store with one row, and the clock.
struct Host<'a> {
    client: &'a Client,
    stored: Option<Connection>,
    now_ms: u64,
    /// What the app is sending to its backend.
    hand_off: Option<HandOff>,
}

pub fn replay(at: &mut Cursor, case: &mut Value) {
    let client = client(&case["client"]).expect("a client");
    let start = case["start"].as_object_mut().expect("start");
    let (got, stored) = match begun(&client, start) {
        Ok(begun) => (shown(&begun), Some(begun)),
        Err(error) => (json!({"raises": raised(&error)}), None),
    };
    let count = case.get("events").and_then(Value::as_array).map_or(0, Vec::len);
    let start = case["start"].as_object_mut().expect("start");
    at.check("start", start, without_text(got, count > 0));
    let mut host = Host { client: &client, stored, now_ms: 0, hand_off: None };
    for index in 0..count {
        let event = case["events"][index].as_object_mut().expect("event");
        let got = host.take(event);
        at.check(&format!("event {index}"), event, without_text(got, index + 1 < count));
    }
}

/// The text stands once, at the end: what led to it shows in it.
fn without_text(mut got: Value, goes_on: bool) -> Value {
    if goes_on && let Some(fields) = got.as_object_mut() {
        fields.remove("connection");
    }
    got
}

fn begun(client: &Client, start: &Map<String, Value>) -> Result<Connection, VenuekeyError> {
    let now_ms = start["now_ms"].as_u64().expect("now_ms");
    let drawn = Entropy::new(start.get("entropy").map_or([0; 64], entropy));
    let optional = |name: &str| start.get(name).map(|value| text(value).to_owned());
    let mut options = ConnectOptions::new(text(&start["owner"]), text(&start["client_name"]));
    options.label = optional("label");
    options.keep_alive = start.get("keep_alive").map(|kind| text(kind).parse().expect("keep_alive"));
    let consent = flows::options(start);
    match text(&start["call"]) {
        "begin_connection" => client.begin_connection(text(&start["goal"]).parse()?, options, consent, &drawn, now_ms),
        "begin_connection_by_hand_off" => {
            client.begin_connection_by_hand_off(&body_text(&start["hand_off"]), consent.on_secret_lost, options, now_ms)
        }
        "import_tokens" => client.import_tokens(tokens(&start["tokens"])?, optional("uid"), options, &drawn, now_ms),
        "import_key" => {
            let secret = |name: &str| Secret::new(text(&start[name]));
            let id = optional("external_id").map(ExternalId::try_from).transpose()?;
            let (api_key, api_secret) = (secret("api_key"), secret("api_secret"));
            let key = ImportedKey {
                api_key,
                api_secret,
                external_id: id,
                uid: optional("uid"),
                passphrase: None,
                site: None,
            };
            client.import_key(key, options, &drawn, now_ms)
        }
        "restore_connection" => client.restore_connection(text(&start["connection"]), now_ms),
        other => panic!("unknown call {other}"),
    }
}

/// What a host sees of a connection.
fn shown(connection: &Connection) -> Value {
    let mut got = json!({
        "connection": connection.text().expose(), "status": connection.status().as_str(), "due_at_ms": connection.due_at_ms(),
    });
    let fields = got.as_object_mut().expect("an object");
    let mut put = |name: &str, value: Option<Value>| fields.extend(value.map(|value| (name.to_owned(), value)));
    put("authorize_url", connection.authorize_url().map(|url| json!(url.expose())));
    put("expires_at_ms", connection.expires_at_ms().map(|ms| json!(ms)));
    put("wait", connection.wait().map(|wait| shown_wait(&wait)));
    put("error", connection.error().map(|error| json!(error.code().as_str())));
    put("recovery", connection.recovery().map(|recovery| json!(recovery.as_str())));
    put("replaces_key", connection.replaces_key().then_some(json!(true)));
    put("uid", connection.uid().map(|uid| json!(uid)));
    put("key_id", connection.key_id().map(|id| json!(id)));
    put("key_left", connection.key_left().map(|id| json!(id)));
    put(
        "choices",
        connection.choices().map(|choices| {
            let Choices { subaccounts, may_create, creation_in_doubt } = choices;
            let ids: Vec<String> = subaccounts.into_iter().map(|account| account.id).collect();
            json!({"subaccounts": ids, "may_create": may_create, "creation_in_doubt": creation_in_doubt})
        }),
    );
    got
}

/// What a page shows of it besides.
fn viewed(connection: &Connection) -> Value {
    let permission = |group: KeyPermission| {
        let KeyPermission { name, title, granted, withheld } = group;
        json!({"name": name, "title": title, "granted": granted, "withheld": withheld})
    };
    let key = connection.key().map(|key| {
        let KeySummary { id, ending, sub_member_id, permissions, ips, is_read_only, ends_at_ms } = key;
        let permissions = permissions.map(|groups| groups.into_iter().map(permission).collect::<Vec<_>>());
        json!({"id": id, "ending": ending, "sub_member_id": sub_member_id, "permissions": permissions, "ips": ips,
            "is_read_only": is_read_only, "ends_at_ms": ends_at_ms})
    });
    let attempt = connection.attempt().map(|attempt| {
        let ConnectAttempt { number, status, expires_at_ms, request } = attempt;
        json!({"number": number, "status": status.as_str(), "expires_at_ms": expires_at_ms, "request": request})
    });
    json!({"begun_at_ms": connection.begun_at_ms(), "scope": connection.scope(), "key": key, "attempt": attempt})
}

fn shown_wait(wait: &Waiting) -> Value {
    let Waiting { reason, attempts, until_ms, gives_up_at_ms } = wait;
    json!({"reason": reason.as_str(), "attempts": attempts, "until_ms": until_ms, "gives_up_at_ms": gives_up_at_ms})
}

fn shown_access(access: &Access) -> Value {
    match access {
        // Exposed, here and below, as the case has it.
        Access::Key { key } => json!({"access": "key", "api_key": key.api_key().expose()}),
        Access::Tokens { tokens, generation } => {
            json!({"access": "tokens", "access_token": tokens.access_token().expose(), "generation": generation})
        }
        Access::Later { until_ms, error } => {
            json!({"access": "later", "until_ms": until_ms, "error": error.as_ref().map(|error| error.code().as_str())})
        }
        Access::NeedsUser { error, recovery } => json!({
            "access": "needs_user", "error": error.code().as_str(), "recovery": recovery.map(Recovery::as_str),
        }),
    }
}

impl Host<'_> {
    /// What the store has, as another process would find it.
    fn load(&self) -> Option<Connection> {
        let stored = self.stored.as_ref()?;
        let text = stored.text();
        let restored = self.client.restore_connection(text.expose(), self.now_ms).expect("a connection");
        assert_eq!(restored.text().expose(), text.expose(), "a restored connection writes the same text");
        Some(restored)
    }

    fn save(&mut self, next: &Connection) -> bool {
        let wins = next.expected_revision() == self.stored.as_ref().map_or(0, Connection::revision);
        if wins {
            self.stored = Some(next.clone());
        }
        wins
    }

    fn take(&mut self, event: &Map<String, Value>) -> Value {
        self.now_ms = event["now_ms"].as_u64().expect("now_ms");
        if self.stored.is_none() {
            return json!("gone");
        }
        match text(&event["event"]) {
            "drive" => {
                let (trace, end) = self.drive(event);
                let mut got = json!({"trace": trace, "end": end});
                if let Some(stored) = &self.stored {
                    got.as_object_mut().expect("an object").extend(shown(stored).as_object().expect("fields").clone());
                }
                return got;
            }
            "access" => {
                return match self.load().expect("a row").access(self.now_ms) {
                    Ok(access) => shown_access(&access),
                    Err(error) => json!({"raises": raised(&error)}),
                };
            }
            "view" => return viewed(&self.load().expect("a row")),
            "gone" => {
                self.stored = None;
                return json!("gone");
            }
            "take_hand_off" => {
                self.hand_off = self.load().expect("a row").hand_off();
                // Exposed, as the case has it.
                return json!({"hand_off": self.hand_off.as_ref().map(HandOff::expose)});
            }
            _ => {}
        }
        let stored = self.load().expect("a row");
        match apply_intent(&stored, self.hand_off.as_ref(), event) {
            Ok(next) if next.revision() == stored.revision() => json!("unchanged"),
            Ok(next) => {
                assert!(self.save(&next));
                shown(&next)
            }
            Err(error) => json!({"raises": raised(&error)}),
        }
    }

    /// One worker, from what the store has to its end; what happens `meanwhile` does so before the numbered line is done.
    fn drive(&mut self, event: &Map<String, Value>) -> (Vec<String>, Value) {
        let mut trace = Vec::new();
        let holder = text(&event["holder"]);
        let mut sent: Vec<String> = Vec::new();
        let began_ms = self.now_ms;
        let stored = self.load().expect("a row");
        let mut driver = match event.get("wants") {
            None => ConnectionDriver::new(stored, holder, began_ms),
            Some(wants) => {
                let generation = wants.get("refused_generation").and_then(Value::as_u64);
                let patience_ms = wants.get("patience_ms").and_then(Value::as_u64).unwrap_or(30_000);
                ConnectionDriver::for_access(stored, holder, generation, patience_ms, began_ms)
            }
        }
        .expect("a driver");
        loop {
            let line = match driver.action() {
                Action::Save => {
                    let next = driver.connection();
                    format!("save {} {}", next.revision(), next.status().as_str())
                }
                Action::Send => format!("send {}", driver.request().expect("a request").purpose()),
                Action::Sleep => format!("sleep {}", driver.until_ms().expect("an end").saturating_sub(self.now_ms)),
                Action::Deliver => {
                    let kinds: Vec<&str> = driver.events().iter().map(|event| event.kind.as_str()).collect();
                    format!("deliver {}", kinds.join(" "))
                }
                action => action.as_str().to_owned(),
            };
            match driver.action() {
                Action::Return if driver.is_gone() => return (trace, json!("gone")),
                Action::Return => {
                    let access = driver.access().map_or(json!("rest"), shown_access);
                    return (trace, access);
                }
                Action::Fail => return (trace, json!({"raises": driver.error().expect("an error").code().as_str()})),
                Action::Stop => return (trace, json!("stopped")),
                _ => {}
            }
            let place = trace.len();
            trace.push(line);
            assert!(trace.len() < 60, "{event:?}: it does not come to its end: {trace:?}");
            let meanwhile = event.get("meanwhile").and_then(Value::as_array).cloned().unwrap_or_default();
            for other in meanwhile.iter().filter(|other| other["at"] == place) {
                let clock_ms = self.now_ms;
                let got = self.take(other.as_object().expect("an event"));
                let lines = got.get("trace").and_then(Value::as_array).cloned().unwrap_or_default();
                trace.extend(lines.iter().map(|line| format!("  {}", text(line))));
                self.now_ms = self.now_ms.max(clock_ms);
            }
            let now_ms = self.now_ms;
            if event.get("stop").is_some_and(|at| *at == place) {
                driver = driver.stop(now_ms).expect("a stop");
                if !matches!(driver.action(), Action::Save | Action::Send) {
                    continue;
                }
                if driver.action() == Action::Save && trace.last().is_some_and(|line| line.starts_with("send")) {
                    // A request that may be sent again was given up; what is to be saved now is another line.
                    continue;
                }
            }
            let lies = event.get("lies").and_then(Value::as_array).is_some_and(|at| at.iter().any(|at| *at == place));
            driver = match driver.action() {
                Action::Load => driver.loaded(self.load(), now_ms),
                Action::Save => {
                    let next = driver.connection().clone();
                    match self.save(&next) {
                        // It was stored, and the store says that it was not.
                        true if lies => driver.superseded(),
                        true => driver.saved(now_ms),
                        false => driver.superseded(),
                    }
                }
                Action::Send => {
                    let purpose = driver.request().expect("a request").purpose();
                    let replies =
                        event["replies"][purpose].as_array().unwrap_or_else(|| panic!("{purpose}: {trace:?}"));
                    let turn = sent.iter().filter(|name| *name == purpose).count();
                    let reply = replies.get(turn).or(replies.last()).expect("a reply");
                    sent.push(purpose.to_owned());
                    match reply.get("status") {
                        Some(_) => driver.response(&response(reply), now_ms),
                        None => driver.no_response(delivery(reply.as_object().expect("fields")), now_ms),
                    }
                }
                Action::Nonce => driver.nonce(now_ms, now_ms),
                Action::Find => driver.found(event.get("others").is_some_and(|others| *others == true), now_ms),
                Action::Deliver => driver.delivered(event.get("deaf").is_none_or(|deaf| *deaf == false), now_ms),
                Action::Delete => {
                    self.stored = None;
                    driver.deleted()
                }
                Action::Sleep => {
                    self.now_ms = driver.until_ms().expect("an end");
                    driver.awake()
                }
                action => panic!("{} is no action of a connection", action.as_str()),
            }
            .unwrap_or_else(|error| panic!("{error} after {trace:?}"));
        }
    }
}

fn apply_intent(
    stored: &Connection,
    hand_off: Option<&HandOff>,
    event: &Map<String, Value>,
) -> Result<Connection, VenuekeyError> {
    let now_ms = event["now_ms"].as_u64().expect("now_ms");
    let number = |name: &str| event[name].as_u64().expect("a number");
    match text(&event["event"]) {
        "callback" => stored.receive_callback(text(&event["url"]), now_ms),
        "pasted_code" => stored.receive_pasted_code(text(&event["pasted"]), now_ms),
        "choose" => stored.choose(text(&event["id"]), now_ms),
        "recover" => stored.recover(now_ms),
        "reconnect" => stored.reconnect(flows::options(event), &Entropy::new(entropy(&event["entropy"])), now_ms),
        "disconnect" => stored.disconnect(text(&event["intent"]).parse().expect("an intent"), now_ms),
        "cancel_attempt" => stored.cancel_attempt(now_ms),
        "token_refused" => stored.token_refused(number("generation"), now_ms),
        "delivered" => stored.delivered(number("number"), now_ms),
        "handed_off" => stored.handed_off(hand_off.expect("a hand-off that was taken"), now_ms),
        "key_refused" => {
            let signer = stored.signer()?.expect("a key");
            let error = signer.receive_response(&response(&Value::Object(event.clone()))).expect_err("a refusal");
            stored.key_refused(&error, now_ms)
        }
        other => panic!("unknown event {other}"),
    }
}
