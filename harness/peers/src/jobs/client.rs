//! How the conductor asks a worker what it has done; blocking, without a runtime.

use crate::within::Within;
use loopswap_jobs::{ANSWER_BYTES, COUNT, Done};
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

/// How long a worker may take to answer, for instance in the middle of a job.
const PATIENCE: Duration = Duration::from_secs(10);

/// Jobs that a worker has done so far.
///
/// # Errors
/// When it cannot be reached, or does not answer.
pub fn done(address: SocketAddr) -> io::Result<u64> {
    let mut stream = Within::connect(address, PATIENCE)?;
    stream.write_all(&COUNT)?;
    let mut bytes = [0; ANSWER_BYTES];
    stream.read_exact(&mut bytes)?;
    Ok(Done::read(&bytes).result)
}
