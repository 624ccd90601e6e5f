//! The tie of runners, peers and leashed programs to the process that started them.

use nix::sys::signal::Signal;

/// Asks the kernel to kill this process when its parent dies. If the system refuses that, runners and peers
/// still end when their standard input closes, but not in the middle of a slice.
pub(crate) fn die_with_parent() {
    let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
}
