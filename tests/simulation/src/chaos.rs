//! What can go wrong around a flow, drawn from the seed.

use fastrand::Rng;
use venuekey_sandbox::exchange::action::UserAction;
use venuekey_sandbox::exchange::fault::{Fault, FaultOrder};
use venuekey_sandbox::parts::readings::DeclineMode;
use venuekey_sandbox::venue::bybit::knobs::*;
use venuekey_sandbox::venue::whitebit::knobs::*;

use crate::itinerary::Itinerary;
use crate::knobs::Knobs;
use crate::label::{CHECK_AFTER_DELETE, CHECK_OLD_KEY};

/// Documentation variants, at random.
pub fn knobs(rng: &mut Rng) -> Knobs {
    let mut knobs = Knobs::default();
    let w = &mut knobs.whitebit;
    w.variant = pick(rng, &[Variant::Old, Variant::New]);
    w.key_timing = pick(rng, &[KeyTiming::Before, KeyTiming::After]);
    w.key_delay_ms = rng.u64(0..60_000);
    w.code_ttl_s = rng.u64(30..600);
    w.access_ttl_s = rng.bool().then(|| rng.u64(20..400));
    w.issue_refresh_token = rng.bool().then(|| rng.bool());
    w.scope_denied_status = pick(rng, &[401, 403]);
    w.delete_disabled_status = pick(rng, &[403, 404]);
    w.info_extended_statuses = rng.bool();
    w.callback_api_key = pick(rng, &[CallbackApiKey::None, CallbackApiKey::ExternalId, CallbackApiKey::Separate]);
    w.redirect_trailing_slash = rng.bool();
    w.decline_mode = pick(rng, &[DeclineMode::None, DeclineMode::Error, DeclineMode::Empty]);
    w.permissions_absent = rng.u8(0..4) == 0;
    w.zero_permissions_shape = pick(rng, &[ZeroPermissions::AllFalse, ZeroPermissions::EmptyArray]);
    w.callback_api_key_name = pick(rng, &[KeyParameter::ApiKey, KeyParameter::SnakeApiKey, KeyParameter::PublicKey]);
    w.inactivity = pick(rng, &[Inactivity::Disable, Inactivity::Delete, Inactivity::Never]);
    w.ip_allowlisted = rng.u8(0..20) != 0;
    w.allowlist_denied_status = pick(rng, &[401, 403]);
    if rng.u8(0..20) == 0 {
        w.granted_scopes = "apikeys.create,apikeys.delete".into();
    }
    let b = &mut knobs.bybit;
    b.authorize_path = pick(rng, &[AuthorizePath::Any, AuthorizePath::PerClient]);
    b.token_response = pick(rng, &[TokenResponse::Refused, TokenResponse::Query, TokenResponse::Fragment]);
    b.redirect_status = pick(rng, &[301, 302]);
    b.redirect_trailing_slash = rng.bool();
    b.callback_params = pick(rng, &[CallbackParams::Guidance, CallbackParams::Article]);
    b.cancel_mode = pick(rng, &[DeclineMode::None, DeclineMode::Error, DeclineMode::Empty]);
    b.strict_redirect = rng.bool();
    b.access_ttl_s = rng.u64(20..86_400);
    b.issue_refresh_token = rng.u8(0..4) != 0;
    b.accept_refresh_without_secret = rng.bool();
    b.refuse_broker_refresh = rng.u8(0..8) == 0;
    b.token_envelope = pick(rng, &[TokenEnvelope::Flat, TokenEnvelope::Result]);
    b.uid_shape = pick(rng, &[UidShape::ResultUid, UidShape::TopUid, UidShape::ScalarResult, UidShape::Absent]);
    b.uid_type = pick(rng, &[Digits::Number, Digits::String]);
    b.error_http_status = pick(rng, &[200, 400, 401]);
    for naming in
        [&mut b.token_naming, &mut b.uid_naming, &mut b.openapi_naming, &mut b.ai_naming, &mut b.ai_error_naming]
    {
        *naming = pick(rng, &[Naming::Camel, Naming::Snake]);
    }
    let shapes = [AiShape::Accounts, AiShape::Array, AiShape::AlwaysList, AiShape::TopLevel, AiShape::CamelCase];
    b.ai_shape = pick(rng, &shapes);
    b.ai_list_keys = rng.bool();
    b.user_sub_accounts = rng.u8(0..=5);
    b.user_two_factor = rng.u8(0..20) != 0;
    b.code_type = pick(rng, &[Digits::Number, Digits::String]);
    b.invalid_token_code = pick(rng, &[401, 10_001]);
    b.invalid_refresh_code = pick(rng, &[10_001, 10_004]);
    b.openapi_repeat = pick(rng, &[OpenapiRepeat::Same, OpenapiRepeat::New, OpenapiRepeat::Rotate]);
    knobs
}

/// What an itinerary can't do without is arranged from the start.
pub fn favour(knobs: &mut Knobs, itinerary: &Itinerary, rng: &mut Rng) {
    let (w, b) = (&mut knobs.whitebit, &mut knobs.bybit);
    // Elsewhere these end a schedule before it gets anywhere.
    w.ip_allowlisted = true;
    w.code_ttl_s = 600;
    w.granted_scopes = "apikeys.create,apikeys.read,apikeys.delete".into();
    b.user_two_factor = true;
    b.user_sub_accounts = rng.u8(1..=3);
    b.refuse_broker_refresh = false;
    b.token_response = pick(rng, &[TokenResponse::Query, TokenResponse::Fragment]);
    if itinerary.passes("send refresh_tokens") {
        w.issue_refresh_token = Some(true);
        b.issue_refresh_token = true;
    }
    if [CHECK_AFTER_DELETE, CHECK_OLD_KEY].iter().any(|check| itinerary.wants(check, "200, active key")) {
        w.granted_scopes = "apikeys.create,apikeys.read".into();
        w.scope_denied_status = 403;
    } else if rng.u8(0..10) == 0 {
        w.key_timing = KeyTiming::Before;
    }
    w.key_delay_ms = rng.u64(0..10_000);
}

/// One fault for one endpoint.
pub fn fault(rng: &mut Rng) -> FaultOrder {
    let endpoint = pick(
        rng,
        &["token", "refresh", "info", "secret", "secret", "delete", "uid", "openapi", "ai_accounts", "ai_accounts"],
    );
    let mut kinds = vec![
        Fault::DropReply,
        Fault::DropReply,
        Fault::CloseBefore,
        Fault::Delay,
        Fault::RateLimit,
        Fault::ServerError,
        Fault::TruncatedJson,
        Fault::Html403,
        Fault::OkWithError,
        Fault::Oversized,
        Fault::EmptyBody,
    ];
    if endpoint == "secret" {
        kinds.push(Fault::Lock);
    }
    if !matches!(endpoint, "token" | "refresh") {
        kinds.push(Fault::TokenExpired);
    }
    let mut order = FaultOrder::new(endpoint, pick(rng, &kinds), rng.u32(1..4));
    order.ms = rng.u64(0..90_000);
    order.status = pick(rng, &[500, 502, 503, 504]);
    order.after_effect = rng.bool();
    order
}

/// Something the user or the exchange does to the account meanwhile.
pub fn mishap(rng: &mut Rng) -> UserAction {
    pick(
        rng,
        &[
            UserAction::DeleteKey,
            UserAction::ChangePassword,
            UserAction::InactivityDisable,
            UserAction::InactivityDelete,
            UserAction::Revoke,
        ],
    )
}

pub fn pick<T: Copy>(rng: &mut Rng, choices: &[T]) -> T {
    choices[rng.usize(0..choices.len())]
}
