//! CPU affinity (`sched_setaffinity(2)`).

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use std::io;

/// The CPUs that this thread may use, in order.
///
/// # Errors
/// Those of `sched_getaffinity(2)`.
pub fn allowed() -> io::Result<Vec<usize>> {
    let set = sched_getaffinity(Pid::from_raw(0))?;
    Ok((0..CpuSet::count()).filter(|cpu| set.is_set(*cpu).unwrap_or(false)).collect())
}

/// Restricts a thread to some CPUs; 0 = the calling one. What it starts afterwards inherits them.
///
/// # Errors
/// Those of `sched_setaffinity(2)`.
pub fn pin(pid: i32, cpus: &[usize]) -> io::Result<()> {
    let mut set = CpuSet::new();
    for cpu in cpus {
        set.set(*cpu)?;
    }
    Ok(sched_setaffinity(Pid::from_raw(pid), &set)?)
}

/// Does something with this thread restricted to some CPUs, and restores it.
///
/// Children inherit the mask of the thread that starts them: so a process is in its place before it
/// runs its first instruction, whatever language it is written in.
///
/// # Errors
/// Those of `sched_setaffinity(2)`, and those of `act`.
pub(crate) fn pinned<T>(cpus: &[usize], act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let before = sched_getaffinity(Pid::from_raw(0))?;
    pin(0, cpus)?;
    let result = act();
    sched_setaffinity(Pid::from_raw(0), &before)?;
    result
}
