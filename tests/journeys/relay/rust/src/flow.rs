use serde_json::{Value, json};
use venuekey::parts::{Outcome as Ended, *};

use crate::line::{Ran, entropy, entry, number, response, send, tell, text, whole};

pub fn answer(client: &Client, order: &Value) -> Ran<()> {
    let now_ms = number(order, "now_ms")?;
    let (event, given) = entry(&order["event"])?;
    if event == "begin" {
        let (goal, drawn) = (text(given, "goal")?.parse()?, entropy(text(given, "entropy")?)?);
        let started = client.begin(goal, BeginOptions::default(), &drawn, now_ms)?;
        let (snapshot, url) = (started.pending().snapshot(), started.authorize_url());
        return tell(json!({"step": "begun", "snapshot": snapshot.expose(), "authorize_url": url.expose()}));
    }
    let step = taken(client, order, (event, given), now_ms)?;
    let mut line = match &step {
        Step::Save { .. } => json!({}),
        Step::Send { request, .. } => json!({"purpose": request.purpose()}),
        Step::Wait { until_ms, .. } => json!({"until_ms": until_ms}),
        Step::Failed { error, recovery, .. } => {
            json!({"code": error.code().as_str(), "recovery": recovery.map(Recovery::as_str)})
        }
        Step::Done { outcome: Ended::HandOff { hand_off }, .. } => json!({"hand_off": hand_off.expose()}),
        Step::Done { .. } => json!({}),
        Step::Choose { .. } | Step::Authorize { .. } => return Err("no flow of the relay comes to this".into()),
    };
    line["step"] = json!(step.name());
    line["snapshot"] = json!(step.flow().snapshot().expose());
    tell(line)?;
    match &step {
        Step::Send { request, .. } if order["send"] == true => send(request),
        _ => Ok(()),
    }
}

fn taken(client: &Client, order: &Value, (event, given): (&str, &Value), now_ms: u64) -> Ran<Step> {
    if event == "accept_hand_off" {
        return Ok(client.accept_hand_off(whole(given)?, LostSecretPolicy::Report, now_ms)?);
    }
    let flow = client.restore(text(order, "snapshot")?)?;
    Ok(match event {
        "receive_callback" => flow.receive_callback(whole(given)?, now_ms)?,
        "receive_response" => flow.receive_response(&response(given)?, now_ms)?,
        "receive_no_response" => flow.receive_no_response(Delivery::Unknown, now_ms)?,
        "recover" => flow.recover(now_ms)?,
        "resume" => flow.resume(now_ms)?,
        other => return Err(format!("no such event: {other}").into()),
    })
}
