//! Why the load client has no answer.

use nix::errno::Errno;
use std::io;

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The server gave a wrong answer.
    Wrong(String),
    /// The system failed, or the order makes no sense.
    Failed(String),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Trouble::Failed(error.to_string())
    }
}

impl From<Errno> for Trouble {
    fn from(error: Errno) -> Self {
        Trouble::Failed(error.to_string())
    }
}
