//! JSON of our own: what hosts store, and records, queries and cursors. It is read from one tree and written by one writer, with
//! a line for each member of a type. Derived readers and writers of so many types would be a quarter of what a browser loads.

pub(crate) mod read;
pub(crate) mod write;

pub(crate) use read::{FromJson, Json, read, versioned};
pub(crate) use write::{Blank, ToJson, Writer, written, written_plain};

/// The members of a struct, in the order in which they are written, each by the name of its field. One that is `: optional`
/// may be left out, and is where it says nothing; one that is `: default` may be left out, and is always written.
macro_rules! members {
    ($type:ty { $($members:tt)* }) => {
        $crate::base::json::members!($type, read as $type { $($members)* });
    };
    ($written:ty, read as $read:ty { $($members:tt)* }) => {
        $crate::base::json::members_written!($written { $($members)* });
        $crate::base::json::members_read!($read { $($members)* });
    };
}

/// Its writer alone.
macro_rules! members_written {
    ($type:ty { $($field:ident $(as $name:literal)? $(: $rule:ident)?),+ $(,)? }) => {
        impl $crate::base::json::ToJson for $type {
            fn to_json(&self, to: &mut $crate::base::json::Writer) {
                // In full: a field that is added is decided on here.
                let Self { $($field),+ } = self;
                to.begin_object();
                $($crate::base::json::write_member!(to, ($field $(as $name)?), $field $(, $rule)?);)+
                to.end_object();
            }
        }
    };
}

/// Its reader alone.
macro_rules! members_read {
    ($type:ty { $($field:ident $(as $name:literal)? $(: $rule:ident)?),+ $(,)? }) => {
        impl $crate::base::json::FromJson for $type {
            fn from_json(json: $crate::base::json::Json<'_>) -> Option<Self> {
                let mut members = json.object()?;
                let read = Self {
                    $($field: $crate::base::json::read_member!(members, ($field $(as $name)?) $(, $rule)?)?,)+
                };
                members.end().map(|()| read)
            }
        }
    };
}

/// An enum whose variants are objects, each told by the member that `$tag` names.
macro_rules! tagged {
    ($type:ty, $tag:literal { $($variants:tt)* }) => {
        $crate::base::json::tagged!($type, read as $type, $tag { $($variants)* });
    };
    ($written:ty, read as $read:ty, $tag:literal { $($variants:tt)* }) => {
        $crate::base::json::tagged_written!($written, $tag { $($variants)* });
        $crate::base::json::tagged_read!($read, $tag { $($variants)* });
    };
}

/// Its writer.
macro_rules! tagged_written {
    ($type:ty, $tag:literal { $($variant:ident = $name:literal { $($field:ident $(: $rule:ident)?),* }),+ $(,)? }) => {
        impl $crate::base::json::ToJson for $type {
            fn to_json(&self, to: &mut $crate::base::json::Writer) {
                to.begin_object();
                match self {
                    $(Self::$variant { $($field),* } => {
                        to.member($tag, $name);
                        $($crate::base::json::write_member!(to, ($field), $field $(, $rule)?);)*
                    })+
                }
                to.end_object();
            }
        }
    };
}

/// Its reader.
macro_rules! tagged_read {
    ($type:ty, $tag:literal { $($variant:ident = $name:literal { $($field:ident $(: $rule:ident)?),* }),+ $(,)? }) => {
        impl $crate::base::json::FromJson for $type {
            fn from_json(json: $crate::base::json::Json<'_>) -> Option<Self> {
                let mut members = json.object()?;
                let tag = members.tag($tag)?;
                let read = match tag.as_str() {
                    $($name => Self::$variant {
                        $($field: $crate::base::json::read_member!(members, ($field) $(, $rule)?)?,)*
                    },)+
                    _ => return None,
                };
                members.end().map(|()| read)
            }
        }
    };
}

macro_rules! member_name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident as $name:literal) => {
        $name
    };
}

macro_rules! write_member {
    ($to:ident, ($($name:tt)+), $value:expr $(, default)?) => {
        $to.member($crate::base::json::member_name!($($name)+), $value)
    };
    ($to:ident, ($($name:tt)+), $value:expr, optional) => {
        $to.optional($crate::base::json::member_name!($($name)+), $value)
    };
}

macro_rules! read_member {
    ($members:ident, ($($name:tt)+)) => {
        $members.required($crate::base::json::member_name!($($name)+))
    };
    ($members:ident, ($($name:tt)+), $rule:ident) => {
        $members.optional($crate::base::json::member_name!($($name)+))
    };
}

pub(crate) use {
    member_name, members, members_read, members_written, read_member, tagged, tagged_read, tagged_written, write_member,
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, PartialEq)]
    struct Pair {
        one: u32,
        other: Option<String>,
        many: Vec<String>,
    }

    members!(Pair { one, other: optional, many: default });

    #[test]
    fn a_text_is_written_as_serde_writes_it() {
        let all: String = (0..0x250).filter_map(char::from_u32).chain("\u{2028}\u{fffd}😀".chars()).collect();
        assert_eq!(Some(written_plain(&all)), serde_json::to_string(&all).ok());
        for long in [0, 1022, 1023, 1024, 3000].map(|bytes| "x\n".repeat(bytes)) {
            assert_eq!(Some(written(&long).expose()), serde_json::to_string(&long).ok().as_deref());
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let sparse = Pair { one: 1, other: None, many: Vec::new() };
        let full = Pair { one: u32::MAX, other: Some("a\"\n".into()), many: vec!["b".into(), String::new()] };
        for (pair, text) in
            [(sparse, r#"{"one":1,"many":[]}"#), (full, r#"{"one":4294967295,"other":"a\"\n","many":["b",""]}"#)]
        {
            assert_eq!(written_plain(&pair), text);
            assert_eq!(read(text), Some(pair));
        }
        assert_eq!(read(r#"{"one":1}"#), Some(Pair { one: 1, other: None, many: Vec::new() }));
        assert_eq!(read(r#" {"other":null,"one":1} "#), Some(Pair { one: 1, other: None, many: Vec::new() }));
    }

    #[test]
    fn what_is_unknown_twice_missing_or_of_another_form_is_refused() {
        for refused in [
            r#"{"one":1,"two":2}"#,
            r#"{"one":1,"one":1}"#,
            r#"{"one":1,"\u006fne":1}"#,
            r#"{"one":1,"other":null,"other":null}"#,
            r#"{"other":"a"}"#,
            r#"{"one":1,"other":2}"#,
            r#"{"one":"1"}"#,
            r#"{"one":-1}"#,
            r#"{"one":1.0}"#,
            r#"{"one":4294967296}"#,
            r#"{"one":18446744073709551616}"#,
            r#"{"one":null}"#,
            r#"{"one":1,"many":null}"#,
            r#"{"one":1,"many":[1]}"#,
            r#"[1,null,[]]"#,
            r#"{"one":1} x"#,
            r#"{"one":1"#,
            "",
        ] {
            assert_eq!(read::<Pair>(refused), None, "{refused}");
        }
        let twice: Option<BTreeMap<String, u64>> = read(r#"{"a":1,"b":2,"a":1}"#);
        assert_eq!(twice, None);
    }
}
