//! The files that pages are saved to. Everything here blocks.

use loopswap_rt::Fault;
use std::io;
use std::path::PathBuf;
use tempfile::TempDir;

/// A separate temporary folder; removed with this value.
pub(crate) struct Files(TempDir);

impl Files {
    pub(crate) fn new() -> Result<Self, Fault> {
        let folder = tempfile::Builder::new().prefix("loopswap-crawl-").tempdir();
        folder.map(Files).map_err(|error| Fault::during("making a folder for pages (in TMPDIR)", error))
    }

    fn path(&self, page: u64) -> PathBuf {
        self.0.path().join(format!("{page}.html"))
    }

    /// Writes a page over that of the previous crawl.
    pub(crate) fn save(&self, page: u64, document: &[u8]) -> Result<(), Fault> {
        std::fs::write(self.path(page), document).map_err(|error| Fault::during("saving a page", error))
    }

    pub(crate) fn read(&self, page: u64) -> Result<Vec<u8>, Fault> {
        std::fs::read(self.path(page)).map_err(|error| Fault::during("reading a saved page", error))
    }

    /// Empties the file of a page but keeps its name: content found there later was saved after this, and
    /// saving takes as long as over the page of an earlier crawl.
    pub(crate) fn empty(&self, page: u64) -> Result<(), Fault> {
        self.save(page, &[])
    }

    /// Number of files in the folder.
    pub(crate) fn count(&self) -> Result<usize, Fault> {
        let count = std::fs::read_dir(self.0.path()).map(Iterator::count);
        count.map_err(|error: io::Error| Fault::during("looking into the folder of pages", error))
    }
}

#[cfg(test)]
mod tests {
    use super::Files;

    #[test]
    fn what_is_saved_twice_is_one_file_and_the_folder_goes() {
        let files = Files::new().expect("a folder");
        files.save(3, b"first").expect("it is written");
        files.save(3, b"last").expect("and again");
        assert_eq!((files.count(), files.read(3)), (Ok(1), Ok(b"last".to_vec())));
        files.empty(3).expect("it is there");
        assert_eq!((files.count(), files.read(3)), (Ok(1), Ok(Vec::new())));
        let folder = files.0.path().to_owned();
        drop(files);
        assert!(!folder.exists());
    }
}
