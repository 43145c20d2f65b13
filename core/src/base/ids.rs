//! Names of exchanges and of their environments. The registry lists them (`venues`).

use core::fmt;

use crate::base::json::{FromJson, Json, ToJson, Writer};

/// The longest name, in bytes.
const MAX_NAME_BYTES: usize = 15;

/// A short name, stored inline and zero-padded: lower-case letters, digits and `_`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Name([u8; MAX_NAME_BYTES]);

impl Name {
    /// `None` if it is no name.
    const fn new(text: &str) -> Option<Self> {
        let mut name = [0; MAX_NAME_BYTES];
        let (mut from, mut to): (&[u8], &mut [u8]) = (text.as_bytes(), &mut name);
        while let Some((byte, rest)) = from.split_first() {
            let Some((place, places)) = to.split_first_mut() else { return None };
            if !(byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_') {
                return None;
            }
            *place = *byte;
            (from, to) = (rest, places);
        }
        if text.is_empty() { None } else { Some(Self(name)) }
    }

    fn as_str(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(MAX_NAME_BYTES);
        // ASCII, by its constructor.
        self.0.get(..end).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

macro_rules! name {
    ($(#[$meta:meta])* $type:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Name);

        impl $type {
            /// For constants: an invalid name is a compile error.
            #[allow(clippy::panic)]
            pub(crate) const fn named(text: &'static str) -> Self {
                match Name::new(text) {
                    Some(name) => Self(name),
                    None => panic!("a name must be 1 to 15 lower-case letters, digits and underscores"),
                }
            }

            /// The name used in every language.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ToJson for $type {
            fn to_json(&self, to: &mut Writer) {
                to.text(self.as_str());
            }
        }

        /// Any name: whoever reads it compares it with a client's, or asks the registry.
        impl FromJson for $type {
            fn from_json(json: Json<'_>) -> Option<Self> {
                Name::new(json.text()?.as_str()).map(Self)
            }
        }
    };
}

name! {
    /// An exchange.
    Venue
}

name! {
    /// One of a venue's separate environments: accounts, tokens and keys of one mean nothing in another.
    VenueEnvironment
}
