//! Writes the record: every line is in the file before the next is measured.

use loopswap_report::record::{Line, Slice};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Reserved next to the record, so that a full disk leaves room to report it there.
const RESERVE_BYTES: usize = 64 * 1024;

/// A record that is being written.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    reserve: PathBuf,
    /// Length up to the last complete line.
    whole: u64,
}

impl Journal {
    /// Starts a new record.
    ///
    /// # Errors
    /// When the file exists (nothing measured is ever overwritten) or cannot be made.
    pub fn create(path: &Path) -> io::Result<Journal> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        // A record with nothing in it would only be in the way of the next try.
        Journal::with(file, path, 0).inspect_err(|_| {
            let _ = std::fs::remove_file(path);
        })
    }

    /// Continues a record whose complete lines end at `whole` bytes.
    ///
    /// # Errors
    /// When the file cannot be opened or cut there.
    pub fn resume(path: &Path, whole: u64) -> io::Result<Journal> {
        let file = OpenOptions::new().append(true).open(path)?;
        file.set_len(whole)?;
        Journal::with(file, path, whole)
    }

    fn with(file: File, path: &Path, whole: u64) -> io::Result<Journal> {
        let reserve = path.with_extension("reserve");
        std::fs::write(&reserve, vec![0; RESERVE_BYTES]).inspect_err(|_| {
            let _ = std::fs::remove_file(&reserve);
        })?;
        Ok(Journal { file, path: path.to_owned(), reserve, whole })
    }

    /// Writes one line.
    ///
    /// # Errors
    /// When it cannot be written; the file then still ends with a complete line.
    pub fn line(&mut self, line: &Line) -> io::Result<()> {
        self.json(&serde_json::to_string(line)?)
    }

    /// Writes one timed slice.
    ///
    /// # Errors
    /// As [`line`](Self::line).
    pub fn slice(&mut self, slice: &Slice) -> io::Result<()> {
        self.json(&serde_json::to_string(slice)?)
    }

    fn json(&mut self, text: &str) -> io::Result<()> {
        let line = format!("{text}\n");
        match self.file.write_all(line.as_bytes()) {
            Ok(()) => {
                self.whole += line.len() as u64;
                Ok(())
            }
            Err(error) => {
                // Half a line may have been written; what comes before it is complete.
                self.file.set_len(self.whole)?;
                Err(io::Error::new(error.kind(), format!("{}: {error}", self.path.display())))
            }
        }
    }

    /// Frees the reserve, after a write has failed, so that the last words fit.
    pub fn release(&mut self) {
        // Best effort: without the reserve the last words may not fit, and the terminal has them too.
        let _ = std::fs::remove_file(&self.reserve);
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_never_overwritten_and_can_be_gone_on_with() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("record.jsonl");
        let mut journal = Journal::create(&path).expect("a new file");
        journal.line(&Line::Resumed { at: "now".into() }).expect("room");
        drop(journal);
        Journal::create(&path).expect_err("it exists");
        std::fs::write(&path, "whole\nhal").expect("room");
        let mut journal = Journal::resume(&path, 6).expect("it exists");
        journal.line(&Line::Resumed { at: "later".into() }).expect("room");
        drop(journal);
        let text = std::fs::read_to_string(&path).expect("it exists");
        assert_eq!(text, "whole\n{\"resumed\":{\"at\":\"later\"}}\n");
        assert_eq!(std::fs::read_dir(folder.path()).expect("it exists").count(), 1, "the reserve is gone");
    }
}
