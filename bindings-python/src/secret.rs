//! Text that must not be seen, and what may be given for it.

use pyo3::prelude::*;

use crate::arguments::{Given, Text, TextOr};
use crate::error::Result;
use crate::shown::refuse_pickle;

/// Secret text: `repr` and `str` are redacted, it can't be pickled, and it has no equality but identity.
///
/// Args:
///     text: the text.
///
/// >>> import venuekey
/// >>> secret = venuekey.Secret("s3cr3t")
/// >>> secret
/// Secret(…)
/// >>> secret.expose()
/// 's3cr3t'
#[pyclass(frozen, module = "venuekey")]
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) venuekey::parts::Secret);

#[pymethods]
impl Secret {
    #[new]
    fn new(text: Text) -> Self {
        Self(venuekey::parts::Secret::new(text.0))
    }

    /// The text itself. Write down why at every call.
    fn expose(&self) -> &str {
        self.0.expose()
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(refuse_pickle("Secret"))
    }
}

/// What an argument takes for a secret.
pub(crate) type SecretText<'py> = TextOr<'py, Secret>;

impl Given<venuekey::parts::Secret> for SecretText<'_> {
    fn given(self) -> Result<venuekey::parts::Secret> {
        Ok(match self {
            TextOr::Hidden(secret) => secret.get().0.clone(),
            TextOr::Text(text) => venuekey::parts::Secret::new(text),
        })
    }
}

/// `BASE64URL(SHA256(code_verifier))` without padding, as PKCE's method S256 wants it (RFC 7636, 4.2).
///
/// >>> import venuekey
/// >>> venuekey.parts.code_challenge_s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
/// 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
#[pyfunction]
pub(crate) fn code_challenge_s256(verifier: SecretText<'_>) -> Result<String> {
    Ok(venuekey::parts::code_challenge_s256(&verifier.given()?))
}
