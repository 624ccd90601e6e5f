//! A temporary folder that is removed even if this process is killed: by its sweeper, a small process that
//! waits for our end of a pipe to close.

use loopswap_protocol::quoted_path;
use std::ffi::OsStr;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A new temporary folder, removed with the value. Its errors name `TMPDIR` where that is the reason.
pub(crate) fn temporary(prefix: &str) -> io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix(prefix).tempdir().map_err(|error| {
        let all = std::env::temp_dir();
        if all.is_dir() {
            return error;
        }
        let what = format!("{} is no folder: set TMPDIR to one that is there ({error})", quoted_path(&all));
        io::Error::new(error.kind(), what)
    })
}

/// A temporary folder that is removed with this value or, if this process is killed, by its sweeper.
#[derive(Debug)]
pub(crate) struct TempFolder {
    folder: tempfile::TempDir,
    sweeper: Child,
}

impl TempFolder {
    pub(crate) fn new(program: &str) -> io::Result<TempFolder> {
        let folder = temporary("loopswap-mysql-")?;
        let sweeper = Command::new(program)
            .args([OsStr::new("leash"), OsStr::new("--sweep"), folder.path().as_os_str()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C is for the conductor.
            .process_group(0)
            .spawn()?;
        Ok(TempFolder { folder, sweeper })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// The option without which both servers refuse to run as root; a folder that we made belongs to us.
    pub(crate) fn as_root(&self) -> io::Result<Option<String>> {
        Ok((self.path().metadata()?.uid() == 0).then(|| "--user=root".to_owned()))
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        // The sweeper takes this as its sign; the folder itself is dropped right after, and either may come
        // first.
        drop(self.sweeper.stdin.take());
        let _ = self.sweeper.wait();
    }
}
