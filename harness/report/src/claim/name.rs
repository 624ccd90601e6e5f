//! Names in a check: which need quotes, and which do not.

use winnow::combinator::{alt, eof, peek, repeat, terminated};
use winnow::stream::LocatingSlice;
use winnow::token::none_of;
use winnow::{ModalResult, Parser as _};

/// The text of a check, with its places.
pub(super) type Input<'a> = LocatingSlice<&'a str>;

/// Whether a name needs no quotes.
pub(super) fn is_bare(name: &str) -> bool {
    terminated(bare, eof).parse(LocatingSlice::new(name)).is_ok()
}

fn ends_name(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '"' | '@' | ',')
}

/// A name without quotes: keeps a comma that something other than a blank or a bracket follows.
pub(super) fn bare(input: &mut Input<'_>) -> ModalResult<()> {
    let first = none_of(|c: char| ends_name(c) || c == '/').void();
    let inner_comma = (',', peek(none_of(|c: char| ends_name(c)))).void();
    let rest = alt((none_of(ends_name).void(), inner_comma));
    (first, repeat::<_, _, (), _, _>(0.., rest)).void().parse_next(input)
}
