//! The Python binding: converts, adds idiom, decides nothing. The rules are in the `venuekey` crate.

mod account;
mod arguments;
mod budget;
mod calls;
mod classes;
mod client;
mod driver;
mod error;
mod events;
mod flow;
mod http;
mod nonce;
mod outcome;
mod prelude;
mod proof;
mod public_key;
mod rate_limit;
mod reads;
mod seal;
mod secret;
mod sign;
mod step;
mod tokens;
mod watch;

/// The compiled half of `venuekey`; import from `venuekey` itself.
#[pyo3::pymodule]
mod _native {
    use pyo3::prelude::*;
    use pyo3::types::PyTuple;

    #[pymodule_export]
    use crate::account::{ApiKey, KeyStatus, PermissionGroup, PermissionUrl, Subaccount, Tokens};
    #[pymodule_export]
    use crate::budget::{Preflight, RateBudget, Reservation};
    #[pymodule_export]
    use crate::client::{Client, Started};
    #[pymodule_export]
    use crate::driver::{_FlowDriver, _TokenDriver};
    #[pymodule_export]
    use crate::flow::{Flow, Snapshot};
    #[pymodule_export]
    use crate::http::{HttpRequest, HttpResponse};
    #[pymodule_export]
    use crate::nonce::Nonces;
    #[pymodule_export]
    use crate::outcome::{AccountTokens, ApiKeyGranted, HandOff, KeyChecked, KeyDeleted, TokensRefreshed};
    #[pymodule_export]
    use crate::proof::{GrantedPermission, KeyProof};
    #[pymodule_export]
    use crate::public_key::{PublicKeyProbe, PublicKeyProven};
    #[pymodule_export]
    use crate::rate_limit::RateLimit;
    #[pymodule_export]
    use crate::reads::AccountRead;
    #[pymodule_export]
    use crate::seal::SealingKeys;
    #[pymodule_export]
    use crate::secret::{Secret, code_challenge_s256};
    #[pymodule_export]
    use crate::sign::{BatchItem, ClockOffset, SignedReply, Signer};
    #[pymodule_export]
    use crate::step::{Authorize, Choose, Done, Failed, Save, Send, Wait};
    #[pymodule_export]
    use crate::tokens::{Reauthorize, RefreshTokens, SharedTokens, UseTokens, WaitUntil};
    #[pymodule_export]
    use crate::watch::{KeyCheck, KeyVerdict, KeyWatch};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let codes = venuekey::ErrorCode::ALL.iter().map(|code| (code.as_str(), code.kind().as_str()));
        module.add("CREATE_SUBACCOUNT", venuekey::CREATE_SUBACCOUNT)?;
        module.add("ERROR_CODES", PyTuple::new(module.py(), codes.collect::<Vec<_>>())?)?;
        module.add("MAX_BODY_BYTES", venuekey::MAX_BODY_BYTES)?;
        module.add("MAX_CURSOR_BYTES", venuekey::MAX_CURSOR_BYTES)?;
        module.add("MAX_SNAPSHOT_BYTES", venuekey::MAX_SNAPSHOT_BYTES)?;
        module.add("MAX_TOKEN_BYTES", venuekey::MAX_TOKEN_BYTES)?;
        module.add("SNAPSHOT_VERSION", venuekey::SNAPSHOT_VERSION)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
