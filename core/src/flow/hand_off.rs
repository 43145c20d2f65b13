//! A hand-off as text, and back. What comes back has passed through a device and is believed in nothing.

use sha2::{Digest, Sha256};

use crate::base::entropy;
use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::ids::{Venue, VenueEnvironment};
use crate::base::json::{self, members};
use crate::base::secret::Secret;
use crate::base::time;
use crate::flow::state::{FlowData, StageState, State};
use crate::flow::validate::{context_is_sound, verifier_fits};
use crate::model::hand_off::{HandOff, MAX_HAND_OFF_BYTES};
use crate::model::operation::FlowOperation;
use crate::model::policy::LostSecretPolicy;
use crate::venue::contract::{FlowContext, StageKind, of_kind};
use crate::venue::settings::Settings;

const HAND_OFF_VERSION: u32 = 1;
/// How long a hand-off counts, by the clock of the app. The longest life of a code that any sheet gives is 10 minutes
/// (facts/bybit.md, 3.1); WhiteBIT gives no figure, and refuses a code that is too old by itself.
const LIFETIME_MS: u64 = 600_000;
/// How far the app's clock may run ahead of the backend's.
const CLOCK_SKEW_MS: u64 = time::DAY_MS;

/// No address, no operation but the one there is, no flow id: the backend decides all of them.
struct Text {
    venuekey_hand_off: u32,
    venue: Venue,
    environment: VenueEnvironment,
    client_id: String,
    redirect_uri: String,
    expires_at_ms: u64,
    code: Secret,
    code_verifier: Secret,
    candidate_public_key: Option<Secret>,
}

members!(Text {
    venuekey_hand_off,
    venue,
    environment,
    client_id,
    redirect_uri,
    expires_at_ms,
    code,
    code_verifier,
    candidate_public_key: optional,
});

pub(super) fn write(settings: &Settings, context: FlowContext, now_ms: u64) -> HandOff {
    // Both are there: a public client's only flow has a verifier, and only a code leads here.
    let empty = || Secret::new("");
    HandOff::new(json::written(&Text {
        venuekey_hand_off: HAND_OFF_VERSION,
        venue: settings.profile.venue,
        environment: settings.environment,
        client_id: settings.identity.client_id.clone(),
        redirect_uri: settings.identity.redirect_uri.clone(),
        expires_at_ms: time::after(now_ms, LIFETIME_MS),
        code: context.code.unwrap_or_else(empty),
        code_verifier: context.code_verifier.unwrap_or_else(empty),
        candidate_public_key: context.candidate_public_key,
    }))
}

/// The flow that a hand-off asks for: ready, at revision 1, under an id that only its code decides. Whoever hands the
/// same code in twice, changed or not, meets the first one's row.
pub(crate) fn read(
    settings: &Settings,
    text: &str,
    on_secret_lost: LostSecretPolicy,
    now_ms: u64,
) -> Result<FlowData, VenuekeyError> {
    time::check(now_ms)?;
    let refuse = |code, hint: &str| Err(VenuekeyError::new(code).with_venue(settings.profile.venue).with_hint(hint));
    let operation = FlowOperation::ApiKey;
    if !settings.profile.takes_hand_offs {
        return refuse(
            ErrorCode::NotSupported,
            "only a client with a secret accepts hand-offs, at a venue where a public client can make them",
        );
    }
    let exchange = of_kind(settings.stages(operation)?, StageKind::Exchange);
    if text.len() > MAX_HAND_OFF_BYTES {
        return refuse(ErrorCode::HandOffInvalid, "it is larger than 16 KiB");
    }
    let Some(read) = json::read::<Text>(text) else {
        return refuse(ErrorCode::HandOffInvalid, "it is not a hand-off");
    };
    if read.venuekey_hand_off != HAND_OFF_VERSION {
        let hint = format!("it has version {}; this release reads {HAND_OFF_VERSION}", read.venuekey_hand_off);
        return refuse(ErrorCode::HandOffInvalid, &hint);
    }
    if !settings.are_those_of(read.venue, read.environment, &read.client_id, &read.redirect_uri) {
        return refuse(
            ErrorCode::HandOffMismatch,
            "venue, environment, client_id and redirect_uri must be this client's",
        );
    }
    let context = FlowContext {
        code: Some(read.code),
        code_verifier: Some(read.code_verifier),
        candidate_public_key: read.candidate_public_key,
        ..FlowContext::default()
    };
    if !context_is_sound(&context)
        || !verifier_fits(settings, operation, &context.code_verifier)
        || read.expires_at_ms > time::after(now_ms, LIFETIME_MS + CLOCK_SKEW_MS)
    {
        return refuse(ErrorCode::HandOffInvalid, "its values are not valid");
    }
    if now_ms >= read.expires_at_ms {
        return refuse(
            ErrorCode::HandOffExpired,
            "start again; if it keeps happening, compare the app's clock with this one",
        );
    }
    let Some(exchange) = exchange else {
        return refuse(ErrorCode::NotSupported, "this venue's flows use no authorization code");
    };
    let digest = claim(settings, &context);
    Ok(FlowData {
        flow_id: entropy::id_of(&digest),
        revision: 1,
        operation,
        on_secret_lost,
        expected_uid: None,
        seed: entropy::seed_of(digest.split_at(16).1),
        state: State::Ready { work: StageState::new(exchange, context) },
    })
}

fn claim(settings: &Settings, context: &FlowContext) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in ["venuekey/1/hand_off", settings.environment.as_str(), &settings.identity.client_id] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    // Exposed to be hashed: the code's digest names the flow, the code can't be had back from it.
    hash.update(context.code.as_ref().map_or("", Secret::expose).as_bytes());
    hash.finalize().into()
}
