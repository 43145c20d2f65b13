//! The writing half.

use core::fmt::{self, Write};
use std::collections::BTreeMap;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::base::secret::Secret;

/// Writes JSON, byte for byte as serde_json does. No copy of what it has written stays behind unwiped.
pub(crate) struct Writer {
    text: Zeroizing<String>,
    /// What the next object begins with.
    tag: Option<(&'static str, &'static str)>,
}

/// Most of what is stored fits.
const ROOM: usize = 1024;

impl Writer {
    fn new() -> Self {
        Self { text: Zeroizing::new(String::with_capacity(ROOM)), tag: None }
    }

    /// Text as it is.
    pub fn raw(&mut self, text: &str) {
        let len = self.text.len() + text.len();
        if len > self.text.capacity() {
            // A string that grows by itself leaves what it was behind.
            let mut wider = Zeroizing::new(String::with_capacity(2 * len));
            wider.push_str(&self.text);
            self.text = wider;
        }
        self.text.push_str(text);
    }

    pub fn text(&mut self, text: &str) {
        self.raw("\"");
        let mut rest = text;
        let has_escape = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
        while let Some((plain, behind)) = rest.bytes().position(has_escape).and_then(|at| rest.split_at_checked(at)) {
            self.raw(plain);
            let mut characters = behind.chars();
            match characters.next().unwrap_or_default() {
                '"' => self.raw("\\\""),
                '\\' => self.raw("\\\\"),
                '\u{8}' => self.raw("\\b"),
                '\t' => self.raw("\\t"),
                '\n' => self.raw("\\n"),
                '\u{c}' => self.raw("\\f"),
                '\r' => self.raw("\\r"),
                control => self.display(format_args!("\\u{:04x}", u32::from(control))),
            }
            rest = characters.as_str();
        }
        self.raw(rest);
        self.raw("\"");
    }

    fn display(&mut self, what: fmt::Arguments<'_>) {
        // Writing into memory does not fail.
        let _ = self.write_fmt(what);
    }

    fn separate(&mut self) {
        if !self.text.ends_with(['{', '[']) {
            self.raw(",");
        }
    }

    pub fn begin_object(&mut self) {
        self.raw("{");
        if let Some((name, value)) = self.tag.take() {
            self.member(name, value);
        }
    }

    pub fn end_object(&mut self) {
        self.raw("}");
    }

    /// The next object begins with this member.
    pub fn tag(&mut self, name: &'static str, value: &'static str) {
        self.tag = Some((name, value));
    }

    pub fn member<T: ToJson + ?Sized>(&mut self, name: &str, value: &T) {
        self.separate();
        self.text(name);
        self.raw(":");
        value.to_json(self);
    }

    /// A member that is left out where it says nothing.
    pub fn optional<T: ToJson + Blank + ?Sized>(&mut self, name: &str, value: &T) {
        if !value.is_blank() {
            self.member(name, value);
        }
    }

    pub fn list<T: ToJson>(&mut self, items: &[T]) {
        self.raw("[");
        for item in items {
            self.separate();
            item.to_json(self);
        }
        self.raw("]");
    }
}

impl Write for Writer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.raw(text);
        Ok(())
    }
}

/// What can be written.
pub(crate) trait ToJson {
    fn to_json(&self, to: &mut Writer);
}

/// A value as text.
pub(crate) fn written(value: &(impl ToJson + ?Sized)) -> Secret {
    let mut writer = Writer::new();
    value.to_json(&mut writer);
    // In room of its own size.
    Secret::new(writer.text.as_str())
}

/// The same of one that holds no secret.
pub(crate) fn written_plain(value: &(impl ToJson + ?Sized)) -> String {
    let mut writer = Writer::new();
    value.to_json(&mut writer);
    core::mem::take(&mut *writer.text)
}

impl ToJson for u64 {
    fn to_json(&self, to: &mut Writer) {
        to.display(format_args!("{self}"));
    }
}

impl ToJson for i64 {
    fn to_json(&self, to: &mut Writer) {
        to.display(format_args!("{self}"));
    }
}

impl ToJson for u32 {
    fn to_json(&self, to: &mut Writer) {
        u64::from(*self).to_json(to);
    }
}

impl ToJson for u16 {
    fn to_json(&self, to: &mut Writer) {
        u64::from(*self).to_json(to);
    }
}

impl ToJson for bool {
    fn to_json(&self, to: &mut Writer) {
        to.raw(if *self { "true" } else { "false" });
    }
}

impl ToJson for str {
    fn to_json(&self, to: &mut Writer) {
        to.text(self);
    }
}

impl ToJson for String {
    fn to_json(&self, to: &mut Writer) {
        to.text(self);
    }
}

impl ToJson for Secret {
    fn to_json(&self, to: &mut Writer) {
        // Exposed into a text that is itself a secret, wiped and redacted.
        to.text(self.expose());
    }
}

impl<T: ToJson + ?Sized> ToJson for &T {
    fn to_json(&self, to: &mut Writer) {
        (**self).to_json(to);
    }
}

impl<T: ToJson> ToJson for Arc<T> {
    fn to_json(&self, to: &mut Writer) {
        (**self).to_json(to);
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn to_json(&self, to: &mut Writer) {
        match self {
            Some(value) => value.to_json(to),
            None => to.raw("null"),
        }
    }
}

impl<T: ToJson> ToJson for [T] {
    fn to_json(&self, to: &mut Writer) {
        to.list(self);
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn to_json(&self, to: &mut Writer) {
        to.list(self);
    }
}

impl ToJson for (u64, u64) {
    fn to_json(&self, to: &mut Writer) {
        to.list(&[self.0, self.1]);
    }
}

impl<T: ToJson> ToJson for BTreeMap<String, T> {
    fn to_json(&self, to: &mut Writer) {
        to.begin_object();
        self.iter().for_each(|(name, value)| to.member(name, value));
        to.end_object();
    }
}

/// What may say nothing.
pub(crate) trait Blank {
    fn is_blank(&self) -> bool;
}

impl<T> Blank for Option<T> {
    fn is_blank(&self) -> bool {
        self.is_none()
    }
}

impl<T> Blank for Vec<T> {
    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

impl Blank for bool {
    fn is_blank(&self) -> bool {
        !self
    }
}

impl Blank for u32 {
    fn is_blank(&self) -> bool {
        *self == 0
    }
}
