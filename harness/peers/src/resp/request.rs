//! Where a request ends, and what its arguments are.

use redis_protocol::resp2::decode::decode_range;
use redis_protocol::resp2::types::RangeFrame;

/// The largest request, in bytes as sent.
pub const MAX_REQUEST: usize = 64 << 20;

/// The most arguments of one request, its name included.
pub const MAX_ARGUMENTS: usize = 1 << 20;

/// The longest line that gives a length, line break included.
const MAX_LENGTH_LINE: usize = 32;

/// Why a connection must end; what Redis appends to `ERR Protocol error: `.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) String);

/// Finds the end of the request at the beginning of a buffer, before anything is decoded.
///
/// It accepts only what a client may send (one array of bulk strings, bounded), so that the decoder, which
/// follows nested arrays by recursion, never sees more. It remembers how far it has read: a request that
/// arrives in a thousand pieces is scanned once.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    /// Where the first argument begins that has not been seen completely.
    at: usize,
    /// Arguments still to come, once the array's length is known.
    left: Option<usize>,
}

impl Scanner {
    /// The length in bytes of the request at the beginning of `buffer`, or `None` if its end has not arrived
    /// yet.
    pub(super) fn end(&mut self, buffer: &[u8]) -> Result<Option<usize>, Malformed> {
        let mut left = match self.left {
            Some(left) => left,
            None => {
                let Some((count, at)) = length(buffer, 0, b'*')? else { return Ok(None) };
                self.at = at;
                // Redis ignores an empty or null array.
                let count = usize::try_from(count).unwrap_or(0);
                if count > MAX_ARGUMENTS {
                    return Err(Malformed("invalid multibulk length".into()));
                }
                count
            }
        };
        while left > 0 {
            self.left = Some(left);
            let Some((bytes, start)) = length(buffer, self.at, b'$')? else { return Ok(None) };
            let end = usize::try_from(bytes).ok().and_then(|bytes| start.checked_add(bytes)?.checked_add(2));
            let end = end.filter(|end| *end <= MAX_REQUEST).ok_or_else(|| Malformed("invalid bulk length".into()))?;
            if buffer.len() < end {
                return Ok(None);
            }
            if &buffer[end - 2..end] != b"\r\n" {
                return Err(Malformed("expected a line break after an argument".into()));
            }
            self.at = end;
            left -= 1;
        }
        let end = self.at;
        *self = Scanner::default();
        Ok(Some(end))
    }
}

/// The number on the line at `at`, which begins with `marker`, and where the next line begins.
fn length(buffer: &[u8], at: usize, marker: u8) -> Result<Option<(i64, usize)>, Malformed> {
    let name = if marker == b'*' { "multibulk" } else { "bulk" };
    let line = &buffer[at..];
    let Some(first) = line.first() else { return Ok(None) };
    if *first != marker {
        return Err(Malformed(format!("expected '{}', got '{}'", char::from(marker), first.escape_ascii())));
    }
    let line = &line[..line.len().min(MAX_LENGTH_LINE)];
    match line.windows(2).position(|pair| pair == b"\r\n") {
        Some(end) => std::str::from_utf8(&line[1..end])
            .ok()
            .and_then(|digits| digits.parse().ok())
            .map(|number| Some((number, at + end + 2)))
            .ok_or_else(|| Malformed(format!("invalid {name} length"))),
        None if line.len() < MAX_LENGTH_LINE => Ok(None),
        None => Err(Malformed(format!("too big {name} count string"))),
    }
}

/// The arguments of one whole request, whose end a [`Scanner`] has found; empty for an empty array.
pub(super) fn arguments(request: &[u8]) -> Result<Vec<&[u8]>, Malformed> {
    let unreadable = || Malformed("expected an array of bulk strings".into());
    match decode_range(request) {
        Ok(Some((RangeFrame::Array(frames), _))) => frames
            .iter()
            .map(|frame| match frame {
                RangeFrame::BulkString((start, end)) => request.get(*start..*end).ok_or_else(unreadable),
                _ => Err(unreadable()),
            })
            .collect(),
        Ok(Some((RangeFrame::Null, _))) => Ok(Vec::new()),
        _ => Err(unreadable()),
    }
}

/// The name in lower case; empty if it is longer than any name.
pub(super) fn lower_case<'a>(name: &[u8], buffer: &'a mut [u8; 16]) -> &'a [u8] {
    let Some(lower) = buffer.get_mut(..name.len()) else { return &[] };
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    lower
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn end(buffer: &[u8]) -> Result<Option<usize>, Malformed> {
        Scanner::default().end(buffer)
    }

    #[test]
    fn a_request_is_found_and_read() {
        let buffer = b"*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n*1\r\n";
        let length = end(buffer).unwrap().unwrap();
        assert_eq!(&buffer[length..], b"*1\r\n");
        assert_eq!(arguments(&buffer[..length]).unwrap(), [&b"GET"[..], b"a\r\nb"]);
    }

    #[test]
    fn empty_arrays_have_no_arguments() {
        for buffer in [&b"*0\r\n"[..], b"*-1\r\n"] {
            assert_eq!(end(buffer), Ok(Some(buffer.len())));
            assert_eq!(arguments(buffer), Ok(Vec::new()));
        }
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let nested = b"*1\r\n".repeat(100_000);
        for (buffer, why) in [
            (&b"PING\r\n"[..], "expected '*', got 'P'"),
            (b"*1\r\n+PING\r\n", "expected '$', got '+'"),
            (b"*1\r\n*1\r\n$4\r\nPING\r\n", "expected '$', got '*'"),
            (&nested, "expected '$', got '*'"),
            (b"*x\r\n", "invalid multibulk length"),
            (b"*1048577\r\n", "invalid multibulk length"),
            (b"*1\r\n$-1\r\n", "invalid bulk length"),
            (b"*1\r\n$67108864\r\n", "invalid bulk length"),
            (b"*1\r\n$9223372036854775807\r\n", "invalid bulk length"),
            (b"*1\r\n$9223372036854775808\r\n", "invalid bulk length"),
            (b"*1\r\n$4\r\nPINGxx", "expected a line break after an argument"),
            (b"*1\r\n$11111111111111111111111111111111111", "too big bulk count string"),
            (b"*11111111111111111111111111111111111", "too big multibulk count string"),
        ] {
            assert_eq!(end(buffer), Err(Malformed(why.into())), "{:?}", &buffer[..buffer.len().min(60)].escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn any_request_in_any_pieces(
            sent in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..8),
            piece in 1usize..50,
        ) {
            let mut wire = format!("*{}\r\n", sent.len()).into_bytes();
            for argument in &sent {
                wire.extend(format!("${}\r\n", argument.len()).bytes());
                wire.extend(argument);
                wire.extend(b"\r\n");
            }
            let mut scanner = Scanner::default();
            for upto in (0..wire.len()).step_by(piece) {
                prop_assert_eq!(scanner.end(&wire[..upto]), Ok(None));
            }
            prop_assert_eq!(scanner.end(&wire), Ok(Some(wire.len())));
            let found = arguments(&wire).unwrap();
            prop_assert_eq!(found, sent);
        }

        #[test]
        fn any_bytes_never_panic(bytes in "[*$\\-0-9ab\r\n]{0,60}") {
            let mut rest = bytes.as_bytes();
            while let Ok(Some(length)) = end(rest) {
                let _ = arguments(&rest[..length]);
                rest = &rest[length..];
            }
        }
    }
}
