//! Steps of flows and of connections, for `test_relay.py`: orders on standard input, what came of each on standard output.

mod connection;
mod flow;
mod sender;

use std::error::Error;
use std::io::{Write, stdin, stdout};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use venuekey::parts::*;

type Ran<T> = Result<T, Box<dyn Error>>;

fn main() -> Ran<()> {
    for line in stdin().lines() {
        let order: Value = serde_json::from_str(&line?)?;
        let client = client(&order)?;
        if order.get("keys").is_some() {
            connection::answer(&client, &order)?;
        } else {
            flow::answer(&client, &order)?;
        }
    }
    Ok(())
}

fn client(order: &Value) -> Ran<Client> {
    let client_id = text(order, "client_id")?.to_owned();
    let credentials = match order.get("client_secret") {
        Some(_) => Credentials::Confidential { client_id, client_secret: Secret::new(text(order, "client_secret")?) },
        None => Credentials::Public { client_id },
    };
    let (venue, environment) = (text(order, "venue")?.parse()?, text(order, "environment")?.parse()?);
    let mut config = ClientConfig::new(venue, environment, credentials, text(order, "redirect_uri")?);
    config.authorize_base = Some(text(order, "base")?.to_owned());
    config.api_base = config.authorize_base.clone();
    Ok(Client::new(config)?)
}

/// The one entry of an event, or of what came of an action.
fn entry(given: &Value) -> Ran<(&str, &Value)> {
    let mut entries = given.as_object().into_iter().flatten().filter(|(name, _)| *name != "now_ms");
    entries.next().map(|(name, value)| (name.as_str(), value)).ok_or_else(|| "no event".into())
}

fn text<'a>(given: &'a Value, name: &str) -> Ran<&'a str> {
    given[name].as_str().ok_or_else(|| format!("no text {name}").into())
}

fn number(given: &Value, name: &str) -> Ran<u64> {
    given[name].as_u64().ok_or_else(|| format!("no number {name}").into())
}

/// What is a text itself.
fn whole(given: &Value) -> Ran<&str> {
    given.as_str().ok_or_else(|| "no text".into())
}

fn entropy(digits: &str) -> Ran<Entropy> {
    Ok(Entropy::from_slice(&bytes(digits)?)?)
}

fn bytes(digits: &str) -> Ran<Vec<u8>> {
    let pair = |at| Ok(u8::from_str_radix(digits.get(at..at + 2).ok_or("an odd digit")?, 16)?);
    (0..digits.len()).step_by(2).map(pair).collect()
}

fn response(given: &Value) -> Ran<HttpResponse> {
    let status = number(given, "status")?.try_into()?;
    Ok(HttpResponse::new(status, STANDARD.decode(text(given, "body")?)?))
}

fn tell(line: Value) -> Ran<()> {
    let mut out = stdout();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

fn send(request: &HttpRequest) -> Ran<()> {
    let reply = match sender::send(request) {
        Some((status, body)) => json!({"status": status, "body": STANDARD.encode(body)}),
        None => json!(false),
    };
    tell(json!({"reply": reply}))
}
