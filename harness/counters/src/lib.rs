//! What a process can count of itself without noise: its system calls and its allocations.
//!
//! Two times are never the same; two counts nearly always are, so a change of one call in a thousand
//! operations shows in a single slice. They are taken in separate slices, since counting slows the program
//! down. [`Counters`] is one such slice: opened before it, started as its first operation begins, stopped as
//! its last has ended.
//!
//! - **System calls** are counted by the kernel: the tracepoint `raw_syscalls:sys_enter`, opened by
//!   `perf_event_open(2)` for every thread of the process and inherited by threads that they start. Where
//!   that is not allowed, the conductor counts them from outside.
//! - **Allocations** are counted by the program's allocator, where it is
//!   [`loopswap_allocations::Counting`].
//!
//! If one cannot be counted, the [`Tally`] says why and what to do.

mod syscalls;

use loopswap_protocol::{TRACEPOINT, Tally};
use syscalls::Syscalls;

/// Name of the counter of system calls.
pub const SYSCALLS: &str = "syscalls";
/// Name of the counter of allocations: calls that ask the allocator for memory.
pub const ALLOCATIONS: &str = "allocations";
/// Name of the counter of bytes that allocations ask for.
pub const ALLOCATED_BYTES: &str = "allocated_bytes";

/// Whether this process may count its system calls.
///
/// # Errors
/// Why not, and the remedy.
pub fn syscalls_available() -> Result<(), String> {
    Syscalls::open("").map(drop)
}

/// The counters of one slice.
#[derive(Debug)]
pub struct Counters {
    syscalls: Result<Syscalls, String>,
    allocations: bool,
}

impl Counters {
    /// Opens the counters of every thread that exists now, stopped. Threads that these start later are
    /// counted with them.
    ///
    /// A thread called `except` is left out: it belongs to the harness, not to what is measured.
    #[must_use]
    pub fn open(except: &str) -> Counters {
        Counters { syscalls: Syscalls::open(except), allocations: loopswap_allocations::installed() }
    }

    /// Starts counting.
    pub fn start(&mut self) {
        // Allocations first: starting system calls takes system calls, but no memory.
        if self.allocations {
            loopswap_allocations::start();
        }
        if let Ok(syscalls) = &mut self.syscalls
            && let Err(why) = syscalls.start()
        {
            self.syscalls = Err(why);
        }
    }

    /// Stops counting; returns what was counted, or why not.
    #[must_use]
    pub fn stop(mut self) -> Tally {
        let stopped = self.syscalls.as_mut().map_or(Ok(()), Syscalls::stop);
        let allocations = self.allocations.then(loopswap_allocations::stop);
        let mut tally = Tally::default();
        match self.syscalls.and_then(|syscalls| stopped.and_then(|()| syscalls.total())) {
            Ok(total) => tally.count_by(SYSCALLS, TRACEPOINT, total),
            Err(why) => tally.unavailable(SYSCALLS, why),
        }
        match allocations {
            Some(counted) => {
                tally.count(ALLOCATIONS, counted.allocations);
                tally.count(ALLOCATED_BYTES, counted.bytes);
            }
            None => {
                let why = "this program does not use the counting allocator; make \
                           `loopswap_allocations::Counting` its `#[global_allocator]`";
                tally.unavailable(ALLOCATIONS, why);
                tally.unavailable(ALLOCATED_BYTES, why);
            }
        }
        tally
    }
}
