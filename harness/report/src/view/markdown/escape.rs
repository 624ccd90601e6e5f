//! Text that Markdown shows as it is.

use crate::words::clean;

/// `text` on one line, with everything escaped that Markdown or HTML would read as more than text.
pub(in crate::view) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let text = clean(text);
    // A paragraph that begins like a heading, a list or JSON is still a paragraph.
    if ["#", "{", "- ", "+ "].iter().any(|block| text.starts_with(block)) {
        escaped.push('\\');
    }
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => escaped.extend(['\\', c]),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_of_a_message_becomes_markup() {
        assert_eq!(escape("a|b\n<img> *x*"), "a\\|b &lt;img&gt; \\*x\\*");
        assert_eq!(escape("{\"gate\":1}"), "\\{\"gate\":1}");
        assert_eq!((escape("# 1"), escape("- 1"), escape("-1 %")), ("\\# 1".into(), "\\- 1".into(), "-1 %".into()));
    }
}
