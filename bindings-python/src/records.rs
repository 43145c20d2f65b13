//! Two records whose `repr` counts or quotes in a way of its own.

use pyo3::prelude::*;

use crate::classes::model_api_key::PermissionGroup;
use crate::classes::model_key_proof::BatchItem;
use crate::shown::flag;

#[pymethods]
impl BatchItem {
    fn __repr__(&self) -> String {
        let code = self.0.venue_code.as_ref().map_or("None".to_owned(), |code| format!("'{code}'"));
        format!("BatchItem(is_accepted={}, venue_code={code})", flag(self.0.is_accepted))
    }
}

#[pymethods]
impl PermissionGroup {
    fn __repr__(&self) -> String {
        let granted = self.0.urls.iter().filter(|url| url.enable).count();
        format!("PermissionGroup({:?}, {granted} of {} granted)", self.0.name, self.0.urls.len())
    }
}
