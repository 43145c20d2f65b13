//! Tokens that a whole fleet of workers shares.

use crate::convert::{now, optional_whole};
use crate::handle::{calls, getters, handles};
use crate::http::HttpResponse;
use crate::js::union;

handles!(SharedTokens);

getters!(SharedTokens { tokens_id, revision, generation, lease_until_ms, tokens });
calls!(SharedTokens {
    snapshot() = ();
    plan(refused_generation: Option<f64>, now_ms: f64)
        = (now(now_ms)?, optional_whole(refused_generation, "refusedGeneration")?);
    receive_response(response: &HttpResponse, now_ms: f64) = (&response.0, now(now_ms)?);
    receive_no_response(not_sent: bool, now_ms: f64) = (not_sent.into(), now(now_ms)?);
    merge(late: &SharedTokens) = (&late.0);
});

union!(TokenPlan {
    Use { tokens, generation, refresh_at_ms },
    Refresh { request, next },
    WaitUntil { until_ms, error },
    Reauthorize { error },
});
