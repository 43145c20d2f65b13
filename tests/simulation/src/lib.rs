//! Hosts, a browser and both exchanges in one process and in one thread, driven by a seed.
//!
//! A [`World`] holds a sandbox, a compare-and-set store, several workers and a user, perhaps with an app. Each
//! turn moves one of them by one small step, or breaks something: a worker dies, a save fails before or after it
//! took effect, a reply is lost, a clock jumps, the exchange misbehaves. After the chaos one healthy worker brings
//! the flow to its end, and the promises are checked against what the sandbox recorded.
#![forbid(unsafe_code)]

mod beginning;
mod browser;
mod chaos;
mod choice;
pub mod connection;
pub mod connections;
pub mod document;
mod entry;
pub mod exempt;
pub mod explore;
pub mod fleet;
mod guide;
pub mod itinerary;
pub mod knobs;
pub mod label;
mod pending;
mod promises;
mod replies;
mod setup;
mod store;
mod wire;
mod worker;
mod world;

pub use world::{Ending, World};
