//! How many threads there is room for: counted beforehand, because a process that reaches a limit may break
//! anywhere, for instance in a thread that has just started, and not where it asked for one.

use loopswap_rt::Refusal;
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, io};

/// Stack of a task's thread. Only touched pages cost memory; a smaller reservation lets tens of
/// thousands of threads fit a container's address space and limits.
pub(crate) const STACK_BYTES: usize = 1024 * 1024;

/// What else a process needs: threads and mappings of the harness, the allocator and the system.
const RESERVE: u64 = 1000;

/// Limits on threads, with how many of each a thread takes (proc(5), cgroups(7)). A thread's stack and
/// the stack for its signal handlers are two mappings each, their pages and a guard.
const FILES: [(&str, u64); 4] = [
    ("/proc/sys/vm/max_map_count", 4),
    ("/proc/sys/kernel/threads-max", 1),
    ("/proc/sys/kernel/pid_max", 1),
    ("/sys/fs/cgroup/pids.max", 1),
];

/// Bytes of the address space for a thread: its stack, and as much for the allocator, which maps 64 MiB for each
/// of the first threads (glibc's arenas).
const SPACE_BYTES: u64 = 2 * STACK_BYTES as u64;

/// Tasks that have a thread.
static ALIVE: AtomicU64 = AtomicU64::new(0);

static ROOM: LazyLock<Option<Room>> = LazyLock::new(|| narrowest(limits()));

/// How many threads the narrowest limit of this process has room for.
#[derive(Debug, PartialEq, Eq)]
struct Room {
    limit: String,
    threads: u64,
}

/// A task's slot among those that have a thread, freed when it is dropped.
#[derive(Debug)]
pub(crate) struct Place(());

impl Drop for Place {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A slot for one more task.
///
/// # Errors
/// When every thread that there is room for has a task.
pub(crate) fn enter() -> Result<Place, Refusal> {
    let alive = ALIVE.fetch_add(1, Ordering::Relaxed);
    let place = Place(());
    match &*ROOM {
        Some(room) if alive >= room.threads => Err(Refusal::new(format!(
            "no thread for a task: {alive} are alive, and {} has room for {}",
            room.limit, room.threads
        ))),
        _ => Ok(place),
    }
}

/// The refusal for a thread that the operating system did not provide.
pub(crate) fn refused(error: &io::Error) -> Refusal {
    let alive = ALIVE.load(Ordering::Relaxed);
    Refusal::new(format!("no thread for a task: {alive} are alive; {error}"))
}

fn limits() -> impl Iterator<Item = (&'static str, u64, u64)> {
    let files = FILES.into_iter().filter_map(|(file, each)| Some((file, each, read(file)?)));
    let (space, _) = getrlimit(Resource::RLIMIT_AS).unwrap_or((RLIM_INFINITY, RLIM_INFINITY));
    let space = (space != RLIM_INFINITY).then_some(("the address space (ulimit -v, in bytes)", SPACE_BYTES, space));
    files.chain(space)
}

/// The number in a file that has just one; `None` if there is no such file, or no limit (`max`).
fn read(file: &str) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

fn narrowest(limits: impl Iterator<Item = (&'static str, u64, u64)>) -> Option<Room> {
    let rooms = limits.map(|(name, each, limit)| Room {
        limit: format!("{name} = {limit}"),
        threads: (limit / each).saturating_sub(RESERVE),
    });
    rooms.min_by_key(|room| room.threads)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_limit_is_named_with_its_figure() {
        let room = narrowest([("/a", 2, 65_530), ("/b", 1, 4096), ("/c", 1, 100_000)].into_iter());
        assert_eq!(room, Some(Room { limit: "/b = 4096".into(), threads: 3096 }));
        assert_eq!(narrowest([].into_iter()), None);
        let none = narrowest([("/a", 2, 10)].into_iter());
        assert_eq!(none.map(|room| room.threads), Some(0), "less than the reserve is no room at all");
    }

    #[test]
    fn a_limit_that_is_not_there_is_none() {
        assert_eq!(read("/nowhere"), None);
    }
}
