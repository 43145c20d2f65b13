//! Steps of flows and of connections, for `test_relay*.py`: orders on standard input, what came of each on standard
//! output.

mod connection;
mod flow;
mod line;
mod sender;

use std::io::stdin;

use serde_json::Value;
use venuekey::parts::*;

use crate::line::{Ran, text};

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
