//! The runner's side of the conversation, for runners written in Rust.
//!
//! A [`Session`] reads commands and writes replies; a [`Turn`] is one slice from its command to its
//! reply. The built-in runners go through it, and so may a hand-written program that wants to be
//! compared without any of loopswap's traits.

use crate::{
    Command, Count, Counted, Hello, Latencies, Meter, Paced, Prepare, Ready, Reply, Shape, SliceDone, Tally,
    Unavailable, Unfinished, Work,
};
use nix::sys::resource::{UsageWho, getrusage};
use nix::time::{ClockId, clock_gettime};
use std::io::{self, BufRead as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Name of the thread that ends a slice that outlasts its limit. Its few system calls belong to the harness,
/// and are not counted as the runtime's.
pub const TIME_LIMIT_THREAD: &str = "time-limit";

/// The result of one slice, by its own checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Operations whose result was checked and correct.
    pub ops: u64,
    /// Payload bytes that were checked.
    pub bytes: u64,
}

impl std::ops::Add for Verified {
    type Output = Verified;

    fn add(self, other: Verified) -> Verified {
        Verified { ops: self.ops + other.ops, bytes: self.bytes + other.bytes }
    }
}

/// A conversation with the conductor over standard input and output.
///
/// Dropping it ends nothing; the conductor ends it with `bye`, or by closing the pipe.
#[derive(Debug)]
pub struct Session {
    watched: Arc<Mutex<Option<Watched>>>,
    shape: Shape,
    extra_work: f64,
    /// Latencies of the operations that timed slices stamped, once one was asked to stamp.
    sampled: Option<Arc<Mutex<Latencies>>>,
}

#[derive(Debug)]
struct Watched {
    meter: Arc<Meter>,
    ops: u64,
}

/// One slice between its command and its reply.
#[derive(Debug)]
pub struct Turn {
    /// Operations to do, over all threads and shards.
    pub ops: u64,
    /// Operations that were asked for: fewer than `ops` if the runner was told to do extra work.
    asked: u64,
    /// Counts them as they end.
    pub meter: Arc<Meter>,
    /// Whether the slice is there to count what the process does; its player then gives a [`Tally`] to
    /// [`Session::finish_tallied`].
    pub tally: bool,
    /// Whether system calls are being counted from outside; the player of the slice then [marks](mark) its
    /// beginning and its end.
    pub traced: bool,
    cpu_before: Duration,
    usage_before: Option<Usage>,
    end: Option<End>,
}

/// The resources used by the end of a slice.
#[derive(Clone, Copy, Debug)]
struct End {
    cpu: Duration,
    usage: Option<Usage>,
}

#[derive(Clone, Copy, Debug)]
struct Usage {
    voluntary: i64,
    involuntary: i64,
}

impl Session {
    /// Says hello and reads the `prepare` command; `None` if the conductor wanted only the hello.
    ///
    /// # Errors
    /// When a pipe breaks, or when the first command is not `prepare`.
    pub fn open(hello: Hello) -> io::Result<Option<Prepare>> {
        write(&Reply::Hello(Box::new(hello)))?;
        match read()? {
            None | Some(Command::Bye {}) => Ok(None),
            Some(Command::Prepare(prepare)) => Ok(Some(*prepare)),
            Some(other) => Err(io::Error::other(format!("expected `prepare` first, got {other:?}"))),
        }
    }

    /// Says that the case is ready on `threads` threads; from now on a slice that takes longer than
    /// `limit` ends the process with an `unfinished` line.
    ///
    /// # Errors
    /// When a pipe breaks or the watching thread cannot be started.
    pub fn ready(threads: usize, shape: Shape, limit: Duration) -> io::Result<Session> {
        let watched = Arc::new(Mutex::new(None));
        std::thread::Builder::new().name(TIME_LIMIT_THREAD.into()).stack_size(64 * 1024).spawn({
            let watched = Arc::clone(&watched);
            move || watch(&watched, limit)
        })?;
        write(&Reply::Ready(Ready { threads, rss_bytes: resident_bytes()? }))?;
        Ok(Session { watched, shape, extra_work: 0.0, sampled: None })
    }

    /// Does a fraction more operations in every slice than it is asked for, and does not report it: a runner
    /// that is slower by a known amount of real work, for the self-test of the verdicts.
    #[must_use]
    pub fn with_extra_work(self, fraction: f64) -> Session {
        Session { extra_work: fraction, ..self }
    }

    /// Operations to do for `asked`: with the extra work, in whole granules.
    fn with_extra(&self, asked: u64) -> u64 {
        let granule = self.shape.granule.max(1);
        let extra = (asked as f64 * self.extra_work / granule as f64).round().max(0.0);
        asked + extra as u64 * granule
    }

    /// Waits for the next slice; `None` once the conductor has said `bye` or has gone.
    ///
    /// # Errors
    /// When the input cannot be read or is not a command of this protocol.
    pub fn next_turn(&mut self) -> io::Result<Option<Turn>> {
        let timing = |asked| Meter::timing(self.with_extra(asked), self.shape.granule, self.shape.in_flight);
        let (asked, meter, tally, traced, counting) = match read()? {
            None => return Ok(None),
            Some(Command::Bye {}) => {
                write(&Reply::Bye { latency: self.sampled() })?;
                return Ok(None);
            }
            Some(Command::Slice(Work { ops, stamp_one_in: 0 })) => (ops, timing(ops), false, false, false),
            Some(Command::Slice(Work { ops, stamp_one_in })) => {
                let meter = timing(ops);
                let into = Arc::clone(self.sampled.get_or_insert_default());
                (ops, meter.sampling(stamp_one_in, into), false, false, false)
            }
            // Latencies would add clocks and locks to what is counted.
            Some(Command::Count(Count { ops, tally: true, traced })) => (ops, timing(ops), true, traced, true),
            Some(Command::Count(Count { ops, tally: false, traced })) => (ops, Meter::counting(), false, traced, true),
            Some(Command::Prepare(_)) => return Err(io::Error::other("`prepare` may come once only")),
        };
        let ops = self.with_extra(asked);
        let meter = Arc::new(meter);
        *self.lock() = Some(Watched { meter: Arc::clone(&meter), ops });
        let usage_before = counting.then(usage);
        Ok(Some(Turn { ops, asked, meter, tally, traced, cpu_before: cpu_time(), usage_before, end: None }))
    }

    /// The latencies that timed slices stamped, encoded; `None` if there are none.
    fn sampled(&self) -> Option<String> {
        let sampled = self.sampled.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        (sampled.count() > 0).then(|| sampled.encode())
    }

    /// The slice is over: what the process does from now until it answers is in no figure and has no limit.
    /// Without this call, the slice is over when it is answered.
    pub fn over(&mut self, turn: &mut Turn) {
        *self.lock() = None;
        turn.end = Some(End { cpu: cpu_time(), usage: turn.usage_before.map(|_| usage()) });
    }

    /// Answers a turn: with its figures if the checks confirm the work, else with an error line.
    ///
    /// `ns` is the wall time that the runner stamped inside its runtime.
    ///
    /// # Errors
    /// When a pipe breaks.
    pub fn finish(&mut self, turn: &Turn, ns: u64, outcome: Result<Verified, String>) -> io::Result<()> {
        self.finish_tallied(turn, ns, outcome, None)
    }

    /// Answers a turn as [`finish`](Self::finish) does, with the counts of the process if they were asked for.
    ///
    /// # Errors
    /// When a pipe breaks.
    pub fn finish_tallied(
        &mut self,
        turn: &Turn,
        ns: u64,
        outcome: Result<Verified, String>,
        tally: Option<Tally>,
    ) -> io::Result<()> {
        let cpu = turn.end.map_or_else(cpu_time, |end| end.cpu).saturating_sub(turn.cpu_before);
        *self.lock() = None;
        // Before anything is encoded, which takes memory too.
        let rss_peak_bytes = if turn.usage_before.is_some() { peak_resident_bytes()? } else { 0 };
        let ops = turn.ops;
        let reply = match outcome {
            Err(message) => Reply::Error { message },
            Ok(verified) if verified.ops != ops => {
                Reply::Error { message: format!("asked for {ops} operations, verified {}", verified.ops) }
            }
            Ok(_) if turn.meter.done() != ops => {
                Reply::Error { message: format!("asked for {ops} operations, counted {}", turn.meter.done()) }
            }
            Ok(_) => match turn.usage_before {
                None => {
                    let slice = SliceDone {
                        ops: turn.asked,
                        ns,
                        typical_ns: turn.meter.typical_ns(ops, ns),
                        cpu_ns: u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX),
                    };
                    match turn.meter.responses() {
                        // The pace was given: a median stretch would only repeat it.
                        Some(response) => {
                            Reply::Paced(Box::new(Paced { slice: SliceDone { typical_ns: ns, ..slice }, response }))
                        }
                        None => Reply::Slice(slice),
                    }
                }
                Some(before) => {
                    let after = turn.end.and_then(|end| end.usage).unwrap_or_else(usage);
                    let (latency, notes) = turn.meter.counted();
                    Reply::Count(Box::new(Counted {
                        ops: turn.asked,
                        voluntary_switches: after.voluntary.saturating_sub(before.voluntary).unsigned_abs(),
                        involuntary_switches: after.involuntary.saturating_sub(before.involuntary).unsigned_abs(),
                        rss_peak_bytes,
                        latency,
                        notes,
                        tally: tally.map(|tally| Tally { ops: turn.asked, ..tally }),
                    }))
                }
            },
        };
        write(&reply)
    }

    /// Says that this runtime cannot do the case, by its nature.
    ///
    /// # Errors
    /// When a pipe breaks.
    pub fn unsupported(reason: impl Into<String>) -> io::Result<()> {
        write(&Reply::Unsupported { reason: reason.into() })
    }

    /// Says that this runtime cannot run on this machine, possibly instead of a hello.
    ///
    /// # Errors
    /// When a pipe breaks.
    pub fn unavailable(unavailable: Unavailable) -> io::Result<()> {
        write(&Reply::Unavailable(unavailable))
    }

    /// Says that preparing failed.
    ///
    /// # Errors
    /// When a pipe breaks.
    pub fn failed(message: impl Into<String>) -> io::Result<()> {
        write(&Reply::Error { message: message.into() })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Watched>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the process when a slice outlasts its limit.
///
/// It looks a few times within the limit instead of being armed for every slice, so it costs the slices only
/// a handful of wake-ups a second, the same for every runtime.
fn watch(watched: &Mutex<Option<Watched>>, limit: Duration) {
    loop {
        std::thread::sleep(limit / 8);
        let guard = watched.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(slice) = guard.as_ref() else { continue };
        let Some(started) = slice.meter.started() else { continue };
        let elapsed = started.elapsed();
        if elapsed >= limit {
            let ns = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
            let line = Reply::Unfinished(Unfinished { done: slice.meter.done(), ops: slice.ops, ns });
            // The conductor may be gone; the process ends either way.
            let _ = write(&line);
            std::process::exit(0);
        }
    }
}

/// Tells the tracer of this process that the operations of a slice begin or have ended: an empty write to
/// standard output, which readers do not notice.
pub fn mark() {
    // It cannot fail in a way that matters: the tracer notices a missing mark and reports it.
    let _ = nix::unistd::write(io::stdout(), &[]);
}

fn write(reply: &Reply) -> io::Result<()> {
    let mut line = serde_json::to_string(reply)?;
    line.push('\n');
    let mut out = io::stdout().lock();
    out.write_all(line.as_bytes())?;
    out.flush()
}

fn read() -> io::Result<Option<Command>> {
    let mut line = String::new();
    loop {
        line.clear();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            return Ok(None);
        }
        if !line.trim().is_empty() {
            return serde_json::from_str(&line)
                .map(Some)
                .map_err(|error| io::Error::other(format!("not a command of protocol {}: {error}", crate::PROTOCOL)));
        }
    }
}

fn cpu_time() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

fn usage() -> Usage {
    getrusage(UsageWho::RUSAGE_SELF).map_or(Usage { voluntary: 0, involuntary: 0 }, |usage| Usage {
        voluntary: usage.voluntary_context_switches(),
        involuntary: usage.involuntary_context_switches(),
    })
}

/// Resident memory now, from `/proc/self/statm` (proc(5)).
fn resident_bytes() -> io::Result<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = statm.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    let page = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE)?.unwrap_or(4096);
    Ok(pages * page.unsigned_abs())
}

/// Largest resident memory so far, `VmHWM` of `/proc/self/status` (proc(5)).
fn peak_resident_bytes() -> io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse().unwrap_or(0);
    Ok(kib * 1024)
}
