//! From a slice's command to figures that can be believed: what the runner reports is checked against the
//! time that passed here and against the kernel's account of its process.

use crate::machine::{cpus_online, has_children, memory_of};
use crate::plausible::{self, Here, Memory, Recorded, Wanted};
use crate::runner::{Runner, Trouble, nanos, patience};
use loopswap_protocol::{Command, Count, Counted, Reply, SliceDone, Unfinished, Work};
use loopswap_report::latency_summary;
use loopswap_report::record::FaultKind;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// What a slice is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Operations.
    pub ops: u64,
    /// Time limit of a slice of the case.
    pub limit: Duration,
    /// Operations that are meant to start in a second, if the case has a rate.
    pub rate: Option<u64>,
    /// Whether its figures count; those of a trial or a warm-up do not.
    pub counts: bool,
    /// Of how many operations one is stamped for its latency; 0 stamps none.
    pub stamp_one_in: u64,
    /// The shortest time in which anybody can do it, in nanoseconds.
    pub least_ns: u64,
}

impl Asked {
    fn wanted(&self) -> Wanted {
        Wanted { ops: self.ops, rate: self.rate, counts: self.counts, least_ns: self.least_ns }
    }
}

/// The outcome of a slice that was to be timed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sliced {
    /// It is done and verified.
    Done(Timed),
    /// The time limit passed first, and the runner has ended.
    Unfinished(Unfinished),
}

/// A timed slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed {
    /// What the runner reported.
    pub done: SliceDone,
    /// The encoded response times, if the case has a rate.
    pub response: Option<String>,
    /// Time from sending the command to having the reply, less the slice, in nanoseconds.
    pub around_ns: u64,
}

impl Runner {
    /// One timed slice.
    ///
    /// # Errors
    /// When there are no figures, or they contradict what was asked for, our own clock, or what is possible.
    pub fn slice(&mut self, asked: &Asked, stop: &AtomicBool) -> Result<Sliced, Trouble> {
        let work = Work { ops: asked.ops, stamp_one_in: asked.stamp_one_in };
        let (reply, here) = self.ask(&Command::Slice(work), patience(asked.limit), stop)?;
        if work.stamp_one_in > 0 {
            self.stamped_ns = self.stamped_ns.max(here.passed_ns);
        }
        let (done, response) = match reply {
            Reply::Slice(_) if asked.rate.is_some() => {
                let message = "the case has a rate, and the runner reports no response times".into();
                return Err(self.trouble(FaultKind::Garbled, message));
            }
            Reply::Slice(done) => (done, None),
            Reply::Paced(paced) => (paced.slice, Some(paced.response)),
            Reply::Unfinished(unfinished) => {
                let judged = plausible::unfinished(&unfinished, nanos(asked.limit), here);
                self.believed(judged)?;
                return Ok(Sliced::Unfinished(unfinished));
            }
            other => return Err(self.unexpected("slice", &other)),
        };
        // The runner times itself; nothing that is known here may contradict it.
        let judged = self
            .judged_by_cpu(here, |here| plausible::slice(&done, asked.wanted(), here))
            .and_then(|()| self.doubts.slice(&done, here.passed_ns))
            .and_then(|()| match &response {
                Some(response) => plausible::responses(recorded(response)?, asked.wanted(), here),
                None => Ok(()),
            });
        self.believed(judged)?;
        Ok(Sliced::Done(Timed { done, response, around_ns: here.passed_ns.saturating_sub(done.ns) }))
    }

    /// One counting slice, with this much time for the reply.
    ///
    /// # Errors
    /// When there are no figures, or impossible ones.
    pub(crate) fn count(
        &mut self,
        count: Count,
        patience: Duration,
        stop: &AtomicBool,
    ) -> Result<Box<Counted>, Trouble> {
        let (reply, here) = self.ask(&Command::Count(count), patience, stop)?;
        let Reply::Count(counted) = reply else { return Err(self.unexpected("count", &reply)) };
        let wanted = Wanted { ops: count.ops, rate: None, counts: false, least_ns: 0 };
        let judged = match counted.latency.as_deref().map(recorded).transpose() {
            Ok(latency) => self.judged_by_memory(|memory| plausible::counted(&counted, latency, wanted, here, memory)),
            Err(unreadable) => Err(unreadable),
        };
        self.believed(judged)?;
        Ok(counted)
    }

    /// The latencies that a runner reports at its end, of slices that were asked to stamp any.
    pub(crate) fn stamped(&mut self, latency: Option<String>) -> Result<Option<String>, Trouble> {
        let Some(latency) = latency.filter(|_| self.stamped_ns > 0) else { return Ok(None) };
        let judged = recorded(&latency).and_then(|recorded| plausible::stamped(recorded, self.stamped_ns));
        self.believed(judged)?;
        Ok(Some(latency))
    }

    /// Sends a command and waits for its reply; returns the time that passed here with it.
    fn ask(&mut self, command: &Command, time: Duration, stop: &AtomicBool) -> Result<(Reply, Here), Trouble> {
        if self.lines.has_more() {
            return Err(self.trouble(FaultKind::Garbled, "the runner wrote more than it was asked for".into()));
        }
        let cpu_before = self.cpu_ns();
        let sent = Instant::now();
        self.send(command)?;
        let reply = self.receive(time, stop)?;
        let passed_ns = nanos(sent.elapsed());
        let cpu_ns = cpu_before.zip(self.cpu_ns()).map(|(before, after)| after.saturating_sub(before));
        Ok((reply, Here { passed_ns, cpus: cpus_online(), cpu_ns }))
    }

    /// A judgement by the kernel's account of the process, if no other process did the work.
    fn judged_by_cpu(&self, here: Here, judge: impl Fn(Here) -> Result<(), String>) -> Result<(), String> {
        // Looked at only if something is wrong: it takes time.
        judge(here).or_else(|what| {
            if here.cpu_ns.is_some() && has_children(self.pid()) {
                judge(Here { cpu_ns: None, ..here })
            } else {
                Err(what)
            }
        })
    }

    /// The same of its memory.
    pub(crate) fn judged_by_memory(&self, judge: impl Fn(Memory) -> Result<(), String>) -> Result<(), String> {
        let memory = memory_of(self.pid());
        judge(memory).or_else(|what| {
            if has_children(self.pid()) { judge(Memory { now: None, peak: None, ..memory }) } else { Err(what) }
        })
    }

    pub(crate) fn believed(&mut self, judged: Result<(), String>) -> Result<(), Trouble> {
        judged.map_err(|what| self.implausible(&what))
    }

    /// A fault of a runner that reports something impossible.
    pub(crate) fn implausible(&mut self, what: &str) -> Trouble {
        self.trouble(FaultKind::Garbled, format!("implausible: {what}"))
    }
}

/// Count and longest latency of an encoded histogram.
fn recorded(latencies: &str) -> Result<Recorded, String> {
    let summary = latency_summary(latencies).map_err(|what| format!("its latencies cannot be read: {what}"))?;
    Ok(Recorded { count: summary.count, longest_ns: summary.longest_ns })
}
