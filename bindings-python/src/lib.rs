//! The Python binding: converts, adds idiom, decides nothing. The rules are in the `venuekey` crate.

mod arguments;
mod classes;
mod client;
mod driver;
mod error;
mod http;
mod nonce;
mod reads;
mod records;
mod seal;
mod secret;
mod shown;
mod sign;
mod watch;

/// The compiled half of `venuekey`; import from `venuekey` itself.
#[pyo3::pymodule]
mod _native {
    use pyo3::prelude::*;
    use pyo3::types::PyTuple;

    #[pymodule_export]
    use crate::driver::_FlowDriver;
    #[pymodule_export]
    use crate::nonce::Nonces;
    #[pymodule_export]
    use crate::secret::{Secret, code_challenge_s256};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::classes::add(module)?;
        let codes = venuekey::parts::ErrorCode::ALL.iter().map(|code| (code.as_str(), code.kind().as_str()));
        module.add("CREATE_SUBACCOUNT", venuekey::parts::CREATE_SUBACCOUNT)?;
        module.add("ERROR_CODES", PyTuple::new(module.py(), codes.collect::<Vec<_>>())?)?;
        module.add("MAX_BODY_BYTES", venuekey::parts::MAX_BODY_BYTES)?;
        module.add("MAX_CURSOR_BYTES", venuekey::parts::MAX_CURSOR_BYTES)?;
        module.add("MAX_SNAPSHOT_BYTES", venuekey::parts::MAX_SNAPSHOT_BYTES)?;
        module.add("MAX_TOKEN_BYTES", venuekey::parts::MAX_TOKEN_BYTES)?;
        module.add("SNAPSHOT_VERSION", venuekey::parts::SNAPSHOT_VERSION)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
