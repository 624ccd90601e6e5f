//! System calls, counted by the kernel.

use loopswap_protocol::{TRACEPOINT, forbidden, quoted};
use nix::unistd::{Pid, gettid};
use perf_event::events::Tracepoint;
use perf_event::{Builder, Counter};
use std::fs;
use std::io;

/// Where the kernel gives the number of the tracepoint that every system call passes; the second is where
/// older systems mount it.
const SYS_ENTER: [&str; 2] = [
    "/sys/kernel/tracing/events/raw_syscalls/sys_enter/id",
    "/sys/kernel/debug/tracing/events/raw_syscalls/sys_enter/id",
];
/// The thread that stops the counters asks for its own number and stops its own counter: the last two
/// calls that are counted.
const STOPPING: u64 = 2;

/// A stopped or running counter for every thread.
#[derive(Debug)]
pub(crate) struct Syscalls {
    threads: Vec<(Pid, Counter)>,
    /// Whether the thread that stopped had its own counter, and so counted its stopping.
    stopped_own: bool,
}

impl Syscalls {
    /// Opens a stopped counter for every thread but the one called `except`.
    ///
    /// # Errors
    /// Why it is not available here, and the remedy.
    pub(crate) fn open(except: &str) -> Result<Syscalls, String> {
        if let Some(why) = forbidden(TRACEPOINT) {
            return Err(why);
        }
        let tracepoint = Tracepoint::with_id(tracepoint()?);
        let mut threads = Vec::new();
        let tasks = fs::read_dir("/proc/self/task").map_err(|error| format!("reading /proc/self/task: {error}"))?;
        for task in tasks.flatten() {
            let Some(id) = task.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
            let name = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
            // Workers that the kernel starts for io_uring make no system calls.
            if name.trim_end() == except || name.starts_with("iou-") {
                continue;
            }
            // The tracepoint fires in the kernel, so leaving the kernel out would leave everything out.
            match Builder::new(tracepoint).observe_pid(id).inherit(true).include_kernel().build() {
                Ok(counter) => threads.push((Pid::from_raw(id), counter)),
                // It has ended meanwhile.
                Err(error) if error.raw_os_error() == Some(nix::libc::ESRCH) => {}
                Err(error) => return Err(refused(&error)),
            }
        }
        Ok(Syscalls { threads, stopped_own: false })
    }

    /// Starts the counters, that of this thread last: starting the others takes calls too.
    pub(crate) fn start(&mut self) -> Result<(), String> {
        let own = gettid();
        self.threads.sort_unstable_by_key(|(thread, _)| *thread == own);
        self.threads.iter_mut().try_for_each(|(_, counter)| counter.enable()).map_err(|error| refused(&error))
    }

    /// Stops the counters, that of this thread first. Another thread may have started them: a task of a
    /// work-stealing runtime moves.
    pub(crate) fn stop(&mut self) -> Result<(), String> {
        let own = gettid();
        self.threads.sort_unstable_by_key(|(thread, _)| *thread != own);
        self.stopped_own = self.threads.first().is_some_and(|(thread, _)| *thread == own);
        self.threads.iter_mut().try_for_each(|(_, counter)| counter.disable()).map_err(|error| refused(&error))
    }

    /// Calls of all threads between start and stop, without those of starting and stopping.
    pub(crate) fn total(mut self) -> Result<u64, String> {
        let mut total: u64 = 0;
        for (_, counter) in &mut self.threads {
            total += counter.read().map_err(|error| format!("reading a counter of system calls: {error}"))?;
        }
        Ok(if self.stopped_own { total.saturating_sub(STOPPING) } else { total })
    }
}

/// The number of the tracepoint.
fn tracepoint() -> Result<u64, String> {
    let mut missing = String::new();
    for path in SYS_ENTER {
        match fs::read_to_string(path) {
            Ok(text) => {
                return text
                    .trim()
                    .parse()
                    .map_err(|_| format!("{path} holds `{}`, not a number", quoted(text.trim())));
            }
            Err(error) if missing.is_empty() => missing = format!("{path}: {error}"),
            Err(_) => {}
        }
    }
    Err(format!(
        "the kernel's tracepoints cannot be read ({missing}); run as root, or let others read them with \
         `mount -o remount,mode=755 /sys/kernel/tracing` (mount it first where it is missing: \
         `mount -t tracefs tracefs /sys/kernel/tracing`)"
    ))
}

/// Why `perf_event_open(2)`, or a call on what it opened, failed.
fn refused(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(nix::libc::EACCES | nix::libc::EPERM) => {
            let level = fs::read_to_string("/proc/sys/kernel/perf_event_paranoid").unwrap_or_default();
            format!(
                "perf_event_open(2) is not allowed here (kernel.perf_event_paranoid is {}): allow it with `sysctl \
                 kernel.perf_event_paranoid=1`, or give the process CAP_PERFMON; a container may also forbid it",
                level.trim()
            )
        }
        Some(nix::libc::EMFILE) => "a counter needs an open file for each thread; raise the limit: `ulimit -n`".into(),
        _ => format!("counting system calls with perf_event_open(2): {error}"),
    }
}
