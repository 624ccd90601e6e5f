//! Answers, appended to the buffer that goes out.

use bytes::BytesMut;
use redis_protocol::resp2::encode::extend_encode_borrowed;
use redis_protocol::resp2::types::BorrowedFrame;

pub(super) const BAD_NAME: &str = "ERR Client names cannot contain spaces, newlines or special characters.";

pub(super) const WRONG_PASSWORD: &str = "WRONGPASS invalid username-password pair or user is disabled.";

/// The encoded answers to all requests that have arrived.
#[derive(Debug, Default)]
pub(super) struct Replies {
    pub(super) encoded: BytesMut,
}

impl Replies {
    pub(super) fn frame(&mut self, frame: &BorrowedFrame<'_>) {
        // The encoder fails only if it lacks space, and it has just reserved all that it needs.
        let _ = extend_encode_borrowed(&mut self.encoded, frame, false);
    }

    pub(super) fn simple(&mut self, text: &str) {
        self.frame(&BorrowedFrame::SimpleString(text.as_bytes()));
    }

    pub(super) fn ok(&mut self) {
        self.simple("OK");
    }

    pub(super) fn integer(&mut self, number: i64) {
        self.frame(&BorrowedFrame::Integer(number));
    }

    /// A number of things; there are never 2^63 of them.
    pub(super) fn count(&mut self, things: usize) {
        self.integer(i64::try_from(things).unwrap_or(i64::MAX));
    }

    pub(super) fn bulk(&mut self, bytes: &[u8]) {
        self.frame(&BorrowedFrame::BulkString(bytes));
    }

    pub(super) fn bulk_or_null(&mut self, bytes: Option<&[u8]>) {
        self.frame(&bytes.map_or(BorrowedFrame::Null, BorrowedFrame::BulkString));
    }

    /// An error, on one line even if the text has more.
    pub(super) fn error(&mut self, text: &str) {
        if text.contains(['\r', '\n']) {
            let text = text.replace(['\r', '\n'], " ");
            self.frame(&BorrowedFrame::Error(&text));
        } else {
            self.frame(&BorrowedFrame::Error(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_encoded_one_after_the_other() {
        let mut replies = Replies::default();
        replies.ok();
        replies.integer(-3);
        replies.bulk(b"a\r\nb");
        replies.bulk_or_null(None);
        replies.error("ERR two\r\nlines");
        assert_eq!(&replies.encoded[..], b"+OK\r\n:-3\r\n$4\r\na\r\nb\r\n$-1\r\n-ERR two  lines\r\n");
    }
}
