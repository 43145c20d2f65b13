//! What the admin page's forms offer, and how a form becomes the JSON of an admin endpoint.
//!
//! Nothing here lists a fault or an action: they are read from the types themselves.

use crate::base::http::Call;
use serde::de::value::Error as NoValue;
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde_json::{Map, Value};

/// The names that an enum reads from JSON.
pub(crate) fn names_of<T: for<'de> Deserialize<'de>>() -> &'static [&'static str] {
    /// Has no value; it only listens to what is asked for.
    struct Listener<'a>(&'a mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for Listener<'_> {
        type Error = NoValue;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NoValue> {
            Err(NoValue::custom("no enum"))
        }

        fn deserialize_enum<V: Visitor<'de>>(
            self,
            _: &'static str,
            variants: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, NoValue> {
            *self.0 = variants;
            self.deserialize_any(visitor)
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
        }
    }

    let mut names: &[&str] = &[];
    // It always fails: what counts was heard on the way.
    let _ = T::deserialize(Listener(&mut names));
    names
}

/// Whether a form comes from a page of this very server. Browsers say so in `Sec-Fetch-Site`, older
/// ones in `Origin`; who says neither is refused. Another port of this machine is another site's.
pub(crate) fn is_own(call: &Call<'_>, scheme: &str) -> bool {
    match (call.header("sec-fetch-site"), call.header("origin"), call.header("host")) {
        (Some(site), _, _) => site == "same-origin",
        (None, Some(origin), Some(host)) => origin.split_once("://") == Some((scheme, host)),
        _ => false,
    }
}

/// A form as JSON: dots nest, the last of equal names counts, an empty field is left out or, where
/// `now` has a value of that name, null. Texts stay texts, and everything else reads as JSON.
pub(crate) fn to_json(fields: &[(String, String)], now: &Value) -> Value {
    let mut whole = Map::new();
    for (path, text) in fields {
        let current = now.pointer(&format!("/{}", path.replace('.', "/")));
        let value = match (current, text.as_str()) {
            (Some(Value::String(_)), text) => text.into(),
            (Some(_), "") => Value::Null,
            (None, "") => continue,
            (_, text) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        };
        let (group, name) = path.split_once('.').map_or(("", path.as_str()), |(group, name)| (group, name));
        if group.is_empty() {
            whole.insert(name.to_owned(), value);
        } else if let Some(group) = whole.entry(group).or_insert_with(|| Map::new().into()).as_object_mut() {
            group.insert(name.to_owned(), value);
        }
    }
    whole.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::fault::Fault;
    use serde_json::json;

    #[test]
    fn an_enum_tells_its_names() {
        let names = names_of::<Fault>();
        assert!(names.contains(&"drop_reply") && names.contains(&"html_403"), "{names:?}");
        assert!(names.iter().all(|name| serde_json::from_value::<Fault>(json!(name)).is_ok()));
        assert!(names_of::<u32>().is_empty());
    }

    #[test]
    fn a_form_reads_as_json() {
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect()
        };
        let knobs = json!({
            "near": {"variant": "new", "user_otp": "123456", "access_ttl_s": 5, "user_kyc": true},
            "far": {"redirect_status": 301},
        });
        let form = pairs(&[
            ("near.variant", "old"),
            ("near.user_otp", "654321"),
            ("near.access_ttl_s", ""),
            ("near.user_kyc", "false"),
            ("near.user_kyc", "true"),
            ("far.redirect_status", "302"),
        ]);
        assert_eq!(
            to_json(&form, &knobs),
            json!({"near": {"variant": "old", "user_otp": "654321", "access_ttl_s": null, "user_kyc": true},
                   "far": {"redirect_status": 302}})
        );
        let form = pairs(&[("endpoint", "secret"), ("venue", ""), ("count", "2")]);
        assert_eq!(to_json(&form, &Value::Null), json!({"endpoint": "secret", "count": 2}));
    }
}
