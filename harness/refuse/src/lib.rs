//! A machine that refuses something, for tests: a filter (seccomp(2)) under which chosen system calls fail
//! with a chosen error, as in a container, and all others work as before.
//!
//! A filter holds for the thread that installs it and for every process that it starts, and cannot be
//! removed. So [`run_under`] uses a new thread. It exists on Linux only; elsewhere it is empty.
#![cfg(target_os = "linux")]

mod refusal;

pub use refusal::{Refusal, errno};

use seccompiler::{BpfMap, apply_filter, compile_from_json};
use std::io;

/// Makes each of these system calls fail for the calling thread and everything it starts from now on.
///
/// # Errors
/// When there is no system call of such a name, or the kernel does not accept the filter.
pub fn install(refusals: &[Refusal]) -> io::Result<()> {
    // One filter for each: if several match, the kernel takes the most severe action, and errors are equal.
    for refusal in refusals {
        let arch = std::env::consts::ARCH.try_into().map_err(io::Error::other)?;
        let programs: BpfMap = compile_from_json(refusal.filter().to_string().as_bytes(), arch)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, format!("{refusal}: {error}")))?;
        for program in programs.values() {
            apply_filter(program).map_err(io::Error::other)?;
        }
    }
    Ok(())
}

/// Does something, such as starting a program, on a thread that sees each of these system calls fail.
///
/// # Errors
/// Those of [`install`].
///
/// # Panics
/// With the panic of `act`.
pub fn run_under<T: Send>(refusals: &[Refusal], act: impl FnOnce() -> T + Send) -> io::Result<T> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| install(refusals).map(|()| act()));
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
