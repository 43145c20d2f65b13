//! The user chooses an account for the key (facts/bybit.md, 6.3).

use venuekey::parts::*;

use crate::chaos::pick;
use crate::label::event;
use crate::world::World;

impl World {
    /// One click on the page with the accounts: `wish` names it, or chance does.
    pub fn choose(&mut self, index: usize, wish: Option<&str>) {
        let (flow, host_ms) = (self.stored(), self.host_ms());
        let asked = flow.resume(host_ms).expect("the question can be asked again");
        self.print(&asked);
        let Step::Choose { subaccounts, may_create, .. } = asked else { panic!("nothing to choose: {asked:?}") };
        let mut ids: Vec<&str> = subaccounts.iter().map(|account| account.id.as_str()).collect();
        assert!(may_create || !ids.is_empty(), "the user has no choice at all");
        let creates = match wish {
            Some(event::CREATE) => may_create,
            Some(_) => ids.is_empty(),
            None => may_create && (ids.is_empty() || self.rng.u8(0..3) == 0),
        };
        if creates {
            ids = vec![CREATE_SUBACCOUNT];
        }
        if self.rng.u8(0..8) == 0 {
            let error = flow.choose("999999", host_ms).expect_err("nobody has offered this account");
            assert_eq!(error.code(), ErrorCode::InvalidArgument);
        }
        let id = pick(&mut self.rng, &ids);
        let step = flow.choose(id, host_ms).expect("an offered choice");
        self.hold(index, &flow, if creates { event::CREATE } else { event::CHOOSE }, step);
    }
}
