//! Records on the wire: JSON objects whose figures keep the digits they were written with.

use core::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::base::time;
use crate::model::record_enums::MaybeKnown;

/// An object or an array, its parts as they were written. A name that comes twice counts as it first came.
#[derive(Clone)]
pub(crate) enum Parts<'a> {
    Object(Vec<(String, &'a RawValue)>),
    Array(Vec<&'a RawValue>),
}

impl<'a> Parts<'a> {
    pub fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The named part of an object.
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        let Self::Object(entries) = self else { return None };
        entries.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Parts<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Parts<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object or array")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Parts::Object(entries))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(item) = items.next_element()? {
                    all.push(item);
                }
                Ok(Parts::Array(all))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// Which field of which record is not as documented; never its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bad(pub String);

/// One record, with its place for the refusal.
pub(crate) struct Row<'a> {
    place: String,
    parts: Parts<'a>,
}

impl<'a> Row<'a> {
    pub fn parse(place: String, value: &'a RawValue) -> Result<Self, Bad> {
        Self::of(place, Parts::parse(value.get()))
    }

    pub fn of(place: String, parts: Option<Parts<'a>>) -> Result<Self, Bad> {
        match parts {
            Some(parts @ Parts::Object(_)) => Ok(Self { place, parts }),
            // An empty array is the backend's empty object (6.6); what is missing in it is told by its fields.
            Some(Parts::Array(items)) if items.is_empty() => Ok(Self { place, parts: Parts::Object(Vec::new()) }),
            _ => Err(Bad(format!("{place} is not an object"))),
        }
    }

    fn bad(&self, name: &str) -> Bad {
        Bad(format!("{}: {name} is missing or not as documented", self.place))
    }

    /// There, and not null.
    fn value(&self, name: &str) -> Option<&'a str> {
        self.parts.get(name).map(RawValue::get).filter(|text| *text != "null")
    }

    fn optional<T>(&self, name: &str, read: fn(&str) -> Option<T>) -> Result<Option<T>, Bad> {
        self.value(name).map(|text| read(text).ok_or_else(|| self.bad(name))).transpose()
    }

    fn required<T>(&self, name: &str, read: fn(&str) -> Option<T>) -> Result<T, Bad> {
        self.value(name).and_then(read).ok_or_else(|| self.bad(name))
    }

    pub fn text(&self, name: &str) -> Result<String, Bad> {
        self.required(name, text)
    }

    /// Text that says nothing where it is empty: null, which is not documented for it, says no more.
    pub fn text_or_null(&self, name: &str) -> Result<String, Bad> {
        match self.parts.get(name) {
            Some(value) if value.get() == "null" => Ok(String::new()),
            _ => self.text(name),
        }
    }

    /// Documented as text or null, and always there.
    pub fn nullable_text(&self, name: &str) -> Result<Option<String>, Bad> {
        if self.has(name) { self.optional(name, text) } else { Err(self.bad(name)) }
    }

    pub fn optional_text(&self, name: &str) -> Result<Option<String>, Bad> {
        self.optional(name, text)
    }

    /// An id, text or whole number, as text.
    pub fn id(&self, name: &str) -> Result<String, Bad> {
        self.required(name, |value| match value.starts_with('"') {
            true => text(value).filter(|id| !id.is_empty()),
            false => value.parse::<u64>().ok().map(|id| id.to_string()),
        })
    }

    /// A decimal, exactly as it is written.
    pub fn amount(&self, name: &str) -> Result<String, Bad> {
        self.required(name, amount)
    }

    /// A figure that is empty where there is none.
    pub fn amount_or_empty(&self, name: &str) -> Result<Option<String>, Bad> {
        match self.value(name) {
            Some("\"\"") => Ok(None),
            _ => self.optional_amount(name),
        }
    }

    /// A text that says nothing where it is empty or missing.
    pub fn text_or_empty(&self, name: &str) -> Result<Option<String>, Bad> {
        Ok(self.optional_text(name)?.filter(|text| !text.is_empty()))
    }

    pub fn optional_truth(&self, name: &str) -> Result<Option<bool>, Bad> {
        self.optional(name, |value| value.parse().ok())
    }

    /// An id that may be empty or missing.
    pub fn optional_id(&self, name: &str) -> Result<Option<String>, Bad> {
        match self.value(name) {
            None | Some("\"\"") => Ok(None),
            Some(_) => self.id(name).map(Some),
        }
    }

    /// Unix milliseconds, digits in or out of a string.
    pub fn milliseconds(&self, name: &str) -> Result<u64, Bad> {
        self.required(name, milliseconds)
    }

    /// Unix milliseconds that may be empty, missing or zero.
    pub fn optional_milliseconds(&self, name: &str) -> Result<Option<u64>, Bad> {
        match self.value(name) {
            None | Some("\"\"") => Ok(None),
            Some(_) => self.milliseconds(name).map(|ms| Some(ms).filter(|ms| *ms > 0)),
        }
    }

    /// What an object inside has under each name: decimals. An empty text, null and a missing one have none.
    pub fn amounts(&self, name: &str) -> Result<Vec<(String, String)>, Bad> {
        let Some(value) = self.value(name).filter(|value| *value != "\"\"") else { return Ok(Vec::new()) };
        let Some(Parts::Object(entries)) = Parts::parse(value) else { return Err(self.bad(name)) };
        entries
            .into_iter()
            .map(|(inner, value)| Some((inner, amount(value.get())?)))
            .collect::<Option<_>>()
            .ok_or_else(|| self.bad(name))
    }

    pub fn optional_amount(&self, name: &str) -> Result<Option<String>, Bad> {
        self.optional(name, amount)
    }

    pub fn number(&self, name: &str) -> Result<u32, Bad> {
        self.required(name, |value| value.parse().ok())
    }

    pub fn optional_number(&self, name: &str) -> Result<Option<i64>, Bad> {
        self.optional(name, |value| value.parse().ok())
    }

    pub fn truth(&self, name: &str) -> Result<bool, Bad> {
        self.required(name, |value| value.parse().ok())
    }

    /// Unix seconds.
    pub fn seconds(&self, name: &str) -> Result<u64, Bad> {
        self.microseconds(name).map(|us| us / 1_000_000)
    }

    /// Unix microseconds, from seconds with a fraction.
    pub fn microseconds(&self, name: &str) -> Result<u64, Bad> {
        self.required(name, |value| microseconds(&amount(value)?))
    }

    /// One of the documented words, or whatever text or number it is.
    pub fn open<T: Copy>(&self, name: &str, known: &[(&str, T)]) -> Result<MaybeKnown<T>, Bad> {
        let word = match self.value(name) {
            Some(value) if value.starts_with('"') => text(value),
            Some(value) => amount(value),
            None => None,
        };
        let word = word.ok_or_else(|| self.bad(name))?;
        let found = known.iter().find(|(theirs, _)| *theirs == word);
        Ok(found.map_or(MaybeKnown::Other(word), |(_, ours)| MaybeKnown::Known(*ours)))
    }

    /// An object inside; null and an empty array are none.
    pub fn object(&self, name: &str) -> Result<Option<Row<'a>>, Bad> {
        match self.parts.get(name) {
            None => Err(self.bad(name)),
            Some(value) if ["null", "[]"].contains(&value.get()) => Ok(None),
            Some(value) => Row::parse(format!("{}, {name}", self.place), value).map(Some),
        }
    }

    /// The objects of an array inside.
    pub fn objects(&self, name: &str) -> Result<Vec<Row<'a>>, Bad> {
        let Some(Parts::Array(items)) = self.parts.get(name).and_then(|value| Parts::parse(value.get())) else {
            return Err(self.bad(name));
        };
        let place = |index| format!("{}, {name} {index}", self.place);
        items.into_iter().enumerate().map(|(index, value)| Row::parse(place(index), value)).collect()
    }

    pub fn has(&self, name: &str) -> bool {
        self.parts.get(name).is_some()
    }
}

fn text(value: &str) -> Option<String> {
    serde_json::from_str(value).ok()
}

/// JSON's own number, or the same inside a string.
fn amount(value: &str) -> Option<String> {
    let inside = if value.starts_with('"') { text(value)? } else { value.to_owned() };
    // A number ends with a digit; what is around it would be blanks.
    let ends = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
    let is_bare = ends(inside.bytes().last()) && (inside.starts_with('-') || ends(inside.bytes().next()));
    let is_number = || serde_json::from_str::<IgnoredAny>(&inside).is_ok();
    (is_bare && inside.len() <= 128 && is_number()).then_some(inside)
}

fn milliseconds(value: &str) -> Option<u64> {
    let digits = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten().filter(|ms| *ms <= time::MAX_MS)
}

/// Of seconds as decimal text, rounded to the nearest microsecond: a float that was printed with more digits than it has
/// comes back to the microsecond it was made from.
fn microseconds(seconds: &str) -> Option<u64> {
    let (mantissa, exponent) = match seconds.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (seconds, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: u128 = format!("{whole}{fraction}").get(..).filter(|all| all.len() <= 34)?.parse().ok()?;
    let scale = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?.checked_add(6)?;
    let power = 10_u128.checked_pow(scale.unsigned_abs());
    let us = match scale {
        0.. => digits.checked_mul(power?)?,
        // Beyond any digit that is there.
        ..0 => power.map_or(0, |power| digits.saturating_add(power / 2) / power),
    };
    u64::try_from(us).ok().filter(|us| *us <= time::MAX_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_microseconds_without_a_float() {
        for (seconds, us) in [
            ("1700000000", Some(1_700_000_000_000_000)),
            ("1700000000.123456", Some(1_700_000_000_123_456)),
            ("1700000000.1", Some(1_700_000_000_100_000)),
            ("1700000005.6543209553", Some(1_700_000_005_654_321)),
            ("1700000000.9999999", Some(1_700_000_001_000_000)),
            ("1.700000000123456e9", Some(1_700_000_000_123_456)),
            ("1.7E+9", Some(1_700_000_000_000_000)),
            ("17000000001234560e-7", Some(1_700_000_000_123_456)),
            ("1e-99", Some(0)),
            ("0", Some(0)),
            ("-1", None),
            ("1e99", None),
            ("9007199254.740991", Some(9_007_199_254_740_991)),
            ("9007199254.740992", None),
            ("1e99999999999", None),
            ("1.00000000000000000000000000000000000000000001", None),
        ] {
            assert_eq!(microseconds(seconds), us, "{seconds}");
        }
    }

    #[test]
    fn an_amount_is_a_json_number_in_or_out_of_a_string() {
        for fits in ["\"0.10\"", "0.10", "\"-3\"", "1e-8", "0"] {
            assert_eq!(amount(fits).as_deref(), Some(fits.trim_matches('"')), "{fits}");
        }
        let long = format!("\"{}\"", "1".repeat(129));
        for refused in
            ["\"\"", "\"1,5\"", "\" 1\"", "\"1 \"", "\".5\"", "\"NaN\"", "\"[1]\"", "true", "[1]", "{}", &long]
        {
            assert_eq!(amount(refused), None, "{refused}");
        }
    }
}
