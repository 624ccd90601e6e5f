//! What a machine refuses: system calls that a seccomp filter, such as a container's, or a security module
//! blocks, or that the kernel does not have.

use crate::Unavailable;
use nix::errno::Errno;

/// How the kernel refuses: EPERM from a filter or a security module; ENOSYS for a missing call, which filters
/// answer too.
const REFUSALS: [Errno; 2] = [Errno::EPERM, Errno::ENOSYS];

/// What strerror(3) says of EAGAIN, which pthread_create(3) returns if a user or a control group may have no more
/// threads.
const NO_THREAD: &str = "Resource temporarily unavailable";

/// The reason and the remedy, if an error or a panic's message says that the system refuses a call, or another
/// thread.
///
/// It searches for the words of strerror(3) or the name of the error: failures in a runtime or in a peer come
/// as text.
///
/// ```
/// use loopswap_protocol::refused;
///
/// let unavailable = refused("listening: Operation not permitted (os error 1)").expect("it is refused");
/// assert_eq!(unavailable.reason, "listening: Operation not permitted (os error 1)");
/// assert!(refused("eventfd: ENOSYS").is_some());
/// let threads = refused("OS can't spawn worker thread: Resource temporarily unavailable (os error 11)");
/// assert!(threads.expect("no more threads").remedy.contains("ulimit -u"));
/// assert_eq!(refused("listening: Address already in use (os error 98)"), None);
/// ```
#[must_use]
pub fn refused(message: &str) -> Option<Unavailable> {
    let says = |errno: &Errno| message.contains(errno.desc()) || message.contains(&format!("{errno:?}"));
    let remedy = if REFUSALS.iter().any(says) {
        "the system refuses a system call here: allow it in the seccomp profile of the container, or measure outside \
         of it; `strace -f` names the call"
    } else if (message.contains(NO_THREAD) || message.contains("EAGAIN")) && message.contains("thread") {
        "the system allows no more threads here: raise the limit of the user (`ulimit -u`) or of the control group \
         (`pids.max`)"
    } else {
        return None;
    };
    Some(Unavailable { reason: message.to_owned(), remedy: remedy.to_owned() })
}
