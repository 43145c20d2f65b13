//! HTML templates, filled with values.

/// Puts values into a template in one pass: `{{name}}` escaped, `{{{name}}}` as it is.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let value = |name: &str| values.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| *value);
    let mut out = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, tag)) = rest.split_once("{{") {
        out.push_str(before);
        let raw = tag.strip_prefix('{').and_then(|tag| tag.split_once("}}}"));
        match (raw, tag.split_once("}}")) {
            (Some((name, after)), _) => {
                out.push_str(value(name));
                rest = after;
            }
            (None, Some((name, after))) => {
                escape(value(name), &mut out);
                rest = after;
            }
            // Never in these templates: a tag without an end is dropped.
            (None, None) => rest = tag,
        }
    }
    out.push_str(rest);
    out
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_and_never_expanded_again() {
        let values = [("a", "<b> & \"{{b}}\""), ("b", "no")];
        assert_eq!(fill("{{a}}|{{{a}}}|{{unknown}}", &values), "&lt;b&gt; &amp; &quot;{{b}}&quot;|<b> & \"{{b}}\"|");
    }
}
