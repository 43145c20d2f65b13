//! What may stand in a message, a page, a path or a header.

/// At most `max` characters on one line that reads as it is written: fit for a log and for a page.
pub(crate) fn printable(text: &str, max: usize) -> String {
    text.chars().take(max).map(|c| if is_invisible(c) { ' ' } else { c }).collect()
}

/// Control characters, line separators, and what reorders or hides text (Unicode's Bidi_Control and its zero-width
/// format characters).
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// What may stand in a message as the venue's code: a number, or a word such as RFC 6749's. The text comes from
/// outside, the browser included, and anything freer could carry back a secret.
pub(crate) fn code_like(text: &str) -> Option<String> {
    let number = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let word = (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    (number || word).then(|| text.to_owned())
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
    let digits: Vec<u8> = bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    // Digits are text, so nothing is left out.
    String::from_utf8(digits).unwrap_or_default()
}

/// RFC 9562's 8-4-4-4-12 form, in either case.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

/// An id goes onto pages, into paths and into stores: short, plain text.
pub(crate) fn is_uid(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
