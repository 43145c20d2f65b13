//! The sandbox itself: exchanges behind their hosts, faults, the record, the clock.

pub mod config;
pub mod consent;
pub mod faults;
pub mod hosts;
pub mod sandbox;
