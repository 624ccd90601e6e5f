//! Lines of text that fit: width in columns of a terminal, padding, wrapping, shortening.

use loopswap_protocol::barred;
use unicode_width::UnicodeWidthStr as _;

/// Columns that `text` takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Text from elsewhere (a message, a name) on one line, with control characters made visible: no message of a
/// runner can steer the terminal.
pub(crate) fn clean(text: &str) -> String {
    barred(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `text` with spaces before it.
pub(crate) fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` with spaces after it.
pub(crate) fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` shortened to `columns`, with an ellipsis where something is missing.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut short = front(text, columns.saturating_sub(1)).to_owned();
    if columns > 0 {
        short.push('…');
    }
    short
}

/// The longest prefix of `text` that fits in `columns`. The width of a text is not the sum of its
/// characters': a variation selector widens the one before it.
fn front(text: &str, columns: usize) -> &str {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let fits = ends.take_while(|end| width(&text[..*end]) <= columns).last();
    &text[..fits.unwrap_or(0)]
}

/// `text` as lines of at most `columns`: the first begins with `first`, the others with `indent`
/// spaces. Words that are too long are broken.
pub(crate) fn wrap(text: &str, columns: usize, first: &str, indent: usize) -> Vec<String> {
    let indent = indent.min(columns / 2);
    let first = cut(first, columns / 2);
    let mut lines = vec![first.clone()];
    let mut begun = false;
    for word in words(text) {
        let mut word = word.as_str();
        loop {
            let line = lines.last_mut().expect("there is a first line");
            let space = usize::from(begun);
            if width(line) + space + width(word) <= columns {
                line.push_str(&" ".repeat(space));
                line.push_str(word);
                begun = true;
                break;
            }
            if !begun {
                let part = front(word, columns.saturating_sub(width(line)));
                // A character wider than the line cannot be broken further.
                let part = if part.is_empty() { word } else { part };
                line.push_str(part);
                word = &word[part.len()..];
            }
            if word.is_empty() {
                begun = true;
                break;
            }
            lines.push(" ".repeat(indent));
            begun = false;
        }
    }
    lines
}

/// The words of a text; a unit stays with its number.
fn words(text: &str) -> Vec<String> {
    let is_unit = |word: &str| {
        let word = word.trim_end_matches([',', ';', '.', ':', ')']);
        ["%", "ns", "µs", "ms", "s", "B", "KiB", "MiB", "GiB"].contains(&word)
    };
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match words.last_mut() {
            Some(before) if before.ends_with(|c: char| c.is_ascii_digit()) && is_unit(word) => {
                before.push(' ');
                before.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn long_sentences_continue_below_their_beginning() {
        let lines = wrap("one two three four", 12, "- ", 2);
        assert_eq!(lines, ["- one two", "  three four"]);
        assert_eq!(wrap("abcdefghij", 6, "- ", 2), ["- abcd", "  efgh", "  ij"]);
        assert_eq!(wrap("", 10, "x", 1), ["x"]);
        assert_eq!(wrap("it took 12 %, or 3 ms", 10, "", 0), ["it took", "12 %, or", "3 ms"]);
    }

    #[test]
    fn names_are_shortened_visibly() {
        assert_eq!(cut("tokio-current-thread", 10), "tokio-cur…");
        assert_eq!(cut("tokio", 5), "tokio");
        assert_eq!(clean("a\n\u{1b}[31mred\tb"), "a \\u{1b}[31mred b");
    }

    #[test]
    fn what_widens_the_character_before_it_is_measured_with_it() {
        let candle = "\u{1f56f}\u{fe0f}";
        assert_eq!((width("\u{1f56f}"), width(candle)), (1, 2));
        assert_eq!(cut(&candle.repeat(3), 4), format!("{candle}\u{1f56f}…"));
        assert!(wrap(&candle.repeat(9), 8, "", 0).iter().all(|line| width(line) <= 8));
    }

    proptest! {
        #[test]
        fn every_line_fits(text in "\\PC{0,200}", columns in 8usize..120, indent in 0usize..20) {
            for line in wrap(&text, columns, "  ", indent) {
                prop_assert!(width(&line) <= columns, "{line:?}");
            }
            prop_assert!(width(&cut(&text, columns)) <= columns);
        }
    }
}
