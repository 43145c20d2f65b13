//! `application/x-www-form-urlencoded` bodies.

use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

/// `a=b&c=d`, in the order given, each value encoded as `application/x-www-form-urlencoded`; a name needs no encoding.
pub(crate) fn form(fields: &[(&str, &str)]) -> Zeroizing<String> {
    form_after(&[], fields)
}

/// The same after other texts, as a URL has it.
pub(crate) fn form_after(before: &[&str], fields: &[(&str, &str)]) -> Zeroizing<String> {
    let plain: Vec<bool> = fields.iter().map(|(_, value)| all_are_plain(value)).collect();
    let fields = || fields.iter().zip(&plain).map(|((name, value), is_plain)| (*name, *value, *is_plain));
    // Three bytes for whatever may be escaped; a finer look takes as long as the encoding.
    let escaped = |value: &str| 2 * value.bytes().filter(|byte| !is_plain(*byte)).count();
    // Room first: growing would leave unwiped copies behind. And little more than that, since all of it is wiped.
    let mut room = before.iter().map(|text| text.len()).sum::<usize>();
    for (name, value, is_plain) in fields() {
        room += name.len() + value.len() + 2 + if is_plain { 0 } else { escaped(value) };
    }
    let mut out = Zeroizing::new(String::with_capacity(room));
    before.iter().for_each(|text| out.push_str(text));
    let mut separator = "";
    for (name, value, is_plain) in fields() {
        out.extend([separator, name, "="]);
        if is_plain {
            out.push_str(value);
        } else {
            out.extend(byte_serialize(value.as_bytes()));
        }
        separator = "&";
    }
    out
}

/// Whether it surely stays as it is.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// Most values are base64, or hexadecimal digits. It looks at all of them: many at a time, and faster than up to the first that
/// is not.
fn all_are_plain(text: &str) -> bool {
    text.bytes().fold(true, |all, byte| all & is_plain(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_encoded_to_the_byte() {
        let body = form(&[("a_b", "c&d=e+f/é~*"), ("", ""), ("x", "1"), ("y", "-_0zA.")]);
        assert_eq!(*body, "a_b=c%26d%3De%2Bf%2F%C3%A9%7E*&=&x=1&y=-_0zA.");
        assert_eq!(*form_after(&["https://a", "/b?"], &[("e", "~ "), ("", "")]), "https://a/b?e=%7E+&=");
        assert!(form(&[]).is_empty());
        let plain = form(&[("name", "V4lue")]);
        assert!(plain.capacity() <= plain.len() + 1, "all of it is wiped");
    }
}
