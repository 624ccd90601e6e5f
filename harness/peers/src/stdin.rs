//! The end of a peer.

use std::io::{self, Read as _};

/// Starts a thread that reads standard input to its end and then ends the process with code 0.
///
/// A peer's standard input is a pipe whose other end only its parent holds. However the parent ends, the pipe
/// closes, so no peer outlives its run. Input is discarded. A standard input that cannot be read, or
/// `/dev/null`, counts as closed.
///
/// # Errors
/// The thread cannot be started.
pub fn exit_when_stdin_closes() -> io::Result<()> {
    std::thread::Builder::new().name("stdin".into()).spawn(|| {
        let mut scrap = [0; 1024];
        loop {
            match io::stdin().lock().read(&mut scrap) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        std::process::exit(0);
    })?;
    Ok(())
}
