//! A pending flow made fit for a cookie: XChaCha20-Poly1305 under the host's own keys.

use core::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::base::entropy::Entropy;
use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::secret::Secret;

/// The longest sealed text that is opened, in bytes: the most a browser keeps in one cookie (RFC 6265, 6.1).
const MAX_SEALED_BYTES: usize = 4096;
const MAX_KEYS: usize = 16;
const MAX_CONTEXT_BYTES: usize = 1024;
const NONCE_BYTES: usize = 24;
const FORMAT: &str = "vk1";

/// The keys that seal pending flows, for [`Flow::seal`](crate::parts::Flow::seal) and
/// [`Client::open`](crate::Client::open). The newest one seals, and any of them opens: to rotate, put a new one in
/// front and drop the last once its cookies have expired.
#[derive(Clone)]
pub struct SealingKeys {
    keys: Vec<(String, Zeroizing<[u8; 32]>)>,
}

impl SealingKeys {
    /// Checks the keys.
    ///
    /// - `keys`: pairs of an id and a key, the newest first: 1 to 16 of them. An id is 1 to 32 letters, digits, `-` or `_`
    ///   and stands in the sealed text; a key is exactly 32 random bytes, kept with the other secrets of the server.
    ///
    /// # Errors
    /// `invalid_argument`; it does not quote the keys.
    pub fn new<'a>(keys: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Self, VenuekeyError> {
        let mut checked: Vec<(String, Zeroizing<[u8; 32]>)> = Vec::new();
        for (id, key) in keys {
            let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            if !(1..=32).contains(&id.len()) || !plain || checked.iter().any(|(seen, _)| seen == id) {
                let hint = "a sealing key's id must be 1 to 32 letters, digits, - or _, and unique";
                return Err(VenuekeyError::invalid_argument(hint));
            }
            let key: [u8; 32] = key
                .try_into()
                .map_err(|_| VenuekeyError::invalid_argument("a sealing key must be exactly 32 bytes"))?;
            checked.push((id.to_owned(), Zeroizing::new(key)));
        }
        if !(1..=MAX_KEYS).contains(&checked.len()) {
            return Err(VenuekeyError::invalid_argument("give 1 to 16 sealing keys, the newest first"));
        }
        Ok(Self { keys: checked })
    }

    /// For a cookie.
    pub(crate) fn seal(&self, text: &Secret, context: &str, entropy: &Entropy) -> Result<String, VenuekeyError> {
        let sealed = self.seal_row(text, context, entropy)?;
        if sealed.len() > MAX_SEALED_BYTES {
            let hint = "with its key request, the flow is too large for a cookie: store its snapshot instead";
            return Err(VenuekeyError::invalid_argument(hint));
        }
        Ok(sealed)
    }

    /// For a row of a store, which has room: `vk1.<key id>.<base64url of nonce and ciphertext>`.
    pub(crate) fn seal_row(&self, text: &Secret, context: &str, entropy: &Entropy) -> Result<String, VenuekeyError> {
        let Some((id, key)) = self.keys.first() else { return Err(broken()) };
        let aad = associated_data(id, context)?;
        // From the plaintext too: were entropy ever repeated, two texts would still not share a nonce.
        let digest = entropy.derive_with("seal", &[&aad, text.expose().as_bytes()]);
        let nonce: [u8; NONCE_BYTES] = digest.first_chunk().copied().unwrap_or_default();
        // Exposed to be encrypted.
        let payload = Payload { msg: text.expose().as_bytes(), aad: &aad };
        let sealed =
            XChaCha20Poly1305::new((&**key).into()).encrypt(&XNonce::from(nonce), payload).map_err(|_| broken())?;
        let bytes = [nonce.as_slice(), &sealed].concat();
        Ok(format!("{FORMAT}.{id}.{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// From a cookie.
    pub(crate) fn open(&self, sealed: &str, context: &str) -> Result<Secret, VenuekeyError> {
        if sealed.len() > MAX_SEALED_BYTES {
            return Err(broken());
        }
        // The caller's own mistake is told first.
        check_context(context)?;
        self.open_row(sealed, context)
    }

    /// The id of the key that seals.
    pub fn newest_id(&self) -> &str {
        self.keys.first().map_or("", |(id, _)| id)
    }

    /// The ids of all of them, the newest first.
    pub fn ids(&self) -> Vec<String> {
        self.keys.iter().map(|(id, _)| id.clone()).collect()
    }

    /// The keys themselves, newest first.
    pub(crate) fn each(&self) -> impl Iterator<Item = &[u8]> {
        self.keys.iter().map(|(_, key)| key.as_slice())
    }

    /// From a row of a store, which has room.
    pub(crate) fn open_row(&self, sealed: &str, context: &str) -> Result<Secret, VenuekeyError> {
        let parts: Vec<&str> = sealed.split('.').collect();
        let &[FORMAT, id, body] = parts.as_slice() else { return Err(broken()) };
        let Some((_, key)) = self.keys.iter().find(|(known, _)| known == id) else { return Err(broken()) };
        // A row whose columns do not even fit was moved or edited like any other.
        let aad = associated_data(id, context).map_err(|_| broken())?;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| broken())?;
        let Some((nonce, msg)) = bytes.split_first_chunk::<NONCE_BYTES>() else { return Err(broken()) };
        let text = XChaCha20Poly1305::new((&**key).into())
            .decrypt(&XNonce::from(*nonce), Payload { msg, aad: &aad })
            .map_err(|_| broken())?;
        let text = Zeroizing::new(text);
        std::str::from_utf8(&text).map(Secret::new).map_err(|_| broken())
    }
}

/// One error for everything: what exactly failed is of use to nobody but an attacker.
fn broken() -> VenuekeyError {
    VenuekeyError::new(ErrorCode::SealInvalid)
        .with_hint("start again; if it keeps happening, check how the sealing keys are rotated")
}

fn check_context(context: &str) -> Result<(), VenuekeyError> {
    if (1..=MAX_CONTEXT_BYTES).contains(&context.len()) {
        return Ok(());
    }
    let hint = "a seal's context, such as the session's id, must be 1 to 1024 bytes";
    Err(VenuekeyError::invalid_argument(hint))
}

/// Key id and context, each bound by its length.
fn associated_data(id: &str, context: &str) -> Result<Vec<u8>, VenuekeyError> {
    check_context(context)?;
    let mut data = format!("venuekey/1/seal/{}/{}/", id.len(), context.len()).into_bytes();
    data.extend_from_slice(id.as_bytes());
    data.extend_from_slice(context.as_bytes());
    Ok(data)
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.keys.iter().map(|(id, _)| id.as_str()).collect();
        write!(f, "SealingKeys({})", ids.join(", "))
    }
}
