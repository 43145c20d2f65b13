//! The reading half: one tree, and who makes what of it.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use super::write::{ToJson, Writer};
use crate::base::secret::Secret;

/// A value as it was read.
pub(crate) enum Json<'a> {
    Null,
    Truth(bool),
    Whole(u64),
    Text(Text<'a>),
    List(Vec<Json<'a>>),
    Object(Vec<(Text<'a>, Json<'a>)>),
    /// A number that nothing of ours is: a fraction, or below zero.
    Other,
    /// What its reader has.
    Taken,
}

/// Text without a copy, since it may be a secret. What was written with escapes has to be one, and is wiped.
pub(crate) enum Text<'a> {
    Plain(&'a str),
    Unescaped(Zeroizing<String>),
}

impl Text<'_> {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Unescaped(text) => text,
        }
    }
}

/// The members of an object. A reader takes those it knows; what is left at the end is unknown, or comes twice.
pub(crate) struct Members<'a> {
    all: Vec<(Text<'a>, Json<'a>)>,
    next: usize,
    left: usize,
}

impl<'a> Members<'a> {
    fn take(&mut self, name: &str) -> Option<Json<'a>> {
        let is_it = |(own, value): &(Text<'a>, Json<'a>)| own.as_str() == name && !matches!(value, Json::Taken);
        // They are read in the order in which they were written.
        let at = match self.all.get(self.next) {
            Some(member) if is_it(member) => self.next,
            _ => self.all.iter().position(is_it)?,
        };
        let (_, value) = self.all.get_mut(at)?;
        self.next = at + 1;
        self.left -= 1;
        Some(core::mem::replace(value, Json::Taken))
    }

    /// A member that must be there.
    pub fn required<T: FromJson>(&mut self, name: &str) -> Option<T> {
        T::from_json(self.take(name)?)
    }

    /// A member that may be left out.
    pub fn optional<T: FromJson + Default>(&mut self, name: &str) -> Option<T> {
        self.take(name).map_or_else(|| Some(T::default()), T::from_json)
    }

    /// The member that says which of an enum's variants it is.
    pub fn tag(&mut self, name: &str) -> Option<Text<'a>> {
        self.take(name)?.text()
    }

    /// A look at a number, which stays where it is.
    pub fn whole(&self, name: &str) -> Option<u32> {
        match self.all.iter().find(|(own, _)| own.as_str() == name)? {
            (_, Json::Whole(number)) => u32::try_from(*number).ok(),
            _ => None,
        }
    }

    /// The one member there is.
    pub fn only(mut self) -> Option<(Text<'a>, Json<'a>)> {
        self.all.pop().filter(|_| self.all.is_empty())
    }

    /// That nothing is left.
    pub fn end(&self) -> Option<()> {
        (self.left == 0).then_some(())
    }
}

impl<'a> IntoIterator for Members<'a> {
    type Item = (Text<'a>, Json<'a>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}

impl<'a> Json<'a> {
    /// An object with this member alone.
    pub fn one(name: &'a str, value: Self) -> Self {
        Self::Object(vec![(Text::Plain(name), value)])
    }

    pub fn parse(text: &'a str) -> Option<Self> {
        // Serde's own messages may quote the text, so none of them is passed on.
        serde_json::from_str(text).ok()
    }

    pub fn object(self) -> Option<Members<'a>> {
        match self {
            Self::Object(all) => Some(Members { next: 0, left: all.len(), all }),
            _ => None,
        }
    }

    pub fn text(self) -> Option<Text<'a>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Name)
    }
}

struct Name;

impl<'de> Visitor<'de> for Name {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text::Plain(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text::Unescaped(Zeroizing::new(text.to_owned())))
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Json<'de>, E> {
        Ok(Json::Truth(truth))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json<'de>, E> {
        Ok(Json::Whole(number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Text::Plain(text)))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Json<'de>, E> {
        Name.visit_str(text).map(Json::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        // As many as most of ours have.
        let mut members = Vec::with_capacity(8);
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }
}

/// What can be read.
pub(crate) trait FromJson: Sized {
    /// `None` for any other form.
    fn from_json(json: Json<'_>) -> Option<Self>;
}

/// A value from its text.
pub(crate) fn read<T: FromJson>(text: &str) -> Option<T> {
    T::from_json(Json::parse(text)?)
}

/// An object with its version, which is the member of this name and stays in it.
pub(crate) fn versioned<'a>(text: &'a str, name: &str) -> Option<(u32, Json<'a>)> {
    let members = Json::parse(text)?.object()?;
    Some((members.whole(name)?, Json::Object(members.all)))
}

impl FromJson for u64 {
    fn from_json(json: Json<'_>) -> Option<Self> {
        match json {
            Json::Whole(number) => Some(number),
            _ => None,
        }
    }
}

impl FromJson for u32 {
    fn from_json(json: Json<'_>) -> Option<Self> {
        u64::from_json(json)?.try_into().ok()
    }
}

impl FromJson for u16 {
    fn from_json(json: Json<'_>) -> Option<Self> {
        u64::from_json(json)?.try_into().ok()
    }
}

impl FromJson for bool {
    fn from_json(json: Json<'_>) -> Option<Self> {
        match json {
            Json::Truth(truth) => Some(truth),
            _ => None,
        }
    }
}

impl FromJson for String {
    fn from_json(json: Json<'_>) -> Option<Self> {
        Some(json.text()?.as_str().to_owned())
    }
}

/// For types that are stored, and for nothing else: what they are written to is a secret as a whole.
impl FromJson for Secret {
    fn from_json(json: Json<'_>) -> Option<Self> {
        Some(Self::new(json.text()?.as_str()))
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(json: Json<'_>) -> Option<Self> {
        match json {
            Json::Null => Some(None),
            json => T::from_json(json).map(Some),
        }
    }
}

impl<T: FromJson> FromJson for Arc<T> {
    fn from_json(json: Json<'_>) -> Option<Self> {
        T::from_json(json).map(Self::new)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(json: Json<'_>) -> Option<Self> {
        match json {
            Json::List(items) => {
                let mut list = Self::with_capacity(items.len());
                for item in items {
                    list.push(T::from_json(item)?);
                }
                Some(list)
            }
            _ => None,
        }
    }
}

impl<T: FromJson> FromJson for (T, T) {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let Json::List(items) = json else { return None };
        let [one, other] = <[Json<'_>; 2]>::try_from(items).ok()?;
        Some((T::from_json(one)?, T::from_json(other)?))
    }
}

impl<T: FromJson> FromJson for BTreeMap<String, T> {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let mut map = Self::new();
        for (name, value) in json.object()? {
            // A name that comes twice is refused here too.
            if map.insert(name.as_str().to_owned(), T::from_json(value)?).is_some() {
                return None;
            }
        }
        Some(map)
    }
}

/// A tree that was read, as text again.
impl ToJson for Json<'_> {
    fn to_json(&self, to: &mut Writer) {
        match self {
            // No place of ours is such a number: what reads the text refuses it.
            Self::Null | Self::Other | Self::Taken => to.raw("null"),
            Self::Truth(truth) => truth.to_json(to),
            Self::Whole(number) => number.to_json(to),
            Self::Text(text) => to.text(text.as_str()),
            Self::List(items) => to.list(items),
            Self::Object(members) => {
                to.begin_object();
                members.iter().for_each(|(name, value)| to.member(name.as_str(), value));
                to.end_object();
            }
        }
    }
}
