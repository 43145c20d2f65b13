//! `application/x-www-form-urlencoded` bodies.

use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

/// `a=b&c=d`, each part encoded as `application/x-www-form-urlencoded`, in the order given.
pub(crate) fn form(fields: &[(&str, &str)]) -> Zeroizing<String> {
    form_after(&[], fields)
}

/// The same after other texts, as a URL has it.
pub(crate) fn form_after(before: &[&str], fields: &[(&str, &str)]) -> Zeroizing<String> {
    // Three bytes for whatever may be escaped; a finer look takes as long as the encoding.
    let encoded = |text: &str| text.len() + 2 * text.bytes().filter(|b| !b.is_ascii_alphanumeric()).count();
    // Room first: growing would leave unwiped copies behind. And little more than that, since all of it is wiped.
    let room = before.iter().map(|text| text.len()).sum::<usize>()
        + fields.iter().map(|(name, value)| encoded(name) + encoded(value) + 2).sum::<usize>();
    let mut out = Zeroizing::new(String::with_capacity(room));
    out.extend(before.iter().copied());
    for (index, (name, value)) in fields.iter().enumerate() {
        if index > 0 {
            out.push('&');
        }
        out.extend(byte_serialize(name.as_bytes()));
        out.push('=');
        out.extend(byte_serialize(value.as_bytes()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_encoded_to_the_byte() {
        let body = form(&[("a b", "c&d=e+f/é~*"), ("", ""), ("x", "1")]);
        assert_eq!(*body, "a+b=c%26d%3De%2Bf%2F%C3%A9%7E*&=&x=1");
        assert_eq!(*form_after(&["https://a", "/b?"], &[("é", "~"), ("", "")]), "https://a/b?%C3%A9=%7E&=");
        assert!(form(&[]).is_empty());
        let plain = form(&[("name", "V4lue")]);
        assert!(plain.capacity() <= plain.len() + 1, "all of it is wiped");
    }
}
