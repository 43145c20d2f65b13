//! What exchanges are built of: strict readers, codes and tokens, limits, the consent screen, and numbers that look like
//! chance.

pub(crate) mod chance;
pub mod consent;
pub mod grants;
pub(crate) mod histories;
pub mod limits;
pub mod pages;
pub mod readings;
pub mod screen;
pub mod strict;
