use serde_json::{Value, json};
use venuekey::parts::*;

use crate::line::{Ran, bytes, entropy, entry, number, response, send, tell, text, whole};

pub fn answer(client: &Client, order: &Value) -> Ran<()> {
    let host = Host { client, keys: SealingKeys::new([("relay", &*bytes(text(order, "keys")?)?)])? };
    let now_ms = number(order, "now_ms")?;
    let (event, given) = entry(&order["event"])?;
    if event == "begin" {
        return host.tell_saved(&host.begun(given, now_ms)?);
    }
    let stored = host.opened(&order["row"], now_ms)?;
    let request = match event {
        "receive_callback" => return host.tell_saved(&stored.receive_callback(whole(given)?, now_ms)?),
        "choose" => return host.tell_saved(&stored.choose(whole(given)?, now_ms)?),
        "disconnect" => return host.tell_saved(&stored.disconnect(whole(given)?.parse()?, now_ms)?),
        "read" => {
            let reply = stored.signer()?.ok_or("no key")?.receive_response(&response(given)?)?;
            return tell(json!({"payload": reply.payload()}));
        }
        "sign" => {
            let signer = stored.signer()?.ok_or("no key")?;
            let (method, nonce_ms) = (text(given, "method")?.parse()?, number(given, "nonce_ms")?);
            let request = signer.sign(method, text(given, "path")?, text(given, "parameters")?, nonce_ms)?;
            tell(json!({"request": shown(&request)}))?;
            Some(request)
        }
        "drive" => {
            let driver = host.driven(stored, given)?;
            host.tell_driver(&driver)?;
            driver.request().cloned()
        }
        other => return Err(format!("no such event: {other}").into()),
    };
    match request {
        Some(request) if order["send"] == true => send(&request),
        _ => Ok(()),
    }
}

struct Host<'a> {
    client: &'a Client,
    keys: SealingKeys,
}

impl Host<'_> {
    fn begun(&self, given: &Value, now_ms: u64) -> Ran<Connection> {
        let (goal, drawn) = (text(given, "goal")?.parse()?, entropy(text(given, "entropy")?)?);
        let options = ConnectOptions::new(text(given, "owner")?, text(given, "client_name")?);
        Ok(self.client.begin_connection(goal, options, BeginOptions::default(), &drawn, now_ms)?)
    }

    fn opened(&self, row: &Value, now_ms: u64) -> Ran<Connection> {
        let column = |name| text(row, name).map(str::to_owned);
        let (id, owner, client, sealed) = (column("id")?, column("owner")?, column("client")?, column("sealed")?);
        let stored = StoredConnection { id, owner, client, revision: number(row, "revision")?, sealed };
        Ok(self.client.open_connection(stored, &self.keys, now_ms)?)
    }

    fn driven(&self, stored: Connection, given: &Value) -> Ran<ConnectionDriver> {
        let (holder, began_ms) = (text(given, "holder")?, number(given, "began_ms")?);
        let mut driver = match given["patience_ms"].as_u64() {
            None => ConnectionDriver::new(stored, holder, began_ms)?,
            Some(patience_ms) => {
                let refused = given["refused_generation"].as_u64();
                ConnectionDriver::for_access(stored, holder, refused, patience_ms, began_ms)?
            }
        };
        for done in given["done"].as_array().into_iter().flatten() {
            let now_ms = number(done, "now_ms")?;
            let (what, brought) = entry(done)?;
            driver = match what {
                "loaded" => driver.loaded(Some(self.opened(brought, now_ms)?), now_ms),
                "saved" => driver.saved(now_ms),
                "superseded" => driver.superseded(),
                "response" => driver.response(&response(brought)?, now_ms),
                "no_response" => driver.no_response(Delivery::Unknown, now_ms),
                "nonce" => driver.nonce(brought.as_u64().ok_or("no number")?, now_ms),
                "found" => driver.found(*brought == true, now_ms),
                "delivered" => driver.delivered(*brought == true, now_ms),
                "deleted" => driver.deleted(),
                "awake" => driver.awake(),
                other => return Err(format!("nothing comes of {other}").into()),
            }?;
        }
        Ok(driver)
    }

    fn tell_driver(&self, driver: &ConnectionDriver) -> Ran<()> {
        let event = |event: &ConnectionEvent| {
            let code = event.code.map(|code| code.as_str());
            json!({
                "number": event.number, "at_ms": event.at_ms, "kind": event.kind.as_str(), "code": code,
                "key_id": event.key_id,
            })
        };
        let events: Vec<Value> = driver.events().iter().map(event).collect();
        let mut line = self.seen(driver.connection(), driver.action())?;
        line["request"] = json!(driver.request().map(shown));
        line["events"] = events.into();
        line["until_ms"] = json!(driver.until_ms());
        line["access"] = json!(driver.access().map(shown_access));
        line["is_gone"] = json!(driver.is_gone());
        tell(line)
    }

    fn tell_saved(&self, connection: &Connection) -> Ran<()> {
        tell(self.seen(connection, Action::Save)?)
    }

    fn seen(&self, connection: &Connection, action: Action) -> Ran<Value> {
        let row = if action == Action::Save { self.sealed(connection)? } else { Value::Null };
        let choices = connection.choices();
        let ids = choices.map(|them| them.subaccounts.into_iter().map(|each| each.id).collect::<Vec<String>>());
        // Exposed, here and below, to be compared.
        let url = connection.authorize_url();
        Ok(json!({
            "action": action.as_str(), "row": row, "connection": connection.text().expose(),
            "authorize_url": url.as_ref().map(Secret::expose), "choices": ids,
        }))
    }

    fn sealed(&self, connection: &Connection) -> Ran<Value> {
        let mut drawn = [0; 64];
        getrandom::fill(&mut drawn)?;
        let row = connection.seal(&self.keys, &Entropy::new(drawn))?;
        Ok(json!({
            "id": row.id, "owner": row.owner, "client": row.client, "label": row.label,
            "venue": row.venue.as_str(), "environment": row.environment.as_str(), "status": row.status.as_str(),
            "intent": row.intent.map(Intent::as_str), "due_at_ms": row.due_at_ms, "lease_holder": row.lease_holder,
            "lease_until_ms": row.lease_until_ms, "revision": row.revision, "sealing_key_id": row.sealing_key_id,
            "account_hash": row.account_hash, "sealed": row.sealed,
        }))
    }
}

fn shown(request: &HttpRequest) -> Value {
    let headers: Vec<[&str; 2]> =
        request.headers().iter().map(|header| [header.name(), header.value().expose()]).collect();
    let body = request.body().map(|body| String::from_utf8_lossy(body).into_owned());
    json!({
        "purpose": request.purpose(), "method": request.method().as_str(), "url": request.url(),
        "replay": request.replay().as_str(), "headers": headers, "body": body,
    })
}

fn shown_access(access: &Access) -> Value {
    match access {
        Access::Key { key } => json!({"access": access.name(), "api_key": key.api_key().expose()}),
        Access::Tokens { tokens, generation } => {
            let token = tokens.access_token().expose();
            json!({"access": access.name(), "access_token": token, "generation": generation})
        }
        Access::Later { .. } | Access::NeedsUser { .. } => json!({"access": access.name()}),
    }
}
