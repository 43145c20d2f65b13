//! What happened in the users' accounts, made for each at the first look.

use std::collections::BTreeMap;

/// By user.
#[derive(Clone, Debug)]
pub struct Histories<H>(BTreeMap<u64, H>);

impl<H> Default for Histories<H> {
    fn default() -> Histories<H> {
        Histories(BTreeMap::new())
    }
}

impl<H> Histories<H> {
    pub fn of(&mut self, uid: u64, make: impl FnOnce() -> H) -> &mut H {
        self.0.entry(uid).or_insert_with(make)
    }

    pub fn forget(&mut self) {
        self.0.clear();
    }
}
