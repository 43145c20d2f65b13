//! The keys that make a pending flow fit for a cookie.

use crate::prelude::*;

class! {
    /// The keys that seal pending flows, for `Flow.seal` and `Client.open`. The newest seals, each opens: to rotate, put
    /// a new one in front and drop the last once its cookies are over.
    ///
    /// Args:
    ///     keys: pairs of an id and a key, the newest first: 1 to 16 of them. An id is 1 to 32 letters, digits, `-` or
    ///         `_` and stands in the sealed text; a key is exactly 32 random bytes, such as `secrets.token_bytes(32)`,
    ///         kept with the other secrets of the server.
    ///
    /// Raises:
    ///     MisuseError: `invalid_argument`; it does not quote the keys.
    ///
    /// >>> import secrets, venuekey
    /// >>> keys = venuekey.SealingKeys([("2026-11", secrets.token_bytes(32)), ("2026-10", secrets.token_bytes(32))])
    /// >>> keys
    /// SealingKeys(2026-11, 2026-10)
    /// >>> client = venuekey.Client(
    /// ...     venue="whitebit", environment="global", client_id="demo", client_secret="s3cr3t",
    /// ...     redirect_uri="https://partner.example/callback",
    /// ... )
    /// >>> sealed = client.begin("api_key").pending.seal(keys, context="session 7")
    /// >>> client.open(sealed, keys=keys, context="session 7").status
    /// 'awaiting_callback'
    struct SealingKeys(venuekey::SealingKeys) as keys {}
    opaque
}

#[pymethods]
impl SealingKeys {
    #[new]
    fn new(keys: List<(Text, Bytes)>) -> Result<Self> {
        let keys = keys.0.iter().map(|(id, key)| (&**id, &*key.0));
        Ok(Self(venuekey::SealingKeys::new(keys)?))
    }
}
