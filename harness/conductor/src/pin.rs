//! CPU affinity (`sched_setaffinity(2)`).

use nix::errno::Errno;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use std::collections::HashSet;
use std::io;
use std::sync::OnceLock;

/// The calling thread, as the affinity calls name it.
const THIS_THREAD: Pid = Pid::from_raw(0);

/// Why this process cannot pin itself or others to CPUs, if the system refuses it, as a sandbox may; asked
/// once. In that case nothing is pinned: requests to pin do nothing and are not an error.
#[must_use]
pub fn refused() -> Option<&'static str> {
    static REFUSED: OnceLock<Option<String>> = OnceLock::new();
    let ask = || {
        let mask = sched_getaffinity(THIS_THREAD).map_err(|errno| refusal("sched_getaffinity(2)", errno))?;
        // Asking for the current mask changes nothing.
        sched_setaffinity(THIS_THREAD, &mask).map_err(|errno| refusal("sched_setaffinity(2)", errno))
    };
    REFUSED.get_or_init(|| ask().err()).as_deref()
}

fn refusal(call: &str, errno: Errno) -> String {
    format!("the system refuses {call} ({})", errno.desc())
}

/// The CPUs that this thread may use, in order. If the system does not tell, all CPUs it reports.
#[must_use]
pub fn allowed() -> Vec<usize> {
    match sched_getaffinity(THIS_THREAD) {
        Ok(set) => (0..CpuSet::count()).filter(|cpu| set.is_set(*cpu).unwrap_or(false)).collect(),
        Err(_) => (0..std::thread::available_parallelism().map_or(1, Into::into)).collect(),
    }
}

/// Restricts a thread to some CPUs; 0 = the calling one. What it starts afterwards inherits them.
///
/// # Errors
/// Those of `sched_setaffinity(2)`, unless it is [refused].
pub fn pin(pid: i32, cpus: &[usize]) -> io::Result<()> {
    if refused().is_some() {
        return Ok(());
    }
    let mut set = CpuSet::new();
    for cpu in cpus {
        set.set(*cpu)?;
    }
    Ok(sched_setaffinity(Pid::from_raw(pid), &set)?)
}

/// Restricts all threads of a process to some CPUs. A thread that ends meanwhile does not matter; one that
/// starts meanwhile inherits the CPUs of the thread that started it, possibly the old ones: so the threads
/// are listed again until none is new.
///
/// # Errors
/// Those of reading `/proc/PID/task`, and of `sched_setaffinity(2)`.
pub(crate) fn pin_process(pid: u32, cpus: &[usize]) -> io::Result<()> {
    if refused().is_some() {
        return Ok(());
    }
    let mut placed = HashSet::new();
    loop {
        let before = placed.len();
        for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
            let Some(thread) = task?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            if placed.insert(thread) {
                match pin(thread, cpus) {
                    Err(error) if error.raw_os_error() == Some(Errno::ESRCH as i32) => {}
                    placed => placed?,
                }
            }
        }
        if placed.len() == before {
            return Ok(());
        }
    }
}

/// Does something with this thread restricted to some CPUs, then restores its mask.
///
/// Children inherit the mask of the thread that starts them, so a process is pinned before its first
/// instruction, in any language.
///
/// # Errors
/// Those of `sched_setaffinity(2)`, and those of `act`.
pub(crate) fn pinned<T>(cpus: &[usize], act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    if refused().is_some() {
        return act();
    }
    let before = sched_getaffinity(THIS_THREAD)?;
    pin(0, cpus)?;
    let result = act();
    sched_setaffinity(THIS_THREAD, &before)?;
    result
}

#[cfg(test)]
mod tests {
    use super::{allowed, pin_process};
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn threads_may_end_while_their_process_is_placed() {
        let cpus = allowed();
        let enough = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !enough.load(Ordering::Relaxed) {
                    let brief: Vec<_> = (0..8).map(|_| std::thread::spawn(|| ())).collect();
                    brief.into_iter().for_each(|thread| thread.join().expect("it ends"));
                }
            });
            let placed = (0..500).try_for_each(|_| pin_process(std::process::id(), &cpus));
            enough.store(true, Ordering::Relaxed);
            placed.expect("every thread that is there");
        });
    }
}
