//! The exchanges, a folder each, and the list of them. Nothing else in the sandbox names one.

pub mod bybit;
pub mod whitebit;

use crate::exchange::Exchange;

/// Every exchange there is.
pub fn all() -> Vec<Box<dyn Exchange>> {
    vec![Box::new(whitebit::WhiteBit::default()), Box::new(bybit::Bybit::default())]
}

#[cfg(test)]
mod tests {
    use super::all;

    #[test]
    fn every_knob_has_its_name_in_json_and_a_sentence() {
        for exchange in all() {
            let (profile, values) = (exchange.profile(), exchange.knobs());
            assert_eq!(values.as_object().unwrap().len(), profile.knobs.len(), "{}", profile.name);
            for knob in &profile.knobs {
                assert_eq!(values.get(knob.name), Some(&knob.default), "{}.{}", profile.name, knob.name);
                assert!(!knob.help.is_empty() && !knob.help.ends_with('.'), "{}.{}", profile.name, knob.name);
            }
        }
    }
}
