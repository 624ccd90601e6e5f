//! What a machine refuses: system calls that a seccomp filter, such as a container's, or a security module
//! does not let through, or that the kernel does not have.

use crate::Unavailable;
use nix::errno::Errno;

/// How the kernel says so: a filter or a security module refuses, or there is no such call, which filters say too.
const REFUSALS: [Errno; 2] = [Errno::EPERM, Errno::ENOSYS];

/// Where an error, or a panic's message, tells that the system refuses a call: that it is not available here.
///
/// It goes by the words of strerror(3), or the name of the error: what fails in a runtime or in a peer comes as text.
///
/// ```
/// use loopswap_protocol::refused;
///
/// let unavailable = refused("listening: Operation not permitted (os error 1)").expect("it is refused");
/// assert_eq!(unavailable.reason, "listening: Operation not permitted (os error 1)");
/// assert!(refused("eventfd: ENOSYS").is_some());
/// assert_eq!(refused("listening: Address already in use (os error 98)"), None);
/// ```
#[must_use]
pub fn refused(message: &str) -> Option<Unavailable> {
    let says = |errno: &Errno| message.contains(errno.desc()) || message.contains(&format!("{errno:?}"));
    REFUSALS.iter().any(says).then(|| Unavailable {
        reason: message.to_owned(),
        remedy: "the system refuses a system call here: allow it in the seccomp profile of the container, or measure \
                 outside of it; `strace -f` names the call"
            .to_owned(),
    })
}
