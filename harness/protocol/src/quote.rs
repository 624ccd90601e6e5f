//! Text from elsewhere, made fit to be shown.
//!
//! Arguments, files, runners and servers can contain anything: 10 MB on one line, a second line that looks
//! like ours, escape sequences that steer a terminal, characters that change the direction of a text or take
//! no room. All of it passes through here before it gets into an error, a table, Markdown or a line of JSON.

use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Display;
use std::path::Path;

/// Most characters shown of a name, an argument or a path.
pub const QUOTED_MAX: usize = 200;
/// Most characters shown of a message: four lines of a terminal.
pub const SENTENCE_MAX: usize = 300;
/// Most characters kept of a log's end.
const LOG_MAX: usize = 4096;
/// Most characters of a text that a suite's author wrote for people, such as why a case exists.
const PROSE_MAX: usize = 4000;

/// Characters that say how much is left out: `… (18446744073709551615 bytes)`.
const ENDING: usize = 30;

/// A name, an argument, a path: on one line, every control character visible as an escape such as `\u{1b}`,
/// at most [`QUOTED_MAX`] characters; if something is left out, its end says so.
///
/// ```
/// use loopswap_protocol::quoted;
///
/// assert_eq!(quoted("tokio"), "tokio");
/// assert_eq!(quoted("a\n\u{1b}[2J"), "a\\n\\u{1b}[2J");
/// assert_eq!(quoted(&"x".repeat(1000)), format!("{}… (1000 bytes)", "x".repeat(170)));
/// ```
#[must_use]
pub fn quoted(text: &str) -> String {
    visible(text, QUOTED_MAX)
}

/// A path as [`quoted`] shows a name.
#[must_use]
pub fn quoted_path(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}

/// Names, quoted, separated by commas: at most as many characters as a message has, and how many names were
/// left out.
#[must_use]
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut list = String::new();
    let mut left_out = 0;
    for name in names {
        let name = quoted(name);
        if left_out > 0 || list.len() + name.len() > PROSE_MAX {
            left_out += 1;
            continue;
        }
        if !list.is_empty() {
            list.push_str(", ");
        }
        list.push_str(&name);
    }
    if left_out > 0 { format!("{list}, and {left_out} more") } else { list }
}

/// A message: its lines joined to one, every other control character visible, at most [`SENTENCE_MAX`]
/// characters.
///
/// ```
/// assert_eq!(loopswap_protocol::sentence("no\n  memory\u{7}"), "no memory\\u{7}");
/// ```
#[must_use]
pub fn sentence(message: impl Display) -> String {
    joined(&message.to_string(), SENTENCE_MAX)
}

/// A sentence of our own that contains quoted words, as the last barrier before it is shown.
#[must_use]
pub fn barred(text: &str) -> String {
    joined(text, 2 * PROSE_MAX)
}

/// The end of what a process wrote, its lines kept.
#[must_use]
pub fn log(text: &str) -> String {
    let skipped = text.chars().count().saturating_sub(LOG_MAX);
    let end = text.char_indices().nth(skipped).map_or("", |(at, _)| &text[at..]);
    end.split('\n').map(|line| visible(line.trim_end(), LOG_MAX)).collect::<Vec<_>>().join("\n")
}

/// Makes every text in a JSON value from elsewhere fit to be shown, including the names of its fields: names
/// as [`quoted`] does, messages as [`sentence`] does, other prose likewise, only longer. The words of a command stay as they are: they
/// are executed.
pub fn tame(value: &mut Value) {
    tame_field("", value);
}

fn tame_field(key: &str, value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(tamed) = tamed(key, text) {
                *text = tamed;
            }
        }
        // All its elements are of the kind of the field.
        Value::Array(elements) => elements.iter_mut().for_each(|element| tame_field(key, element)),
        Value::Object(fields) if key != "command" => {
            if fields.keys().any(|name| needs(name, QUOTED_MAX)) {
                *fields = std::mem::take(fields).into_iter().map(|(name, value)| (quoted(&name), value)).collect();
            }
            let inner = |name: &str| MESSAGES.contains(&key) && !MESSAGES.contains(&name);
            fields.iter_mut().for_each(|(name, value)| tame_field(if inner(name) { key } else { name }, value));
        }
        _ => {}
    }
}

fn tamed<'a>(key: &str, text: &'a str) -> Cow<'a, str> {
    /// Whether a field identifies something, and appears in cells of tables.
    const NAMES: [&str; 19] = [
        "case",
        "runtime",
        "workload",
        "suite",
        "reference",
        "name",
        "package",
        "version",
        "driver",
        "label",
        "base",
        "head",
        "shown",
        "parameter",
        "created",
        "loopswap",
        "language",
        "loop",
        "variant_of",
    ];
    let max = match key {
        _ if NAMES.contains(&key) => QUOTED_MAX,
        _ if MESSAGES.contains(&key) => SENTENCE_MAX,
        _ => PROSE_MAX,
    };
    if key == "command" || !needs(text, max) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(match key {
        "stderr" => log(text),
        _ if NAMES.contains(&key) => quoted(text),
        _ => joined(text, max),
    })
}

/// Whether a field holds what a runner or a server says of itself: `unsupported` and `unavailable` hold such
/// texts by names of their own.
const MESSAGES: [&str; 8] =
    ["reason", "remedy", "discontinued", "unsupported", "unavailable", "libraries", "settings", "notes"];

/// Whether anything of a text has to be changed before it is shown.
fn needs(text: &str, max: usize) -> bool {
    text.len() > max || text.chars().any(|c| !plain(c))
}

/// The lines of a text as one, visible.
fn joined(text: &str, max: usize) -> String {
    if !text.contains(['\n', '\r', '\t']) {
        return visible(text, max);
    }
    let words = text.split(['\n', '\r', '\t']).map(|line| line.trim_matches(' ')).filter(|line| !line.is_empty());
    visible(&words.collect::<Vec<_>>().join(" "), max)
}

fn visible(text: &str, max: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(max));
    let (mut room, mut cut) = (max, 0);
    for c in text.chars() {
        let taken = if plain(c) { 1 } else { c.escape_debug().count() };
        if taken > room {
            // No longer than `max` in total, so that quoting it again changes nothing.
            shown.truncate(cut);
            return format!("{shown}… ({} bytes)", text.len());
        }
        room -= taken;
        if plain(c) {
            shown.push(c)
        } else {
            shown.extend(c.escape_debug())
        }
        if room >= ENDING {
            cut = shown.len();
        }
    }
    shown
}

/// Whether a character shows itself and nothing else: it does not control, has a width, and leaves the
/// direction of the text alone. Marks that combine with the letter before them belong to it.
fn plain(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // The library knows which characters are printable, but says so only by escaping the others. At the
    // beginning of a text it escapes combining marks too.
    let mut bytes = [b'a', 0, 0, 0, 0];
    let length = 1 + c.encode_utf8(&mut bytes[1..]).len();
    std::str::from_utf8(&bytes[..length]).is_ok_and(|pair| pair.escape_debug().count() == 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_steers_a_terminal_or_hides_is_shown_as_what_it_is() {
        for (text, shown) in [
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("a\r\n{\"gate\":\"passed\"}", "a\\r\\n{\"gate\":\"passed\"}"),
            ("\u{202e}abc\u{2066}", "\\u{202e}abc\\u{2066}"),
            ("to\u{200b}kio\u{feff}", "to\\u{200b}kio\\u{feff}"),
            ("\u{85}\u{2028}\u{2029}", "\\u{85}\\u{2028}\\u{2029}"),
            ("größer \"x\" 'y' \\z 漢字 µs e\u{301}", "größer \"x\" 'y' \\z 漢字 µs e\u{301}"),
        ] {
            assert_eq!(quoted(text), shown);
        }
    }

    #[test]
    fn ten_megabytes_become_a_line() {
        let long = "é".repeat(5_000_000);
        assert_eq!(quoted(&long), format!("{}… (10000000 bytes)", "é".repeat(170)));
        assert!(quoted(&"\u{1b}".repeat(1000)).starts_with(&"\\u{1b}".repeat(28)));
        assert_eq!(sentence(&long).chars().count(), SENTENCE_MAX - ENDING + "… (10000000 bytes)".chars().count());
        assert!(log(&"line\n".repeat(100_000)).len() <= LOG_MAX);
        let names = vec!["name"; 1_000_000];
        let list = listed(names.iter().copied());
        assert!(list.len() < 6000 && list.ends_with(" more"), "{}", list.len());
        assert_eq!(listed(["a\n", "b"]), "a\\n, b");
    }

    #[test]
    fn a_value_from_elsewhere_is_tamed_through_and_through() {
        let mut value = json!({
            "rows": [{"case": "a\nb", "why": "two\nlines", "peers": ["x\u{1b}"]}],
            "stderr": "one\ntwo\u{7}",
            "runners": [{"name": "\u{202e}x", "command": ["python", "-c", "a\nb"]}],
            "notes": {"k\n": 1.5},
        });
        tame(&mut value);
        let tamed = json!({
            "rows": [{"case": "a\\nb", "why": "two lines", "peers": ["x\\u{1b}"]}],
            "stderr": "one\ntwo\\u{7}",
            "runners": [{"name": "\\u{202e}x", "command": ["python", "-c", "a\nb"]}],
            "notes": {"k\\n": 1.5},
        });
        assert_eq!(value, tamed);
    }

    #[test]
    fn what_a_runner_says_of_itself_is_a_few_lines_and_prose_may_be_more() {
        let long = "x".repeat(100_000);
        let mut value = json!({
            "unavailable": {"reason": long, "remedy": long},
            "runtime": {"discontinued": long, "unsupported": {"cancel": long}},
            "about": long,
        });
        tame(&mut value);
        for place in
            ["/unavailable/reason", "/unavailable/remedy", "/runtime/discontinued", "/runtime/unsupported/cancel"]
        {
            let text = value.pointer(place).and_then(Value::as_str).expect(place);
            assert!(text.chars().count() <= SENTENCE_MAX && text.ends_with("(100000 bytes)"), "{place}: {text}");
        }
        assert!(value["about"].as_str().is_some_and(|text| text.chars().count() > SENTENCE_MAX));
    }

    proptest! {
        #[test]
        fn nothing_gets_through(text in ".{0,400}|[\\x00-\\x20\u{200b}-\u{2069}a-z]{0,400}") {
            for shown in [quoted(&text), sentence(&text), barred(&text)] {
                prop_assert!(shown.chars().all(|c| c == ' ' || plain(c)), "{shown:?}");
            }
            prop_assert!(quoted(&text).chars().count() <= QUOTED_MAX);
            prop_assert!(log(&text).chars().all(|c| c == '\n' || plain(c)));
        }

        #[test]
        fn what_was_tamed_stays_as_it_is(text in ".{0,400}") {
            prop_assert_eq!(quoted(&quoted(&text)), quoted(&text));
            prop_assert_eq!(sentence(sentence(&text)), sentence(&text));
        }
    }
}
