//! A switch as data, and two macros for exchanges that have many: a struct of switches, and the readings that one of
//! them chooses between.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// A switch. It is a JSON field of the admin endpoint `knobs`, a flag of the command line (the exchange's name before
/// it, hyphens in place of underscores) and a field of the admin page.
#[derive(Clone, Debug, PartialEq)]
pub struct Knob {
    /// Its name in JSON.
    pub name: &'static str,
    /// What it does, in a sentence without its full stop.
    pub help: &'static str,
    /// The values it takes.
    pub kind: KnobKind,
    /// The value it has at the start; null where it is not set.
    pub default: Value,
    /// What it is about, as a heading: switches of one group stand together.
    pub group: &'static str,
}

/// The values a switch takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnobKind {
    /// True or false.
    Switch,
    /// From 0 to this.
    Number(u64),
    /// Any text.
    Text,
    /// One of these, each with what it means.
    Choice(Vec<(&'static str, &'static str)>),
}

impl Knob {
    /// A switch; `doc` may be a doc comment.
    pub fn new(name: &'static str, doc: &'static str, kind: KnobKind, default: impl Into<Value>) -> Knob {
        let group = if name.starts_with("user_") { "The user" } else { "The exchange" };
        Knob { name, help: sentence(doc), kind, default: default.into(), group }
    }

    /// The same under another heading than "The exchange" or, of names that begin with `user_`, "The user".
    pub fn in_group(self, group: &'static str) -> Knob {
        Knob { group, ..self }
    }
}

/// A doc comment as a help text.
pub(crate) fn sentence(doc: &'static str) -> &'static str {
    let text = doc.trim();
    text.strip_suffix('.').unwrap_or(text)
}

/// A type of values that a switch can have.
pub trait Setting {
    /// The values.
    fn kind() -> KnobKind;
}

macro_rules! settings {
    ($($type:ty: $kind:expr,)+) => {
        $(impl Setting for $type {
            fn kind() -> KnobKind {
                $kind
            }
        })+
    };
}

settings! {
    bool: KnobKind::Switch,
    u8: KnobKind::Number(u8::MAX.into()),
    u16: KnobKind::Number(u16::MAX.into()),
    u32: KnobKind::Number(u32::MAX.into()),
    u64: KnobKind::Number(u64::MAX),
    String: KnobKind::Text,
}

/// An exchange's switches from the JSON object of them all.
pub fn read<T: DeserializeOwned>(values: &Value) -> Result<T, String> {
    T::deserialize(values).map_err(|e| format!("The patch does not fit: {e}."))
}

/// Refuses a number that no documentation knows.
pub fn one_of(name: &str, value: u32, allowed: &[u32]) -> Result<(), String> {
    match allowed.contains(&value) {
        true => Ok(()),
        false => Err(format!("{name} must be one of {allowed:?}, not {value}.")),
    }
}

/// Refuses a two-factor code that no form could send.
pub fn is_otp(name: &str, code: &str) -> Result<(), String> {
    match code.is_empty() || code.trim() != code {
        false => Ok(()),
        true => Err(format!("{name} must be a code without outer spaces.")),
    }
}

/// A switch's readings: an enum with a name in JSON and a sentence for each.
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $( $(#[doc = $doc:literal])+ $variant:ident = $text:literal, )+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $( $(#[doc = $doc])+ #[serde(rename = $text)] $variant, )+
        }

        impl $crate::exchange::knob::Setting for $name {
            fn kind() -> $crate::exchange::knob::KnobKind {
                let choices = vec![ $( ($text, $crate::exchange::knob::sentence(concat!($($doc),+))), )+ ];
                $crate::exchange::knob::KnobKind::Choice(choices)
            }
        }
    };
}
pub(crate) use choice;

/// An exchange's switches: a struct whose fields have a heading for several of them, a sentence and a default each, those
/// that may be unset behind the others.
macro_rules! knobs {
    (
        $(#[$meta:meta])* $name:ident {
            $( $group:literal { $( $(#[doc = $doc:literal])+ $field:ident: $type:ty = $default:expr, )+ } )+
        }
        optional {
            $( $ogroup:literal { $( $(#[doc = $odoc:literal])+ $ofield:ident: $otype:ty, )+ } )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $( $( $(#[doc = $doc])+ pub $field: $type, )+ )+
            $( $( $(#[doc = $odoc])+ pub $ofield: Option<$otype>, )+ )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $( $field: $default, )+ )+ $( $( $ofield: None, )+ )* }
            }
        }

        impl $name {
            /// The switches as data.
            pub fn described() -> Vec<$crate::exchange::knob::Knob> {
                use $crate::exchange::knob::{Knob, Setting};
                let start = $name::default();
                vec![
                    $( $( Knob::new(
                        stringify!($field), concat!($($doc),+), <$type>::kind(), serde_json::json!(start.$field),
                    ).in_group($group), )+ )+
                    $( $( Knob::new(
                        stringify!($ofield), concat!($($odoc),+), <$otype>::kind(), serde_json::json!(start.$ofield),
                    ).in_group($ogroup), )+ )*
                ]
            }
        }
    };
}
pub(crate) use knobs;
