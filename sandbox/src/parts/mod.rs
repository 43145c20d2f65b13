//! What exchanges are built of: strict readers, codes and tokens, limits, and the consent screen.

pub mod consent;
pub mod grants;
pub mod limits;
pub mod pages;
pub mod readings;
pub mod screen;
pub mod strict;
