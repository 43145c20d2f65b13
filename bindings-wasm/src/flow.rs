//! The one loop: a flow is a value, each event makes a new one and says what to do next.

use crate::convert::{now, random};
use crate::handle::{calls, getters, handles};
use crate::http::HttpResponse;
use crate::js::{plain, union};
use crate::seal::SealingKeys;

handles!(Flow, Snapshot);

getters!(Snapshot {
    flow_id, revision, expected_revision, operation, status,
    expires_at_ms = |snapshot| snapshot.status().expires_at_ms(),
    until_ms = |snapshot| snapshot.status().until_ms(),
    error,
});
calls!(Snapshot { expose() = (); });

getters!(Flow {
    flow_id, revision, venue, operation, status,
    expires_at_ms = |flow| flow.status().expires_at_ms(),
    until_ms = |flow| flow.status().until_ms(),
    tokens,
});
calls!(Flow {
    snapshot() = ();
    seal(keys: &SealingKeys, context: &str, entropy: &[u8]) = (&keys.0, context, &random(entropy)?);
    receive_callback(url: &str, now_ms: f64) = (url, now(now_ms)?);
    receive_pasted_code(pasted: &str, now_ms: f64) = (pasted, now(now_ms)?);
    choose(id: &str, now_ms: f64) = (id, now(now_ms)?);
    receive_response(response: &HttpResponse, now_ms: f64) = (&response.0, now(now_ms)?);
    receive_no_response(not_sent: bool, now_ms: f64) = (not_sent.into(), now(now_ms)?);
    resume(now_ms: f64) = (now(now_ms)?);
    recover(now_ms: f64) = (now(now_ms)?);
});

union!(Step {
    Send { request, next },
    Save { next },
    Wait { until_ms, reason, next },
    Choose { subaccounts, may_create, creation_in_doubt, flow },
    Authorize { authorize_url, flow },
    Failed { error, recovery, flow },
    Done { outcome, flow },
});

plain! {
    Subaccount { id, nickname };
}
