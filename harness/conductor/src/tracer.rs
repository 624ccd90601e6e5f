//! Counts the system calls of a runner from outside, as strace(1) does: with ptrace(2). It is for machines
//! where the kernel does not let a process count its own.
//!
//! A tracer is a thread that stops every thread of a process at each of its system calls, counts, and resumes
//! it. That takes tens of microseconds a call, so only processes are traced in which nothing is timed. A
//! parent may trace its child if ptrace(2) is allowed at all (even with yama's `ptrace_scope` 1).
//!
//! A traced process is never let go: it ends with its tracer. Dropping the [`Tracer`] kills it, and if the
//! conductor itself is killed the kernel does that (`PTRACE_O_EXITKILL`), so none is left behind, stopped or
//! not.

use loopswap_protocol::{PTRACE, TIME_LIMIT_THREAD, forbidden};
use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::Pid;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Threads that wait stop as soon as they are asked to.
const ATTACH: Duration = Duration::from_secs(5);
/// The tracer waits for the threads that it traces, never for another child of the conductor (`__WNOTHREAD`):
/// those belong to the threads that started them.
const TRACED: WaitPidFlag = WaitPidFlag::__WALL.union(WaitPidFlag::__WNOTHREAD);

/// A process whose system calls are counted. Dropping it kills the process.
#[derive(Debug)]
pub(crate) struct Tracer {
    runner: Pid,
    seen: Arc<Seen>,
    thread: Option<JoinHandle<()>>,
}

/// What a tracer has seen so far.
#[derive(Debug, Default)]
struct Seen {
    /// System calls, without marks.
    calls: AtomicU64,
    /// How many calls there were at each mark.
    marks: Mutex<Vec<u64>>,
    /// Why tracing ended before the process did.
    failed: Mutex<Option<String>>,
}

impl Tracer {
    /// Traces all threads of a child of this process from now on, and those that they start.
    ///
    /// # Errors
    /// Why tracing does not work here, and the remedy.
    pub(crate) fn attach(runner: u32) -> Result<Tracer, String> {
        if let Some(why) = forbidden(PTRACE) {
            return Err(why);
        }
        let runner = Pid::from_raw(runner.cast_signed());
        let seen = Arc::new(Seen::default());
        let (attached, attaching) = channel();
        let thread = std::thread::Builder::new().name("tracer".into()).spawn({
            let seen = Arc::clone(&seen);
            move || {
                let stops = Stops { runner, threads: BTreeMap::new(), waking: BTreeSet::new(), seen: &seen };
                if let Err(why) = stops.attend(&attached) {
                    *seen.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
                }
            }
        });
        let thread = thread.map_err(|error| format!("starting a thread that traces: {error}"))?;
        let tracer = Tracer { runner, seen, thread: Some(thread) };
        tracer.await_attached(&attaching).map(|()| tracer)
    }

    fn await_attached(&self, attaching: &Receiver<()>) -> Result<(), String> {
        attaching
            .recv_timeout(ATTACH)
            .map_err(|_| self.failed().unwrap_or_else(|| "a thread of the process does not stop for ptrace(2)".into()))
    }

    /// System calls so far, of all threads, without marks.
    pub(crate) fn calls(&self) -> u64 {
        self.seen.calls.load(Ordering::Acquire)
    }

    /// How many calls there were at each mark since this was last asked.
    pub(crate) fn marks(&self) -> Vec<u64> {
        std::mem::take(&mut self.seen.marks.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Why tracing ended before the process did; the kernel has killed the process then.
    pub(crate) fn failed(&self) -> Option<String> {
        self.seen.failed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        // It may have ended by itself. It has not been waited for, so its number is still its own.
        let _ = kill(self.runner, Signal::SIGKILL);
        if let Some(thread) = self.thread.take() {
            // A tracer that panics has printed why.
            let _ = thread.join();
        }
    }
}

/// The stops of all threads of a process, on the thread that traces it.
struct Stops<'a> {
    runner: Pid,
    /// Whether a thread is within a system call: the kernel reports a stop as it enters one, another as it
    /// leaves, and does not say which.
    threads: BTreeMap<Pid, bool>,
    /// Threads that have been asked to stop for the first time and have not yet.
    waking: BTreeSet<Pid>,
    seen: &'a Seen,
}

impl Stops<'_> {
    /// Counts until the process has ended. Sends on `attached` once every thread is being traced.
    fn attend(mut self, attached: &Sender<()>) -> Result<(), String> {
        self.seize()?;
        let mut told = false;
        while let Some(stops) = self.pending()? {
            for stop in stops {
                self.go_on(stop)?;
            }
            if self.waking.is_empty() && !told {
                told = true;
                // The receiver is gone if it took too long.
                let _ = attached.send(());
            }
        }
        Ok(())
    }

    /// Traces every thread, until no new one turns up.
    fn seize(&mut self) -> Result<(), String> {
        let options = Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_TRACECLONE | Options::PTRACE_O_EXITKILL;
        loop {
            let threads = threads(self.runner).map_err(|error| format!("reading the runner's threads: {error}"))?;
            let fresh: Vec<Pid> = threads.into_iter().filter(|thread| !self.threads.contains_key(thread)).collect();
            if fresh.is_empty() {
                return Ok(());
            }
            for thread in fresh {
                match ptrace::seize(thread, options).and_then(|()| ptrace::interrupt(thread)) {
                    Ok(()) => {
                        self.waking.insert(thread);
                    }
                    // It has ended meanwhile.
                    Err(Errno::ESRCH) => {}
                    // A traced thread has started it, so it is traced already.
                    Err(Errno::EPERM) if !self.waking.is_empty() => {}
                    Err(error) => return Err(refused(error)),
                }
                self.threads.insert(thread, false);
            }
        }
    }

    /// Everything that waits to be seen, at least one; empty when the process has ended.
    ///
    /// Everything that is there is taken before the first thread is resumed, or a thread that does nothing
    /// but system calls would keep the others waiting.
    fn pending(&self) -> Result<Option<Vec<WaitStatus>>, String> {
        // Only look at the end of the process itself: the thread that started it will wait for it.
        let mut look = WaitPidFlag::WEXITED | WaitPidFlag::WSTOPPED | WaitPidFlag::WNOWAIT | TRACED;
        let mut found = Vec::new();
        loop {
            match waitid(Id::All, look) {
                Ok(WaitStatus::StillAlive) => return Ok(Some(found)),
                Ok(WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..)) if pid == self.runner => {
                    return Ok(None);
                }
                Ok(status) => {
                    // A thread that was killed meanwhile has no stop any more, but an end.
                    match waitpid(status.pid(), Some(TRACED | WaitPidFlag::WNOHANG)) {
                        Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => {}
                        Ok(status) => found.push(status),
                        Err(error) => return Err(unknown_stop(error)),
                    }
                    look |= WaitPidFlag::WNOHANG;
                }
                Err(Errno::EINTR) => {}
                Err(Errno::ECHILD) => return Ok(None),
                Err(error) => return Err(unknown_stop(error)),
            }
        }
    }

    /// Resumes a thread until its next stop.
    fn go_on(&mut self, stop: WaitStatus) -> Result<(), String> {
        let (thread, signal) = match stop {
            WaitStatus::PtraceSyscall(thread) => {
                let within = self.threads.entry(thread).or_default();
                *within = !*within;
                if *within {
                    self.enters(thread);
                }
                (thread, None)
            }
            // A signal on its way: it is passed on.
            WaitStatus::Stopped(thread, signal) => (thread, Some(signal)),
            // A new thread's first stop, or its starter's; the first stop of one that was asked to.
            WaitStatus::PtraceEvent(thread, ..) => (thread, None),
            WaitStatus::Exited(thread, _) | WaitStatus::Signaled(thread, ..) => {
                self.threads.remove(&thread);
                self.waking.remove(&thread);
                return Ok(());
            }
            WaitStatus::Continued(_) | WaitStatus::StillAlive => return Ok(()),
        };
        self.waking.remove(&thread);
        match ptrace::syscall(thread, signal) {
            // Killed meanwhile.
            Ok(()) | Err(Errno::ESRCH) => Ok(()),
            Err(error) => Err(format!("letting a traced thread go on: {error}")),
        }
    }

    fn enters(&self, thread: Pid) {
        if is_mark(self.runner, thread) {
            let calls = self.seen.calls.load(Ordering::Acquire);
            self.seen.marks.lock().unwrap_or_else(PoisonError::into_inner).push(calls);
        } else {
            self.seen.calls.fetch_add(1, Ordering::AcqRel);
        }
    }
}

/// The threads of a process that are its own: not the harness's, and not those that the kernel starts for
/// io_uring, which make no system calls.
fn threads(process: Pid) -> io::Result<Vec<Pid>> {
    let mut threads = Vec::new();
    for task in fs::read_dir(format!("/proc/{process}/task"))?.flatten() {
        let Some(id) = task.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let name = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        if name.trim_end() != TIME_LIMIT_THREAD && !name.starts_with("iou-") {
            threads.push(Pid::from_raw(id));
        }
    }
    Ok(threads)
}

/// Whether the system call that a thread enters is a mark of the protocol: a write of nothing to standard
/// output.
fn is_mark(process: Pid, thread: Pid) -> bool {
    // If the kernel does not tell, no mark is found, and the runner is counted without marks.
    let call = fs::read_to_string(format!("/proc/{process}/task/{thread}/syscall"));
    call.is_ok_and(|call| is_empty_write(&call))
}

/// Whether a line of `/proc/PID/syscall` (proc(5): the number, then six arguments) is `write(1, …, 0)`.
fn is_empty_write(call: &str) -> bool {
    let mut words = call.split(' ');
    let number = words.next().and_then(|word| word.parse().ok());
    number == Some(libc::SYS_write) && words.next() == Some("0x1") && words.nth(1) == Some("0x0")
}

/// Why the first request of ptrace(2) failed.
fn refused(error: Errno) -> String {
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").unwrap_or_default();
    match (error, scope.trim()) {
        (Errno::EPERM, level @ ("2" | "3")) => format!(
            "ptrace(2) is not allowed here (kernel.yama.ptrace_scope is {level}): allow a process to trace its \
             children with `sysctl kernel.yama.ptrace_scope=1`, after a reboot where it is 3"
        ),
        (Errno::EPERM, _) => "ptrace(2) is not allowed here: a container may forbid it (let it with `--cap-add \
                              SYS_PTRACE`), and so may a debugger that traces the runner already"
            .into(),
        (Errno::ENOSYS, _) => "this kernel has no ptrace(2)".into(),
        (error, _) => format!("tracing the runner with ptrace(2): {error}"),
    }
}

/// Why a stop could not be read.
fn unknown_stop(error: Errno) -> String {
    match error {
        // nix knows the standard signals only, and can neither name nor pass on another.
        Errno::EINVAL => "the runner gets a real-time signal, which this tracer cannot pass on".into(),
        error => format!("waiting for a traced thread: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_an_empty_write_to_standard_output_and_nothing_else_is() {
        let write = libc::SYS_write;
        let line = |number: libc::c_long, fd: &str, length: &str| {
            format!("{number} {fd} 0x7ffc0000 {length} 0x0 0x0 0x0 0x7ffc1000 0x7f0011112222\n")
        };
        assert!(is_empty_write(&line(write, "0x1", "0x0")));
        assert!(!is_empty_write(&line(write, "0x1", "0x10")), "a reply");
        assert!(!is_empty_write(&line(write, "0x2", "0x0")), "standard error");
        assert!(!is_empty_write(&line(write + 1, "0x1", "0x0")), "another call");
        assert!(!is_empty_write("running\n") && !is_empty_write("-1 0x7ffc 0x7f00\n") && !is_empty_write(""));
    }
}
