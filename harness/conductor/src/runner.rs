//! The conductor's side of one runner: its hello, its case, its slices, its end.
//!
//! Figures that it reports are checked against the time that passed here and against the kernel's account of
//! its process.

use crate::asked::{Asked, Sliced, Timed};
use crate::child::Leashed;
use crate::conversation::{Conversation, PROMPT, Trouble};
use crate::machine::{cpus_online, has_children, memory_of};
use crate::plausible::{self, Doubts, Here, Implausible, Memory, Recorded, Wanted};
use crate::rule::Rule;
use crate::time::{nanos, patience};
use loopswap_protocol::{
    Command, Count, Counted, Hello, PREFLIGHT, PREFLIGHT_PASSED, PROTOCOL, Prepare, Ready, Reply, Work, sentence, tame,
};
use loopswap_report::latency_summary;
use loopswap_report::record::StartUp;
use nix::time::{ClockId, clock_getcpuclockid};
use nix::unistd::Pid;
use std::io;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Connecting and allocating may take this long.
const PREPARE: Duration = Duration::from_secs(30);

/// A runner process.
#[derive(Debug)]
pub(crate) struct Runner {
    /// Commands and replies.
    pub(crate) talk: Conversation,
    /// Counts the CPU time of its process.
    clock: Option<ClockId>,
    doubts: Doubts,
    /// The longest that a slice with stamps took here, in nanoseconds.
    stamped_ns: u64,
    /// The counters named in its hello.
    pub(crate) counters: Vec<String>,
    /// When its process was about to be started.
    begun: Instant,
    /// How long it took from then until its hello, in nanoseconds, once that is there.
    hello_ns: u64,
}

impl Runner {
    /// Starts a runner on the given CPUs, which has to check whether it can run here.
    ///
    /// # Errors
    /// When the process cannot be started.
    pub(crate) fn start(command: &[String], cpus: &[usize]) -> io::Result<Runner> {
        // Whatever the environment of this process says.
        Runner::start_in(command, cpus, "")
    }

    fn start_in(command: &[String], cpus: &[usize], preflight: &str) -> io::Result<Runner> {
        let begun = Instant::now();
        let talk = Conversation::with(Leashed::start_in(command, cpus, Some((PREFLIGHT, preflight)))?)?;
        let clock = clock_getcpuclockid(Pid::from_raw(talk.pid().cast_signed())).ok();
        let (doubts, counters) = (Doubts::default(), Vec::new());
        Ok(Runner { talk, clock, doubts, stamped_ns: 0, counters, begun, hello_ns: 0 })
    }

    /// Starts a runner on the given CPUs; if that fails, it is a fault of the runner.
    pub(crate) fn of(command: &[String], cpus: &[usize]) -> Result<Runner, Trouble> {
        Runner::start(command, cpus).map_err(|error| Trouble::failed(sentence(error)))
    }

    /// The same for a runner that has said hello before: what it checked then need not be checked again, in
    /// every process of every generation.
    pub(crate) fn again(command: &[String], cpus: &[usize]) -> Result<Runner, Trouble> {
        Runner::start_in(command, cpus, PREFLIGHT_PASSED).map_err(|error| Trouble::failed(sentence(error)))
    }

    /// Id of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.talk.pid()
    }

    /// Reads the first line.
    ///
    /// # Errors
    /// When it does not come, or speaks another protocol.
    pub(crate) fn hello(&mut self, stop: &AtomicBool) -> Result<Hello, Trouble> {
        let reply = self.talk.receive(PROMPT, stop)?;
        self.hello_ns = nanos(self.begun.elapsed());
        match reply {
            Reply::Hello(hello) if hello.protocol == PROTOCOL => {
                let hello = shown(*hello)
                    .map_err(|why| self.talk.trouble(Rule::Hello, format!("its hello cannot be read: {why}")))?;
                self.counters.clone_from(&hello.counters);
                Ok(hello)
            }
            Reply::Hello(hello) => Err(self.talk.trouble(
                Rule::Hello,
                format!("the runner speaks protocol {}, loopswap speaks {PROTOCOL}", hello.protocol),
            )),
            other => Err(self.talk.unexpected("hello", &other)),
        }
    }

    /// Sends a case without waiting for an answer, so that several runners can get ready at the same time.
    ///
    /// # Errors
    /// When the runner is gone.
    pub(crate) fn prepare(&mut self, prepare: Prepare) -> Result<(), Trouble> {
        self.talk.send(&Command::Prepare(Box::new(prepare)))
    }

    /// Waits until the runner has said hello and its case is ready. Returns how long that took from the start of its
    /// process, if nothing else was waited for meanwhile.
    ///
    /// # Errors
    /// When it is not, and why.
    pub(crate) fn ready(&mut self, stop: &AtomicBool) -> Result<(Ready, StartUp), Trouble> {
        self.hello(stop)?;
        let reply = self.talk.receive(PREPARE, stop)?;
        let start_up = StartUp { hello_ns: self.hello_ns, ready_ns: nanos(self.begun.elapsed()) };
        match reply {
            Reply::Ready(ready) => {
                let judged = self.judged_by_memory(|memory| plausible::ready(&ready, memory));
                self.believed(judged)?;
                Ok((ready, start_up))
            }
            other => Err(self.talk.unexpected("ready", &other)),
        }
    }

    /// One timed slice.
    ///
    /// # Errors
    /// When there are no figures, or they contradict what was asked for, our own clock, or what is possible.
    pub(crate) fn slice(&mut self, asked: &Asked, stop: &AtomicBool) -> Result<Sliced, Trouble> {
        let work = Work { ops: asked.ops, stamp_one_in: asked.stamp_one_in };
        let (reply, here) = self.ask(&Command::Slice(work), patience(asked.limit), stop)?;
        if work.stamp_one_in > 0 {
            self.stamped_ns = self.stamped_ns.max(here.passed_ns);
        }
        let (done, response) = match reply {
            Reply::Slice(_) if asked.rate.is_some() => {
                let message = "the case has a rate, and the runner reports no response times".into();
                return Err(self.talk.trouble(Rule::AtARate, message));
            }
            Reply::Slice(done) => (done, None),
            Reply::Paced(paced) => (paced.slice, Some(paced.response)),
            Reply::Unfinished(unfinished) => {
                let judged = plausible::unfinished(&unfinished, nanos(asked.limit), here);
                self.believed(judged)?;
                return Ok(Sliced::Unfinished(unfinished));
            }
            other => return Err(self.talk.unexpected("slice", &other)),
        };
        // The runner times itself; nothing that is known here may contradict it.
        let judged = self
            .judged_by_cpu(here, |here| plausible::slice(&done, asked.wanted(), here))
            .and_then(|()| self.doubts.slice(&done, here.passed_ns))
            .and_then(|()| if asked.counts { self.doubts.cpu(&done, here.cpus) } else { Ok(()) })
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
        let Reply::Count(counted) = reply else { return Err(self.talk.unexpected("count", &reply)) };
        let wanted = Wanted { ops: count.ops, rate: None, counts: false, least_ns: 0 };
        let judged = match counted.latency.as_deref().map(recorded).transpose() {
            Ok(latency) => self.judged_by_memory(|memory| plausible::counted(&counted, latency, wanted, here, memory)),
            Err(unreadable) => Err(unreadable),
        };
        self.believed(judged)?;
        Ok(counted)
    }

    /// Says bye, if that is not done, and waits for the end of the process. Returns the encoded latencies
    /// that its timed slices stamped, if any was asked to.
    ///
    /// # Errors
    /// When the process does not end, or ends with a code other than 0.
    pub(crate) fn end(&mut self, stop: &AtomicBool) -> Result<Option<String>, Trouble> {
        let latency = self.talk.end(stop)?;
        self.stamped(latency)
    }

    /// Whether the previous slice reported far less time than passed here.
    pub(crate) fn is_doubted(&self) -> bool {
        self.doubts.any()
    }

    /// The latencies that a runner reports at its end, of slices that were asked to stamp any.
    fn stamped(&mut self, latency: Option<String>) -> Result<Option<String>, Trouble> {
        let Some(latency) = latency.filter(|_| self.stamped_ns > 0) else { return Ok(None) };
        let judged = recorded(&latency).and_then(|recorded| plausible::stamped(recorded, self.stamped_ns));
        self.believed(judged)?;
        Ok(Some(latency))
    }

    /// CPU time of its process so far, in nanoseconds.
    fn cpu_ns(&self) -> Option<u64> {
        Some(nanos(Duration::from(self.clock?.now().ok()?)))
    }

    /// Sends a command and waits for its reply; returns the time that passed here with it.
    fn ask(&mut self, command: &Command, time: Duration, stop: &AtomicBool) -> Result<(Reply, Here), Trouble> {
        if self.talk.has_more() {
            return Err(self.talk.trouble(Rule::Lines, "the runner wrote more than it was asked for".into()));
        }
        let cpu_before = self.cpu_ns();
        let sent = Instant::now();
        self.talk.send(command)?;
        let reply = self.talk.receive(time, stop)?;
        let passed_ns = nanos(sent.elapsed());
        let cpu_ns = cpu_before.zip(self.cpu_ns()).map(|(before, after)| after.saturating_sub(before));
        Ok((reply, Here { passed_ns, cpus: cpus_online(), cpu_ns }))
    }

    /// A judgement by the kernel's account of the process, if no other process did the work.
    fn judged_by_cpu(&self, here: Here, judge: impl Fn(Here) -> Result<(), Implausible>) -> Result<(), Implausible> {
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
    fn judged_by_memory(&self, judge: impl Fn(Memory) -> Result<(), Implausible>) -> Result<(), Implausible> {
        let memory = memory_of(self.pid());
        judge(memory).or_else(|what| {
            if has_children(self.pid()) { judge(Memory { now: None, peak: None, ..memory }) } else { Err(what) }
        })
    }

    fn believed(&mut self, judged: Result<(), Implausible>) -> Result<(), Trouble> {
        judged.map_err(|what| self.implausible(&what))
    }

    /// A fault of a runner that reports something impossible.
    pub(crate) fn implausible(&mut self, Implausible { rule, what }: &Implausible) -> Trouble {
        self.talk.trouble(*rule, format!("implausible: {what}"))
    }
}

/// A runner's own description, made fit to be shown: it appears in record and report.
fn shown(hello: Hello) -> Result<Hello, String> {
    let mut value = serde_json::to_value(hello).map_err(sentence)?;
    tame(&mut value);
    let hello: Hello = serde_json::from_value(value).map_err(sentence)?;
    hello.runtime.made_of.check()?;
    Ok(hello)
}

/// Count and longest latency of an encoded histogram.
fn recorded(latencies: &str) -> Result<Recorded, Implausible> {
    let unreadable = |what| Implausible::new(Rule::Encoded, format!("its latencies cannot be read: {what}"));
    let summary = latency_summary(latencies).map_err(unreadable)?;
    Ok(Recorded { count: summary.count, longest_ns: summary.longest_ns })
}
