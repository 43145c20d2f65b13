//! What can be known before anything leaves: whether it is offered, granted and in time, and how long it may take.

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::time;
use crate::limits::budget::RateBudget;
use crate::model::operation::FlowOperation;
use crate::model::policy::WaitReason;
use crate::model::tokens::Tokens;
use crate::venue::contract::{Stage, StageKind, of_kind};
use crate::venue::profile::Profile;
use crate::venue::settings::Settings;
use crate::wire::http::{Replay, timeout_ms};
use crate::wire::rate_limit::RateLimit;

/// An operation that can go ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preflight {
    /// When it may begin, in Unix milliseconds: now, or later if the rate budget says so.
    pub start_at_ms: u64,
    /// The most requests it can take; far fewer if everything goes well.
    pub requests: u32,
    /// How long it can take from `start_at_ms`, in milliseconds, with every wait and every request at its longest. The
    /// time that the user spends at the venue is not included.
    pub worst_case_ms: u64,
    /// The remaining budget: store it before the operation begins.
    pub budget: RateBudget,
}

/// For an operation of a client.
pub(crate) fn operation(
    settings: &Settings,
    operation: FlowOperation,
    tokens: Option<&Tokens>,
    budget: &RateBudget,
    now_ms: u64,
) -> Result<Preflight, VenuekeyError> {
    let (profile, stages) = (settings.profile, settings.stages(operation)?);
    let limits: Vec<_> = stages.iter().filter_map(|stage| Some((stage.rate_limit?, 1))).collect();
    let reservation = budget.reserve_all(&limits, now_ms)?;
    if stages.first().is_some_and(|first| first.kind != StageKind::Exchange) {
        let Some(tokens) = tokens else {
            return Err(VenuekeyError::invalid_argument("this operation needs tokens").with_venue(profile.venue));
        };
        for stage in stages {
            check_scope(profile, stage.scopes, tokens)?;
        }
        if tokens.refresh_token().is_none() {
            check_life(profile, operation, tokens, reservation.start_at_ms)?;
        }
    }
    let (mut requests, mut worst_case_ms) = (0, 0);
    for (count, ms) in stages.iter().map(|stage| longest(profile, stage, stages)) {
        requests += count;
        worst_case_ms += ms;
    }
    Ok(Preflight { start_at_ms: reservation.start_at_ms, requests, worst_case_ms, budget: reservation.budget })
}

/// For a single request with the access token, which is not tried again.
pub(crate) fn request(
    profile: &Profile,
    (scopes, limit): (&[&str], &'static RateLimit),
    tokens: &Tokens,
    budget: &RateBudget,
    now_ms: u64,
) -> Result<Preflight, VenuekeyError> {
    check_scope(profile, scopes, tokens)?;
    let reservation = budget.reserve_all(&[(limit, 1)], now_ms)?;
    if !is_alive(tokens, reservation.start_at_ms) {
        let hint = if tokens.refresh_token().is_some() { "refresh it first" } else { "connect again" };
        return Err(profile.error(ErrorCode::TokenExpired, None, hint));
    }
    let worst_case_ms = u64::from(timeout_ms(Replay::Safe));
    Ok(Preflight { start_at_ms: reservation.start_at_ms, requests: 1, worst_case_ms, budget: reservation.budget })
}

/// Scopes are open texts, and a venue that names none says nothing.
fn check_scope(profile: &Profile, needed: &[&str], tokens: &Tokens) -> Result<(), VenuekeyError> {
    let is_granted = |scope: &&str| tokens.scope().iter().any(|granted| granted == *scope);
    match needed.iter().find(|scope| !tokens.scope().is_empty() && !is_granted(scope)) {
        Some(missing) => {
            let hint = format!("these tokens lack the scope {missing}; the venue must register it for the client");
            Err(profile.error(ErrorCode::ScopeMissing, None, &hint))
        }
        None => Ok(()),
    }
}

fn check_life(
    profile: &Profile,
    operation: FlowOperation,
    tokens: &Tokens,
    start_at_ms: u64,
) -> Result<(), VenuekeyError> {
    if operation != FlowOperation::RefreshTokens && is_alive(tokens, start_at_ms) {
        return Ok(());
    }
    Err(profile.error(ErrorCode::TokenExpired, None, "there is no refresh token; connect again"))
}

fn is_alive(tokens: &Tokens, at_ms: u64) -> bool {
    at_ms.saturating_add(time::TRAVEL_MS) < tokens.expires_at_ms()
}

/// The most requests of a stage, and its longest time: each reason to wait runs to the end of its schedule, and each
/// request takes all the time it is given.
fn longest(profile: &Profile, stage: &Stage, stages: &[&'static Stage]) -> (u32, u64) {
    let is_once = stage.replay == Replay::OnceOnly;
    let polls = stage.kind == StageKind::Check && of_kind(stages, StageKind::Fetch).is_some();
    let reasons = [
        (WaitReason::RateLimited, true),
        (WaitReason::VenueTrouble, true),
        (WaitReason::KeyNotReady, polls),
        (WaitReason::SecretLocked, is_once),
        (WaitReason::RefreshUnanswered, stage.kind != StageKind::Exchange),
    ];
    // After a deletion that is refused, info tells whether the key is there.
    let mut requests = 1 + u32::from(stage.kind == StageKind::Delete);
    let mut waits_ms = 0;
    for (reason, _) in reasons.iter().filter(|(_, applies)| *applies) {
        let schedule = profile.schedule(*reason);
        requests += schedule.waits;
        waits_ms += schedule.longest_ms();
    }
    let own_ms = u64::from(requests) * u64::from(timeout_ms(stage.replay));
    if !stage.is_authorized() {
        return (requests, waits_ms + own_ms);
    }
    // A token that ends on the way is refreshed, twice where the reply is lost; that of a long wait ends more than once.
    let refreshes = 2 * (1 + u32::from(polls));
    (requests + refreshes, waits_ms + own_ms + u64::from(refreshes) * u64::from(timeout_ms(Replay::Never)))
}
