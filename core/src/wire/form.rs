//! `application/x-www-form-urlencoded` bodies.

use url::form_urlencoded;
use zeroize::Zeroizing;

/// `a=b&c=d`, each part encoded as `application/x-www-form-urlencoded`, in the order given.
pub(crate) fn form(fields: &[(&str, &str)]) -> Zeroizing<String> {
    // Room for the worst case first: growing would leave unwiped copies behind.
    let room = fields.iter().map(|(name, value)| 3 * (name.len() + value.len()) + 2).sum();
    let mut out = Zeroizing::new(String::with_capacity(room));
    for (name, value) in fields {
        if !out.is_empty() {
            out.push('&');
        }
        out.extend(form_urlencoded::byte_serialize(name.as_bytes()));
        out.push('=');
        out.extend(form_urlencoded::byte_serialize(value.as_bytes()));
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
    }
}
