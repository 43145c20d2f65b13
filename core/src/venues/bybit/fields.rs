//! Fields that more than one of Bybit's replies has.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::base::secret::Secret;
use crate::base::text::is_uid;
use crate::wire::json;

/// Section 6.2 and 6.3.
pub(super) fn key_pair(value: &Value) -> Option<(Secret, Secret)> {
    let (api_key, api_secret) = (json::secret(value, "api_key")?, json::secret(value, "api_secret")?);
    api_key.is_header_safe(256).then_some((api_key, api_secret))
}

/// Section 6.1, in its order: `result.uid`, `uid`, `result` itself; number or text.
pub(super) fn uid(root: &Value) -> Option<String> {
    let result = root.get("result");
    let places = [result.and_then(|result| result.get("uid")), root.get("uid"), result];
    places.into_iter().flatten().find_map(json::scalar_text).filter(|uid| is_uid(uid))
}

/// `GrantMemberID` of the JWT (section 4): unverifiable, so a hint and never an authorization decision.
pub(super) fn claimed_uid(token: &Secret) -> Option<String> {
    // Exposed to read the middle part.
    let claims = token.expose().split('.').nth(1)?;
    let claims = Zeroizing::new(URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?);
    let claims: Value = serde_json::from_str(core::str::from_utf8(&claims).ok()?).ok()?;
    claims.get("GrantMemberID").and_then(json::scalar_text).filter(|uid| is_uid(uid))
}
