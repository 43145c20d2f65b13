//! What crosses to the languages: plain values that know no venue.

pub(crate) mod api_key;
pub(crate) mod common_query;
pub(crate) mod common_records;
pub(crate) mod hand_off;
pub(crate) mod history_query;
pub(crate) mod history_records;
pub(crate) mod key_proof;
pub(crate) mod key_request;
pub(crate) mod operation;
pub(crate) mod outcome;
pub(crate) mod page_records;
pub(crate) mod policy;
pub(crate) mod query;
pub(crate) mod read_kind;
pub(crate) mod record_enums;
pub(crate) mod records;
pub(crate) mod snapshot;
pub(crate) mod status;
pub(crate) mod tokens;
pub(crate) mod wallet_records;
