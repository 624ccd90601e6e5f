//! The tie of runners, peers and leashed programs to the process that started them.

use loopswap_conductor::Failure;
use loopswap_protocol::quoted_path;
use nix::sys::signal::Signal;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

/// Asks the kernel to kill this process when its parent dies. If the system refuses that, runners and peers
/// still end when their standard input closes, but not in the middle of a slice.
pub(crate) fn die_with_parent() {
    let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
}

/// Becomes another program, which keeps the tie (execve(2), prctl(2)). Returns only if that fails.
pub(crate) fn become_program(program: &Path, arguments: &[String]) -> Failure {
    let error = Command::new(program).args(arguments).exec();
    Failure::internal(format!("{}: {error}", quoted_path(program)))
}
