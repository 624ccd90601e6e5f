//! How many tasks a runtime has room for that gives each a thread.

use loopswap_rt::{Fault, Runtime, Topology};
use std::fs;

/// What else a process needs: the runtime's own threads and mappings, the harness's, the system's.
const RESERVE: u64 = 1000;

/// Limits on threads, with how many of each a thread takes (proc(5), cgroups(7)). A thread's stack and
/// its guard page are a mapping each.
const LIMITS: [(&str, u64); 4] = [
    ("/proc/sys/vm/max_map_count", 2),
    ("/proc/sys/kernel/threads-max", 1),
    ("/proc/sys/kernel/pid_max", 1),
    ("/sys/fs/cgroup/pids.max", 1),
];

/// A thread for each of `tasks` tasks needs as many threads as the system gives.
pub(super) fn for_tasks<R: Runtime>(tasks: u64) -> Result<(), Fault> {
    if R::INFO.topology != Topology::ThreadPerTask {
        return Ok(());
    }
    let limits = LIMITS.into_iter().filter_map(|(file, each)| Some((file, each, read(file)?)));
    check(tasks, limits)
}

/// What a file of a single number says; none where there is no such file, or no limit (`max`).
fn read(file: &str) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

fn check(tasks: u64, limits: impl Iterator<Item = (&'static str, u64, u64)>) -> Result<(), Fault> {
    for (file, each, limit) in limits {
        let room = (limit / each).saturating_sub(RESERVE);
        if tasks > room {
            return Err(Fault::Unsupported(format!(
                "a thread for each of {tasks} tasks at once: {file} = {limit} has room for {room}"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_limit_is_named_with_its_figure() {
        let limits = || [("/a", 2, 65_530), ("/b", 1, 4096)].into_iter();
        assert_eq!(check(1000, limits()), Ok(()));
        let why = "a thread for each of 5000 tasks at once: /b = 4096 has room for 3096";
        assert_eq!(check(5000, limits()), Err(Fault::Unsupported(why.into())));
        let Err(Fault::Unsupported(why)) = check(100_000, limits()) else { panic!("there is no room") };
        assert!(why.contains("/a = 65530"), "{why}");
    }

    #[test]
    fn a_limit_that_is_not_there_is_none() {
        assert_eq!(read("/nowhere"), None);
    }
}
