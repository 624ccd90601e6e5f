//! Files that are read whole, and how much of them: a path can name a device without an end, or the wrong file.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _, Result};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

/// Most bytes of what a person writes: a suite, accepted changes. The largest suite here has 20 kB.
pub(crate) const WRITTEN_MAX: u64 = 4 << 20;
/// Most bytes of a report, a comparison or a self-test. A report of every case on every runtime has 5 MB.
pub(crate) const JSON_MAX: u64 = 64 << 20;
/// Most bytes of a record, which holds every slice.
pub(crate) const RECORD_MAX: u64 = 1 << 30;

/// The bytes of a file or of a pipe.
///
/// # Errors
/// When it cannot be read, or has more than `limit` bytes. Of a device no more is read than a person writes.
pub(crate) fn bytes(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let file = File::open(path)?;
    let found = file.metadata()?;
    let kind = found.file_type();
    let limit = if kind.is_char_device() || kind.is_block_device() { limit.min(WRITTEN_MAX) } else { limit };
    let too_large = || {
        let what = format!("it has more than {} MiB, which is the most that is read here", limit >> 20);
        Error::new(ErrorKind::FileTooLarge, what)
    };
    if found.is_file() && found.len() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}

/// The text of a file or of a pipe.
///
/// # Errors
/// As of [`bytes`], and when it is not UTF-8.
pub(crate) fn text(path: &Path, limit: u64) -> Result<String> {
    String::from_utf8(bytes(path, limit)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Error::new(ErrorKind::InvalidData, format!("it is not UTF-8 text, from byte {} on", at + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_read_than_the_limit() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("file");
        std::fs::write(&path, "12345678").expect("room");
        assert_eq!(text(&path, 8).expect("just fits"), "12345678");
        assert_eq!(text(&path, 7).expect_err("too large").kind(), ErrorKind::FileTooLarge);
        std::fs::write(&path, b"ab\xff").expect("room");
        assert!(text(&path, 8).expect_err("no text").to_string().contains("from byte 3 on"));
        let error = bytes(Path::new("/dev/zero"), RECORD_MAX).expect_err("it has no end");
        assert_eq!(error.to_string(), "it has more than 4 MiB, which is the most that is read here");
        assert_eq!(bytes(Path::new("/dev/null"), 8).expect("empty"), b"");
    }
}
